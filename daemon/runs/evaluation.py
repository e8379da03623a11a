"""Score what a run left, with the evaluate command, in a clean checkout, under supervision.

The training knows its own folder and can write what it likes there. So an evaluation has a folder
elsewhere, named at random and made when the training is over, and what it said counts only once
the event log has it: no file that lies on disk is believed for being there.
"""

import asyncio
import json
import logging
import math
import secrets
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import DiskFull, EvaluationFailed, InternError
from ..protocol import Evaluation, Run
from ..repo import remove_tree
from ..workspace import Layout
from .backends import Backend, Spec
from .backends.local import read_started
from .command import to_argv
from .environment import run_environment
from .outcome import Exit, judge, read_tail
from .record import put
from .slots import Slots
from .watch import POLL, enforce, read_exit

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""How often an evaluation is begun that is killed with its supervisor."""


@dataclass(frozen=True)
class Checkout:
    """Where an evaluation reads its evaluator and its data from.

    Args:
        make: writes the files of a commit into a folder that is not there yet.
        outputs: paths that are linked from the run's tree into that folder. They come from the
            configuration: what the run's folder says of them is the training's word.
        verify: raises when a locked file of that folder is not what it has to be; shared ones lie
            on the user's disk, so it is asked before and after. Both are called in a thread.
    """

    make: Callable[[Path], object]
    outputs: Sequence[str] = ("outputs",)
    verify: Callable[[Path], object] = lambda _: None


class Evaluator:
    """Runs evaluations, each in a slot of its own, in `.intern/evaluations/<random name>/`.

    Args:
        threads: of OpenMP, where the user's environment does not say.
        newest: the newest copy of a run in the log.
        tell: puts a changed run into the log.
    """

    def __init__(
        self,
        layout: Layout,
        slots: Slots,
        backend: Backend,
        environ: Mapping[str, str],
        threads: int,
        *,
        newest: Callable[[str], Run],
        tell: Callable[[Run], Awaitable[None]],
    ) -> None:
        self.layout = layout
        self.slots = slots
        self.backend = backend
        self.environ = environ
        self.threads = threads
        self.closing = False
        """The daemon ends: evaluations go on, and the next daemon finds them."""
        self._newest = newest
        self._tell = tell
        self._asked: dict[tuple[str, str], asyncio.Lock] = {}

    async def evaluate(
        self,
        run_id: str,
        command: str,
        split: str,
        checkout: Checkout,
        minutes: float | None = None,
    ) -> dict[str, float]:
        """Score a run that has ended. A result that the log has is returned; an evaluation that it
        knows to have begun is waited for.

        Args:
            command: prints one JSON object of numbers as its last line of standard output.
            split: `dev` or `test`.
            checkout: makes the clean checkout with the locked evaluator.
            minutes: time limit; None: none.

        Raises:
            EvaluationFailed: the run left nothing, the command failed or printed no such object.
            LockedFileChanged: `checkout.verify` found one, before or after; nothing counts then.
            DiskFull: it failed for that.
        """
        async with self._asked.setdefault((run_id, split), asyncio.Lock()):
            said = self._newest(run_id).evaluations.get(split)
            if said is not None and said.values is not None:
                return said.values
            folder, ended = await self._resume(said)
            try:
                for _ in range(ATTEMPTS):
                    if ended is not None:
                        break
                    name = f"{run_id}-{split}-{secrets.token_hex(8)}"
                    folder = self.layout.evaluations / name
                    # The log knows the folder before it is there: no other can be slipped in.
                    await self._keep(run_id, split, Evaluation(folder=name))
                    ended = await self._attempt(folder, run_id, command, checkout, minutes)
                await asyncio.to_thread(checkout.verify, folder / "tree")
                values = self._conclude(folder, ended, self._newest(run_id), command)
            except DiskFull:
                raise  # it has not failed: it is begun again when there is room
            except InternError as error:
                # Its exit record must not be taken up again: a changed file may be restored.
                said = Evaluation(folder=folder.name, message=str(error))
                await self._keep(run_id, split, said)
                raise
            assert ended is not None
            said = Evaluation(
                folder=folder.name,
                values=values,
                seconds=ended.ended - ended.started,
                cpu_seconds=ended.cpu_seconds,
            )
            place = self.layout.run(run_id) / f"eval-{split}"
            await asyncio.to_thread(_record, place, said, command)
            await self._keep(run_id, split, said)
            await asyncio.to_thread(remove_tree, folder / "tree")
            return values

    async def _keep(self, run_id: str, split: str, said: Evaluation) -> None:
        """Put what is known of an evaluation into the log."""
        run = self._newest(run_id)
        known = {**run.evaluations, split: said}
        changed: dict[str, object] = {
            "evaluations": known,
            "eval_cpu_seconds": sum(each.cpu_seconds for each in known.values()),
        }
        if split == "dev" and said.values is not None:
            changed |= {"dev": said.values, "dev_seconds": said.seconds}
        await self._tell(run.model_copy(update=changed))

    async def _resume(self, said: Evaluation | None) -> tuple[Path, Exit | None]:
        """The end of an evaluation that an earlier daemon began; None: there is none to be had."""
        if said is None or said.message is not None:
            return self.layout.evaluations, None
        folder = self.layout.evaluations / said.folder
        if read_started(folder) is None:
            return folder, None
        async with self.slots.claim():
            ended = await self._ended(folder)
        good = ended is not None and ended.code == 0 and not ended.disk_was_full
        return folder, ended if good else None

    async def _attempt(
        self,
        folder: Path,
        run_id: str,
        command: str,
        checkout: Checkout,
        minutes: float | None,
    ) -> Exit | None:
        run, tree = self._newest(run_id), folder / "tree"
        await asyncio.to_thread(_make, folder, checkout)
        python = Path(run.python)
        spec = Spec(
            argv=to_argv(command, python),
            cwd=str(tree),
            log=str(folder / "stdout.log"),
            stderr=str(folder / "stderr.log"),
            seconds=minutes * 60 if minutes else None,
        )
        async with self.slots.take() as slot:
            # Only now: while it waited, another training could change a shared file.
            await asyncio.to_thread(checkout.verify, tree)
            link_outputs(self.layout.run(run.id) / "tree", tree, checkout.outputs)
            env = run_environment(
                self.environ,
                folder,
                python=python,
                seed=run.seed,
                rung=None,
                threads=self.threads,
                device=slot.env,
            )
            await self.backend.start(folder, spec, env)
            return await self._ended(folder)

    async def _ended(self, folder: Path) -> Exit | None:
        try:
            return await self._end_of(folder)
        except asyncio.CancelledError:
            if not self.closing:
                (folder / "stop").write_text("nobody waits for it any more", encoding="utf-8")
            raise

    async def _end_of(self, folder: Path) -> Exit | None:
        while (ended := read_exit(folder)) is None:
            presence = self.backend.presence(folder)
            if presence == "gone":
                return read_exit(folder)
            if presence == "orphan" and await enforce(self.backend, folder):
                return None
            await asyncio.sleep(POLL)
        return ended

    def _conclude(
        self, folder: Path, ended: Exit | None, run: Run, command: str
    ) -> dict[str, float]:
        where = f"`{command}` on {run.id}"
        if ended is None:
            raise EvaluationFailed(
                f"{where} was killed with its supervisor, {ATTEMPTS} times; look for what kills "
                "it, then run `intern improve --resume`."
            )
        self.backend.learn(folder, ended)
        argv = to_argv(command, Path(run.python))
        values = read_score(printed := read_tail(folder / "stdout.log"))
        if ended.disk_was_full and (ended.code != 0 or values is None):
            raise DiskFull(
                f"{where} found the disk full; free some space (`intern gc` helps), then run "
                "`intern improve --resume`."
            )
        complaints = read_tail(folder / "stderr.log")
        if ended.reason == "timed_out":
            raise EvaluationFailed(
                f"{where} was ended after {(ended.ended - ended.started) / 60:.1f} min, its time "
                f"limit{_quoted(complaints)} Mend what hangs in the evaluator."
            )
        if ended.code != 0 or ended.reason != "exited":
            ending = judge(ended, complaints, argv, folder / "tree")
            raise EvaluationFailed(
                f"{where} failed: {(ending.message or '').rstrip('.')}{_quoted(complaints)} "
                f"Mend [eval] command in intern.toml or the evaluator."
            )
        if values is None:
            raise EvaluationFailed(
                f"{where} printed no JSON object of numbers as its last line{_quoted(printed)} "
                'End it with a line such as {"exact_match": 0.71}.'
            )
        return values


def _make(folder: Path, checkout: Checkout) -> None:
    """A folder that nobody made before, and in it the checkout."""
    folder.parent.mkdir(exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
        checkout.make(folder / "tree")
    except OSError as error:
        raise DiskFull(
            f"{folder} can't be written ({error.strerror}); free some space with `intern gc`."
        ) from error


def link_outputs(source: Path, tree: Path, outputs: Sequence[str]) -> None:
    """Show the outputs of a run to the evaluator, in place of those of an earlier run.

    Raises:
        EvaluationFailed: the run left one of them out, or the checkout has a file in its place.
    """
    for output in outputs:
        made, place = source / output, tree / output
        if not made.exists():
            raise EvaluationFailed(
                f"The run left no `{output}`; mend `outputs` under [train] in intern.toml or save "
                "the model there."
            )
        if place.is_symlink():
            place.unlink()
        elif place.exists():
            raise EvaluationFailed(
                f"`{output}` is a tracked path in the checkout, so a run can't leave its result "
                "there; remove it from git or name another under [train] outputs."
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(made.resolve(), target_is_directory=made.is_dir())


def read_score(printed: str) -> dict[str, float] | None:
    """The last line as an object of finite numbers; None when it is none.

    >>> read_score('loading\\n{"exact_match": 0.5, "terminated": true}\\n')
    {'exact_match': 0.5, 'terminated': 1.0}
    """
    lines = printed.strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
    if not isinstance(found, dict) or not found:
        return None
    if not all(isinstance(v, int | float) and math.isfinite(v) for v in found.values()):
        return None
    return {str(name): float(value) for name, value in found.items()}


def _record(place: Path, said: Evaluation, command: str) -> None:
    """Write a result down for people, next to the run's own record. Nothing reads it back."""
    told = said.model_dump(mode="json", by_alias=False, exclude={"message"})
    try:
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        place.mkdir(parents=True)
        put(place / "result.json", {**told, "command": command})
    except OSError:
        # The log will have the result, and that is what counts.
        log.exception("%s is not written down", place)


def _quoted(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()][-3:]
    return f"; its last words: {' / '.join(lines)[-400:]!r}." if lines else "; it printed nothing."
