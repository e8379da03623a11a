"""The code of one training command: its script, its method, its settings."""

import ast
import os
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ...errors import CannotEdit
from ...protocol import Method, Place
from .command import TrainCommand
from .config_file import ConfigFile
from .defaults import ADAPTER_SETTINGS, ADAPTERS, CONFIGS, TRAINERS, default, position
from .editing import remove_value, set_value
from .module import PythonModule, called, keyword, module_paths
from .setting import FileEdit, Setting, Value
from .tables import Found, Instance, Parsed, Table, Traced, Unknown
from .tracing import Tracer


@dataclass(frozen=True)
class Site:
    """A call and the module it stands in."""

    module: PythonModule
    call: ast.Call

    @property
    def name(self) -> str:
        return called(self.call)


@dataclass(frozen=True)
class TrainingCode:
    """What a training command runs, and how to change one setting of it.

    Args:
        root: top of the checkout.
        command: the parsed command.
        texts: files that differ from the disk, by path relative to the root.
    """

    root: Path
    command: TrainCommand
    texts: Mapping[str, str]

    @property
    def script(self) -> str:
        """The script, relative to the root, with forward slashes."""
        return self.command.script

    def read(self, path: str) -> str | None:
        """Text of a file of the repository; None: there is none, or it is no UTF-8."""
        if path in self.texts:
            return self.texts[path]
        # Most imports are of no file here, which is soon seen; following links takes longer.
        if not os.path.isfile(os.path.join(self.root, path)):  # noqa: PTH113, PTH118
            return None
        file = (self.root / path).resolve()
        if not file.is_relative_to(self.root.resolve()):
            return None
        try:
            with file.open(encoding="utf-8", newline="") as stream:
                return stream.read()
        except UnicodeDecodeError:
            return None

    @cached_property
    def modules(self) -> list[PythonModule]:
        """The script, and the modules of the repository that it imports."""
        text = self.read(self.script)
        if text is None:
            raise CannotEdit(f"{self.script} can't be read as UTF-8; save it as UTF-8.")
        script = PythonModule(self.script, text)
        modules = [script]
        for dotted, original in script.imports.values():
            for path in module_paths(self.script, dotted, original):
                if (
                    all(path != one.path for one in modules)
                    and (text := self.read(path)) is not None
                ):
                    modules.append(PythonModule(path, text))
        return modules

    @cached_property
    def tracer(self) -> Tracer:
        return Tracer(self.modules, self.command, self._config, self._flag_place())

    # --- what is there --------------------------------------------------------------------------

    @cached_property
    def trainer(self) -> Site | None:
        """The call that makes the trainer."""
        return self._find(
            lambda module, call: self._base(module, called(call), TRAINERS) is not None
        )

    @cached_property
    def config(self) -> Site | None:
        """The call that makes the trainer's configuration; None when a parser makes it."""
        known = [
            Site(module, call)
            for module in self.modules
            for call in module.calls
            if self._base(module, called(call), CONFIGS) is not None
        ]
        given = self.argument("args")
        if len(known) > 1 and self.trainer and isinstance(given, ast.Name | ast.Call):
            bound: list[ast.expr | None] = [given]
            if isinstance(given, ast.Name):
                module = self.trainer.module
                bound = [
                    one.value
                    for scope in module.scopes(given)
                    for one in module.bindings(scope, given.id)
                ]
            return next((site for site in known if site.call in bound), known[0])
        return known[0] if known else None

    @cached_property
    def adapter(self) -> Site | None:
        """The call that sets LoRA up."""
        return self._find(
            lambda _, call: (
                called(call) in ADAPTERS
                and (called(call) == "LoraConfig" or keyword(call, "r") is not None)
            )
        )

    @property
    def trainer_name(self) -> str:
        """TRL's class, also of a subclass of the repository; empty without a trainer."""
        site = self.trainer
        return (self._base(site.module, site.name, TRAINERS) or "") if site else ""

    @property
    def method(self) -> Method:
        """The training method, from the trainer class and whether there is an adapter."""
        method = TRAINERS.get(self.trainer_name, "unknown")
        return "lora" if method == "sft" and self.adapter else method

    @property
    def config_name(self) -> str:
        """Class of the trainer's configuration, such as `SFTConfig`."""
        if self.config:
            return self._base(self.config.module, self.config.name, CONFIGS) or self.config.name
        made = self.parsed_config()
        if isinstance(made, Parsed):
            return made.name
        if isinstance(made, Instance):
            return self._base(made.module, made.node.name, CONFIGS) or ""
        return self.trainer_name.replace("Trainer", "Config")

    def get(self, name: str) -> Setting | None:
        """A setting with its place; None when it is absent, or can't be followed to a value."""
        found = self.trace(name)
        if not isinstance(found, Found):
            return None
        return Setting(name, found.value, found.place, found.origin, found.text, found.locked)

    def value(self, name: str) -> Value:
        """The value in force: the script's, or the library's default. None: it is not known."""
        found = self.trace(name)
        if isinstance(found, Found):
            return found.value
        return default(name, self.config_name) if found is None else None

    def is_known(self, name: str) -> bool:
        """Whether `value` is sure: the setting is a literal, or absent."""
        found = self.trace(name)
        return found is None or isinstance(found, Found)

    def argument(self, name: str) -> ast.expr | None:
        """An argument of the trainer's call, by keyword or position."""
        if self.trainer is None:
            return None
        if word := keyword(self.trainer.call, name):
            return word.value
        at = position(name, self.trainer_name)
        if at is None or len(self.trainer.call.args) <= at:
            return None
        node = self.trainer.call.args[at]
        return None if isinstance(node, ast.Starred) else node

    def setting_of(self, module: PythonModule, node: ast.expr) -> Setting | None:
        """The value that any expression of a module stands for; None: it can't be followed."""
        found = self.tracer.trace(module, node, "keyword")
        if not isinstance(found, Found):
            return None
        name = module.source(node)
        return Setting(name, found.value, found.place, found.origin, found.text, found.locked)

    # --- edits ----------------------------------------------------------------------------------

    def set(self, name: str, value: Value) -> FileEdit:
        """Change one setting where its value stands, or add it to the trainer's configuration.

        Raises:
            CannotEdit: it is given on the command line, computed, the same already, or there is no
                place for it.
        """
        return set_value(self, name, value)

    def set_all(self, values: Mapping[str, Value]) -> list[FileEdit]:
        """Change several settings; those that have their value already are left alone."""
        code, edits = self, dict[str, FileEdit]()
        for name, value in values.items():
            if (found := code.get(name)) and found.value == value:
                continue
            edit = code.set(name, value)
            code = code.after(edit)
            old = edits.get(edit.path)
            edits[edit.path] = (
                replace(edit, before=old.before, changes=[*old.changes, *edit.changes])
                if old
                else edit
            )
        return list(edits.values())

    def remove(self, name: str) -> FileEdit:
        """Take a setting out, so that the library's default holds.

        Raises:
            CannotEdit: it is absent, or stands where taking it out would break the script.
        """
        return remove_value(self, name)

    def after(self, edit: FileEdit) -> "TrainingCode":
        """The code as it is once the edit is made."""
        return TrainingCode(self.root, self.command, {**self.texts, edit.path: edit.after})

    # --- how ------------------------------------------------------------------------------------

    def _find(self, wanted: Callable[[PythonModule, ast.Call], bool]) -> Site | None:
        for module in self.modules:
            for call in module.calls:
                if wanted(module, call):
                    return Site(module, call)
        return None

    def _base(
        self,
        module: PythonModule,
        name: str,
        known: Container[str],
        depth: int = 0,
    ) -> str | None:
        """The library's class that a name is, stands for or derives from."""
        original = module.imports.get(name, ("", None))[1] or name
        found = self.tracer.class_named(module, name) if depth < 4 and name else None
        if found is None:
            return original if original in known else None
        home, node = found
        for base in node.bases:
            text = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
            if deeper := self._base(home, text, known, depth + 1):
                return deeper
        return None

    def site_of(self, name: str) -> Site | None:
        return self.adapter if name in ADAPTER_SETTINGS else self.config

    def trace(self, name: str) -> Traced | None:  # noqa: PLR0911 - one return a source
        """Where the value of a setting comes from; None: nothing sets it."""
        site = self.site_of(name)
        if site is None:
            if name in ADAPTER_SETTINGS:
                return None
            made = self.parsed_config()
            found = self.tracer.member(made, name) if made else None
            return self._later(name, None) or found
        module = site.module
        if later := self._later(name, site):
            return later
        if word := keyword(site.call, name):
            return self.tracer.trace(module, word.value, "keyword")
        for word in site.call.keywords:
            if word.arg is None:
                table = self.tracer.trace(module, word.value, "keyword")
                if not isinstance(table, Table):
                    return Unknown(f"it may be among `**{module.source(word.value)}`")
                if (found := self.tracer.member(table, name)) is not None:
                    return found
        found_class = self.tracer.class_named(module, site.name)
        return self.tracer.member(Instance(*found_class), name) if found_class else None

    def _later(self, name: str, site: Site | None) -> Traced | None:
        """A later `training_args.learning_rate = 1e-4`, which beats what made the object."""
        for module in self.modules:
            for node in module.attribute_assignments.get(name, []):
                target = node.targets[0]
                owner = target.value if isinstance(target, ast.Attribute) else None
                if not isinstance(owner, ast.Name):
                    continue
                bound = [
                    one.value for s in module.scopes(owner) for one in module.bindings(s, owner.id)
                ]
                if site is not None and site.call in bound:
                    return self.tracer.trace(module, node.value, "assignment")
                made = self.tracer.trace(module, owner, "keyword") if site is None else None
                if isinstance(made, Parsed) or (isinstance(made, Instance) and made.parsed):
                    return self.tracer.trace(module, node.value, "assignment")
        return None

    def parsed_config(self) -> Parsed | Instance | None:
        """The configuration that a parser makes, from the trainer's `args=`."""
        node = self.argument("args")
        if node is None or self.trainer is None:
            return None
        made = self.tracer.trace(self.trainer.module, node, "keyword")
        return made if isinstance(made, Parsed | Instance) else None

    def _config(self, path: str) -> ConfigFile | None:
        text = self.read(path)
        return None if text is None else ConfigFile(path, text)

    def _flag_place(self) -> Place:
        text = self.read("intern.toml") or ""
        match = re.search(r"^[ \t]*command\s*=", text, re.MULTILINE)
        line = text.count("\n", 0, match.start()) + 1 if match else 1
        return Place(path="intern.toml", line=line)


def find_settings(root: Path, command: str) -> TrainingCode:
    """The code that a training command runs.

    Args:
        root: top of the checkout.
        command: `[train] command` of `intern.toml`.

    Raises:
        CannotEdit: the command starts no Python file of the repository, or a file does not parse.
    """
    code = TrainingCode(root, TrainCommand.parse(command, root), {})
    _ = code.modules
    return code
