"""Score what a run left, with the evaluate command, in a clean checkout, under supervision."""

import asyncio
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from ..errors import DiskFull, EvaluationFailed
from ..protocol import Run
from ..workspace import Layout
from .backends import Backend, Spec
from .backends.local import read_started
from .command import to_argv
from .environment import run_environment
from .outcome import Exit, judge, read_tail
from .record import put
from .slots import Slots
from .watch import POLL, enforce, read_exit


class Evaluation(BaseModel):
    """`result.json`: what the evaluator printed, and what it took."""

    values: dict[str, float]
    seconds: float
    cpu_seconds: float
    command: str


class Evaluator:
    """Runs evaluations, each in a slot of its own, in `<run>/eval-<split>/`.

    Args:
        threads: of OpenMP, where the user's environment does not say.
    """

    def __init__(
        self,
        layout: Layout,
        slots: Slots,
        backend: Backend,
        environ: Mapping[str, str],
        threads: int,
    ) -> None:
        self.layout = layout
        self.slots = slots
        self.backend = backend
        self.environ = environ
        self.threads = threads
        self.closing = False
        """The daemon ends: evaluations go on, and the next daemon finds them."""
        self._trees: dict[Path, asyncio.Lock] = {}

    async def evaluate(
        self,
        run: Run,
        command: str,
        split: str,
        tree: Path,
        *,
        outputs: Sequence[str],
        minutes: float | None = None,
    ) -> Evaluation:
        """Score a run. A result that is there is returned; one that is under way is waited for.

        Args:
            run: its outputs in `<run>/tree/` are linked into `tree`.
            command: prints one JSON object of numbers as its last line of standard output.
            split: `dev` or `test`; names the folder.
            tree: a clean checkout with the locked evaluator; one evaluation at a time uses it.
            outputs: paths relative to the tree.
            minutes: time limit; None: none.

        Raises:
            EvaluationFailed: the run left nothing, the command failed or printed no such object.
            DiskFull: it failed for that.
        """
        folder = self.layout.run(run.id) / f"eval-{split}"
        async with self._trees.setdefault(tree, asyncio.Lock()):
            if (known := _known(folder)) is not None:
                return known
            ended = await self._resume(folder)
            if ended is None or ended.code != 0:
                ended = await self._attempt(
                    folder, run, command, tree, outputs=outputs, minutes=minutes
                )
            return self._conclude(folder, ended, run, command, tree)

    def cpu_seconds(self, run_id: str) -> float:
        """CPU seconds of all finished evaluations of a run."""
        done = (_known(folder) for folder in sorted(self.layout.run(run_id).glob("eval-*")))
        return sum(each.cpu_seconds for each in done if each is not None)

    async def _resume(self, folder: Path) -> Exit | None:
        """The end of an evaluation that an earlier daemon began; None: there is none to be had."""
        if read_started(folder) is None:
            return None
        async with self.slots.claim():
            return await self._ended(folder)

    async def _attempt(
        self,
        folder: Path,
        run: Run,
        command: str,
        tree: Path,
        *,
        outputs: Sequence[str],
        minutes: float | None,
    ) -> Exit | None:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        python = Path(run.python)
        spec = Spec(
            argv=to_argv(command, python),
            cwd=str(tree),
            log=str(folder / "stdout.log"),
            stderr=str(folder / "stderr.log"),
            seconds=minutes * 60 if minutes else None,
        )
        async with self.slots.take() as slot:
            link_outputs(self.layout.run(run.id) / "tree", tree, outputs)
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
        self, folder: Path, ended: Exit | None, run: Run, command: str, tree: Path
    ) -> Evaluation:
        where = f"`{command}` on {run.id}"
        if ended is None:
            raise EvaluationFailed(f"{where} was killed with its supervisor; evaluate it again.")
        self.backend.learn(folder, ended)
        argv = to_argv(command, Path(run.python))
        values = read_score(printed := read_tail(folder / "stdout.log"))
        if ended.disk_was_full and (ended.code != 0 or values is None):
            raise DiskFull(
                f"{where} found the disk full; free some space (`intern gc` helps), then run "
                "`intern improve --resume`."
            )
        if ended.code != 0 or ended.reason != "exited":
            complaints = read_tail(folder / "stderr.log")
            ending = judge(ended, complaints, argv, tree)
            raise EvaluationFailed(
                f"{where} failed: {(ending.message or '').rstrip('.')}{_quoted(complaints)} "
                f"Mend [eval] command in intern.toml or the evaluator."
            )
        if values is None:
            raise EvaluationFailed(
                f"{where} printed no JSON object of numbers as its last line{_quoted(printed)} "
                'End it with a line such as {"exact_match": 0.71}.'
            )
        took = ended.ended - ended.started
        result = Evaluation(
            values=values, seconds=took, cpu_seconds=ended.cpu_seconds, command=command
        )
        put(folder / "result.json", result.model_dump(mode="json"))
        return result


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


def _known(folder: Path) -> Evaluation | None:
    try:
        return Evaluation.model_validate_json((folder / "result.json").read_bytes())
    except (OSError, ValueError):
        return None


def _quoted(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()][-3:]
    return f"; its last words: {' / '.join(lines)[-400:]!r}." if lines else "; it printed nothing."
