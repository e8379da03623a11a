"""The facts of a training script that rules ask for: calls, settings, datasets."""

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

from ..errors import CannotEdit
from ..protocol import Place
from ..workspace.data_files import DataFile, data_files
from ..workspace.settings import (
    PythonModule,
    Setting,
    Site,
    TrainingCode,
    Value,
    called,
    spell,
)
from ..workspace.settings.tables import Instance
from .installed import Installed
from .rule import Fix, Spot
from .samples import Samples

Node = ast.expr | ast.stmt | ast.keyword
N = TypeVar("N", bound=ast.AST)

_LIBRARIES = {"trl", "unsloth"}
"""Who imports anything of these trains something, or prepares it."""


class Script:
    """One training script with the modules of the repository that it imports.

    Args:
        code: traces the settings.
        given: the command is the workspace's own, so what a parser does not get has its default.
        installed: what the user's interpreter has; None: not known (yet).
        samples: reads the first rows of local data.
    """

    def __init__(
        self, code: TrainingCode, *, given: bool, installed: Installed | None, samples: Samples
    ) -> None:
        self.code = code
        self.installed = installed
        self.samples = samples
        self._given = given
        self._settings: dict[str, Setting | None] = {}

    @property
    def modules(self) -> list[PythonModule]:
        """The script first."""
        return self.code.modules

    @cached_property
    def trains(self) -> bool:
        """Whether it imports a trainer. Without one no rule has anything to say."""
        return any(_imports_trainer(module) for module in self.modules)

    # --- nodes ----------------------------------------------------------------------------------

    def calls(self, *names: str) -> Iterator[Site]:
        """Calls of any of the names, by their last part."""
        for module in self.modules:
            for call in module.calls:
                if called(call) in names:
                    yield Site(module, call)

    def nodes(self, kind: type[N]) -> Iterator[tuple[PythonModule, N]]:
        for module, by_kind in self._by_kind:
            for node in by_kind.get(kind, []):
                assert isinstance(node, kind)
                yield module, node

    @cached_property
    def _by_kind(self) -> list[tuple[PythonModule, dict[type, list[ast.AST]]]]:
        """The nodes of each module, sorted once for all rules."""
        sorted_out = []
        for module in self.modules:
            by_kind: dict[type, list[ast.AST]] = {}
            for node in module.nodes:
                by_kind.setdefault(type(node), []).append(node)
            sorted_out.append((module, by_kind))
        return sorted_out

    def says(self, *words: str) -> bool:
        """Whether any of the words stands anywhere in the source, comments included."""
        return any(word in module.text for module in self.modules for word in words)

    def origin(self, module: PythonModule, name: str) -> str:
        """The full name of what a name of the module stands for: `trl.SFTConfig`."""
        source, original = module.imports.get(name, ("", None))
        return f"{source}.{original}" if original else source or name

    # --- settings -------------------------------------------------------------------------------

    def setting(self, name: str) -> Setting | None:
        """Where a setting of the trainer or of LoRA stands; None: absent, or not to be followed."""
        if name not in self._settings:
            try:
                self._settings[name] = self.code.get(name)
            except CannotEdit:  # it stands where a config file gives it no place
                self._settings[name] = None
        return self._settings[name]

    def absent(self, name: str) -> bool:
        """Whether nothing sets it, for sure."""
        return self.is_settled and self.setting(name) is None and self.code.is_known(name)

    def value(self, name: str, default: Value) -> Value:
        """The value in force; None where it can't be told, too.

        Args:
            default: the library's, for a setting that is absent for sure.
        """
        found = self.setting(name)
        if found is not None:
            return found.value
        return default if self.absent(name) else None

    def number(self, name: str, default: float | None = None) -> float | None:
        """A number in force; None: it is not known, or none."""
        value = self.value(name, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number else None  # type: ignore[return-value]

    def flag(self, name: str, default: bool | None = None) -> bool | None:
        """A switch in force; None: it is not known, or the library decides by itself."""
        value = self.value(name, default)
        return value if isinstance(value, bool) else None

    def text(self, name: str, default: str | None = None) -> str | None:
        """A word in force; None: it is not known, or none."""
        value = self.value(name, default)
        return value if isinstance(value, str) else None

    @cached_property
    def is_settled(self) -> bool:
        """Whether the code shows all settings, so that what is absent has its default."""
        code = self.code
        if code.trainer is None:
            return False
        if code.config is not None:
            return True
        if self.takes("args") is None:
            return False
        if code.argument("args") is None:
            return True
        made = code.parsed_config()
        if isinstance(made, Instance) and made.call is not None:
            return True
        return made is not None and self._given

    @cached_property
    def lora(self) -> bool | None:
        """Whether only adapters are trained; None: it can't be told."""
        if self.code.adapter is not None:
            module, call = self.code.adapter.module, self.code.adapter.call
            return None if _is_conditional(module, call) else True
        if self.takes("peft_config") is not False or self.says(
            "peft", "Peft", "adapter", "unsloth"
        ):
            return None
        return False

    def takes(self, name: str) -> bool | None:
        """Whether the trainer's call passes an argument; None: it may be among `**` or `*`."""
        site = self.code.trainer
        if site is None:
            return None
        node = self.code.argument(name)
        if node is not None:
            found = self.code.setting_of(site.module, node)
            return found is None or found.value is not None
        starred = any(isinstance(one, ast.Starred) for one in site.call.args)
        return None if starred or any(word.arg is None for word in site.call.keywords) else False

    # --- data -----------------------------------------------------------------------------------

    @cached_property
    def train_files(self) -> list[DataFile]:
        """Local data files that the code names, those for evaluation left out."""
        found = data_files(self.code.root, self.modules)
        return [file for file in found if not file.held_out]

    # --- spots ----------------------------------------------------------------------------------

    def at(self, module: PythonModule, node: Node, message: str, *fixes: Fix) -> Spot:
        return Spot(module.place(node), message, fixes)

    def at_setting(self, name: str, message: str, *fixes: Fix) -> Spot:
        """Where the setting's value stands, else the configuration, else the trainer."""
        found = self.setting(name)
        place = found.place if found else self.config_place
        return Spot(place, message, fixes)

    def at_trainer(self, message: str, *fixes: Fix) -> Spot:
        return Spot(self.trainer_place, message, fixes)

    @property
    def trainer_place(self) -> Place:
        """The trainer's name in its call."""
        site = self.code.trainer
        assert site is not None, "a rule about the trainer asked for the place of none"
        return site.module.place(site.call.func)

    @property
    def config_place(self) -> Place:
        site = self.code.config
        return site.module.place(site.call.func) if site else self.trainer_place

    def setting_fix(self, name: str, value: Value) -> Fix:
        """Set a setting where its value stands, or add it to the configuration."""
        return Fix(f"Set {name} to {spell(value)}", lambda: [self.code.set(name, value)])

    def removal(self, name: str) -> Fix:
        return Fix(f"Remove {name}", lambda: [self.code.remove(name)])


def _imports_trainer(module: PythonModule) -> bool:
    for name, (source, original) in module.imports.items():
        if source.partition(".")[0] in _LIBRARIES:
            return True
        if source.partition(".")[0] == "transformers":
            taken = original or ""
            if taken.endswith(("Trainer", "TrainingArguments")):
                return True
            if original is None and f"{name}.Train" in module.text:
                return True
    return False


def _is_conditional(module: PythonModule, node: ast.AST) -> bool:
    """Whether the node stands in a branch that may not be taken."""
    child, parent = node, module.parents.get(node)
    while parent is not None:
        if isinstance(parent, ast.If) and child is not parent.test:
            if not _is_main(parent):
                return True
        elif isinstance(parent, ast.IfExp | ast.Try | ast.Match):
            return True
        child, parent = parent, module.parents.get(parent)
    return False


def _is_main(node: ast.If) -> bool:
    match node.test:
        case ast.Compare(left=ast.Name(id="__name__")):
            return True
    return False
