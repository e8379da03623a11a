"""Who made a line: the experiment and the hunk behind a place in a commit."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...errors import BadInput
from ...protocol import Change, Experiment, Hunk
from ...protocol.talk import StartThread
from ...repo import Git, Repository, read_text
from .requests import setting_of


@dataclass(frozen=True)
class Line:
    """One line of a file at a commit, and where it comes from.

    Args:
        number: in the file at the commit, from 1.
        commit: that put it there.
        original: its number in the file at that commit, from 1.
    """

    number: int
    commit: str
    original: int


@dataclass(frozen=True)
class Origin:
    """What stands behind the lines of a comment.

    Args:
        experiment: None: none changed them.
        commit: that changed them last.
        lines: their numbers in that commit.
        hunk: None: none that can be reviewed.
    """

    experiment: Experiment | None
    commit: str
    lines: tuple[int, ...]
    hunk: Hunk | None

    def change(self, path: str) -> Change | None:
        """The edited setting on these lines, else the experiment's only one in the file."""
        changes = self.experiment.changes if self.experiment else []
        here = [change for change in changes if change.place.path == path]
        there = [change for change in here if change.place.line in self.lines]
        settings = [change for change in there or here if setting_of(change)]
        return settings[0] if len(settings) == 1 else None


def check_lines(repository: Repository, wish: StartThread) -> tuple[str, int]:
    """The full SHA and the last line of what a comment points at.

    Raises:
        GitRefused: there is no such commit.
        BadInput: the commit has no such file, or the file is shorter.
    """
    commit = repository.resolve(wish.commit)
    text = read_text(repository, commit, wish.path)
    if text is None:
        raise BadInput(f"{wish.path} is not in {commit[:7]}; comment on a file of that commit.")
    last = wish.end_line or wish.line
    count = len(text.splitlines())
    if not 1 <= wish.line <= last <= count:
        raise BadInput(
            f"{wish.path} has {count} lines in {commit[:7]}, so there is no line {wish.line} to "
            f"{last}."
        )
    return commit, last


def find_origin(
    repository: Repository,
    experiments: Iterable[Experiment],
    hunks: Iterable[Hunk],
    place: tuple[str, str, int, int],
) -> Origin:
    """The newest experiment that changed one of the lines.

    Args:
        experiments: of the session.
        hunks: of the session's branch.
        place: commit, path, first line and last line.

    Raises:
        GitRefused: git does not know the lines.
    """
    commit, path, first, last = place
    lines = blame(repository.git, commit, path, first, last)
    made = {one.commit: one for one in experiments if one.commit and one.number > 0}
    ours = [line for line in lines if line.commit in made]
    known = [hunk for hunk in hunks if hunk.path == path]
    if ours:
        newest = max((made[line.commit] for line in ours), key=lambda one: one.number)
        mine = tuple(line.original for line in ours if line.commit == newest.commit)
        assert newest.commit is not None
        return Origin(newest, newest.commit, mine, _covering(known, newest.commit, mine))
    # A comment beside the change, on a line that the hunk shows around it.
    near = _covering(known, commit, tuple(range(first, last + 1)))
    beside = made.get(commit) if near is not None else None
    if beside is not None:
        return Origin(beside, commit, (), near)
    return Origin(None, lines[0].commit, tuple(line.original for line in lines), None)


def blame(git: Git, commit: str, path: str, first: int, last: int) -> list[Line]:
    """Where lines come from. Raises GitRefused when there are no such lines."""
    told = git.run("blame", "--porcelain", f"-L{first},{last}", commit, "--", path)
    found = []
    for row in told.decode("utf-8", "replace").split("\n"):
        words = row.split(" ")
        if len(words) in (3, 4) and len(words[0]) in (40, 64) and words[1].isdigit():
            found.append(Line(int(words[2]), words[0], int(words[1])))
    return found


def _covering(hunks: Iterable[Hunk], commit: str, lines: tuple[int, ...]) -> Hunk | None:
    """The hunk of a commit that shows one of the lines."""
    return next(
        (
            hunk
            for hunk in hunks
            if hunk.commit == commit
            and any(hunk.new_start <= n < hunk.new_start + max(hunk.new_lines, 1) for n in lines)
        ),
        None,
    )
