"""Notices when a file that training depends on changes on disk."""

import ast
import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from ..errors import BadConfig, CannotEdit, InternError, NoConfig
from ..protocol import FilesChanged
from .config import load
from .data_files import data_files
from .layout import Layout
from .settings import PythonModule, find_settings
from .settings.command import TrainCommand
from .store import EventStore

log = logging.getLogger(__name__)

QUIET = 0.3
"""Seconds without a change after which the changes so far are told together."""
CONFIGS = (".yaml", ".yml", ".toml", ".json", ".jinja")
CHANGES = frozenset(("created", "modified", "moved", "deleted"))

Stamp = tuple[int, int, int] | None
"""Inode, time and size; None: there is no such file."""


class Watcher:
    """Appends `FilesChanged` when the contract, the training code, its configs or its data change.

    Only the folders of these files are watched, one level deep: never `.git`, `.intern`, outputs or
    environments, however large they are. A file that was only opened or touched in place with the
    same stamp is not told.

    Args:
        layout: places on disk.
        store: the workspace's events.
    """

    def __init__(self, layout: Layout, store: EventStore) -> None:
        self._layout = layout
        self._store = store
        self._lock = threading.Lock()
        self._stamps: dict[str, Stamp] = {}
        self._folders: set[Path] = set()
        self._observer: BaseObserver | None = None
        self._timer: threading.Timer | None = None
        self._ended = False

    def start(self) -> None:
        """Begin to watch. Without a watch, where the system has none left, only a warning."""
        observer = Observer()
        try:
            self._stamps = self._stamped(self._named())
            observer.start()
            self._observer = observer
            self._follow()
        except OSError as error:
            log.warning("files are not watched: %s", error)
        except Exception:  # the boundary of a service that the daemon can do without
            log.exception("files are not watched")

    def stop(self) -> None:
        """End; what changed in the last moment is not told."""
        with self._lock:
            self._ended = True
            if self._timer is not None:
                self._timer.cancel()
        if self._observer is not None and self._observer.is_alive():
            self._observer.stop()
            self._observer.join()

    def _follow(self) -> None:
        """Watch the folders of all files that matter now."""
        assert self._observer is not None
        root = self._layout.root
        wanted = {root, *((root / path).parent for path in self._stamps)}
        for folder in wanted - self._folders:
            if folder.is_dir():
                self._observer.schedule(_Bell(self._ring), str(folder), recursive=False)
                self._folders.add(folder)

    def _ring(self, places: Iterable[str]) -> None:
        """Something happened to files; in the observer's thread."""
        names = {Path(place).name for place in places}
        with self._lock:
            if self._ended or names.isdisjoint(Path(path).name for path in self._stamps):
                return
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(QUIET, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        """Tell what differs from last time, and learn which files matter from now on."""
        try:
            now = self._stamped(self._stamps)
            changed = sorted(path for path in now if now[path] != self._stamps[path])
            if not changed:
                return
            # What changed after the first look is told at the next one.
            fresh = self._stamped(self._named())
            self._stamps = {path: now.get(path, stamp) for path, stamp in fresh.items()}
            self._follow()
            with self._lock:
                if not self._ended:
                    self._store.append(FilesChanged(paths=changed))
        except (InternError, OSError) as error:  # tried again at the next change
            log.warning("a change of files could not be told: %s", error)
        except Exception:  # the boundary of a thread that nobody awaits
            log.exception("a change of files could not be told")

    def _named(self) -> list[str]:
        """The files that matter; those of before, and the script, while somebody is typing."""
        found = watched_files(self._layout)
        if found is not None:
            return found
        return list({self._layout.config.name, *self._stamps, *_script(self._layout)})

    def _stamped(self, paths: Iterable[str]) -> dict[str, Stamp]:
        return {path: _stamp(self._layout.root / path) for path in paths}


class _Bell(FileSystemEventHandler):
    def __init__(self, ring: Callable[[Iterable[str]], None]) -> None:
        self._ring = ring

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in CHANGES:
            self._ring(str(place) for place in (event.src_path, event.dest_path) if place)


def watched_files(layout: Layout) -> list[str] | None:
    """Files whose change matters, relative to the root; some of them may not exist.

    They are `intern.toml`, the training script, the modules of the repository that it imports, the
    configuration files and the data files that these name. None: it can't be told at present, since
    one of them does not parse.
    """
    try:
        command = load(layout.config).train.command
        code = find_settings(layout.root, command)
    except NoConfig:
        return [layout.config.name]
    except (BadConfig, CannotEdit):
        return None
    found = [layout.config.name, *(module.path for module in code.modules), *code.command.files]
    found += _named_configs(layout.root, code.modules)
    found += [file.path for file in data_files(layout.root, code.modules)]
    return list(dict.fromkeys(found))


def _script(layout: Layout) -> list[str]:
    try:
        return [TrainCommand.parse(load(layout.config).train.command, layout.root).script]
    except (NoConfig, BadConfig, CannotEdit):
        return []


def _named_configs(root: Path, modules: list[PythonModule]) -> list[str]:
    return [
        node.value
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.endswith(CONFIGS)
        and not Path(node.value).is_absolute()
        and (root / node.value).is_file()
    ]


def _stamp(file: Path) -> Stamp:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
