"""What a feature looks at: the workspace and the client's documents, as they are at one moment."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from lsprotocol import types
from pygls.workspace import PositionCodec, TextDocument

from ...errors import BadConfig
from ...protocol import Experiment, FindingsChanged, Run, Session
from ...workspace import Config
from ...workspace.config import parse
from ...workspace.settings import TrainingCode
from ...workspace.state import State
from .parsing import Parsing
from .past import Past

CONFIG = "intern.toml"


@dataclass(frozen=True)
class Document:
    """A file that the client has open.

    Args:
        path: relative to the workspace root, with forward slashes.
        uri: as the client spells it.
    """

    path: str
    uri: str
    text: str
    version: int | None = None


def path_of(root: Path, uri: str) -> str | None:
    """A document's path relative to the root; None: it lies elsewhere, or among our own files."""
    place = TextDocument(uri, source="").path
    if not uri.startswith("file:") or place is None:
        return None
    try:
        path = Path(os.path.realpath(place)).relative_to(root)
    except ValueError:
        return None
    return None if path.parts[:1] in ((".intern",), (".git",), ()) else path.as_posix()


@dataclass(frozen=True)
class View:
    """One moment of a workspace, safe to read in any thread.

    Args:
        root: top of the user's checkout, resolved.
        documents: what the client has open, by path.
        past: files of older commits.
        parsing: training code, remembered from one view to the next.
        codec: counts columns as the client does.
    """

    root: Path
    sessions: Mapping[str, Session]
    experiments: Mapping[str, Experiment]
    runs: Mapping[str, Run]
    findings: Mapping[str, FindingsChanged]
    documents: Mapping[str, Document]
    past: Past
    parsing: Parsing
    codec: PositionCodec

    @classmethod
    def of(
        cls,
        root: Path,
        state: State,
        *,
        documents: Mapping[str, Document],
        past: Past,
        parsing: Parsing,
        codec: PositionCodec,
    ) -> Self:
        """The present moment. To be called on the event loop, where the state changes."""
        return cls(
            root,
            dict(state.sessions),
            dict(state.experiments),
            dict(state.runs),
            dict(state.findings),
            documents=dict(documents),
            past=past,
            parsing=parsing,
            codec=codec,
        )

    @cached_property
    def session(self) -> Session | None:
        """The newest."""
        return max(self.sessions.values(), key=lambda one: one.created, default=None)

    def session_experiments(self, session: str) -> list[Experiment]:
        """In the order of their numbers."""
        mine = [one for one in self.experiments.values() if one.session == session]
        return sorted(mine, key=lambda one: one.number)

    def text(self, path: str) -> str | None:
        """What the editor holds of a file, else what the disk holds; None: there is none."""
        if path in self.documents:
            return self.documents[path].text
        place = Path(os.path.realpath(self.root / path))
        if not place.is_relative_to(self.root):
            return None
        try:
            with place.open(encoding="utf-8", newline="") as stream:
                return stream.read()
        except (OSError, UnicodeDecodeError):
            return None

    def uri(self, path: str) -> str:
        document = self.documents.get(path)
        return document.uri if document else (self.root / path).as_uri()

    @cached_property
    def config(self) -> Config | None:
        """None: there is no `intern.toml`, or it can't be read."""
        text = self.text(CONFIG)
        try:
            return None if text is None else parse(text)
        except BadConfig:
            return None

    @cached_property
    def training(self) -> TrainingCode | None:
        """What `[train] command` runs, with the client's unsaved texts; None: it is not known."""
        return self.code(self.config.train.command) if self.config else None

    def code_of(self, path: str) -> TrainingCode | None:
        """The training code that a file is part of; None: it is of none.

        With no contract yet, or one that starts no script of ours, a script that makes a trainer
        speaks for itself.
        """
        code = self.training
        if code is None:
            code = self.code(f"python {shlex.quote(path)}") if path.endswith(".py") else None
            return code if code and code.trainer else None
        ours = any(module.path == path for module in code.modules)
        return code if ours or not path.endswith(".py") else None

    def range(self, path: str, line: int, start: int, end: int) -> types.Range:
        """A piece of one line, in the client's units.

        Args:
            line: from 1.
            start: first character, from 0.
            end: the one after the last, from 0.
        """
        lines = (self.text(path) or "").splitlines(True)
        return self.codec.range_to_client_units(
            lines,
            types.Range(types.Position(line - 1, start), types.Position(line - 1, end)),
        )

    def code(self, command: str) -> TrainingCode | None:
        """What a command runs, with the client's unsaved texts; None: it is not known."""
        texts = {path: document.text for path, document in self.documents.items()}
        return self.parsing.present(command, texts)
