"""Who may run now: one run per GPU, or one per CPU core where there is no GPU."""

import asyncio
import heapq
import itertools
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pynvml


@dataclass(frozen=True)
class Slot:
    """The right to run."""

    name: str
    env: dict[str, str] = field(default_factory=dict, hash=False)
    """What a run in this slot has set, such as CUDA_VISIBLE_DEVICES."""


def detect_slots() -> list[Slot]:
    """One slot per visible GPU; without a GPU, one per core that we may use."""
    return gpu_slots() or [Slot(f"cpu-{number}") for number in range(usable_cores())]


def usable_cores() -> int:
    """Cores that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def gpu_slots() -> list[Slot]:
    """GPUs by UUID, respecting the user's own CUDA_VISIBLE_DEVICES; empty without a driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(n) for n in range(pynvml.nvmlDeviceGetCount())]
        known = [str(pynvml.nvmlDeviceGetUUID(handle)) for handle in handles]
    except pynvml.NVMLError:
        return []
    finally:
        pynvml.nvmlShutdown()
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
    chosen = known if wanted is None else _visible(wanted, known)
    return [Slot(f"gpu-{known.index(u)}", {"CUDA_VISIBLE_DEVICES": u}) for u in chosen]


def _visible(wanted: str, known: Sequence[str]) -> list[str]:
    """CUDA's own reading: the list ends at the first entry that names no device."""
    chosen: list[str] = []
    for entry in (part.strip() for part in wanted.split(",")):
        if entry.isdigit() and int(entry) < len(known):
            chosen.append(known[int(entry)])
        elif entry and (match := [uuid for uuid in known if uuid.startswith(entry)]):
            chosen.append(match[0])
        else:
            break
    return chosen


class Slots:
    """A queue: higher priority first, within one priority first come, first served."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.all = list(slots)
        self._free = list(slots)
        self._count = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[Slot]]] = []

    @asynccontextmanager
    async def take(self, priority: int = 0) -> AsyncIterator[Slot]:
        """Hold a slot; waits for one."""
        slot = await self._next(priority)
        try:
            yield slot
        finally:
            self._give_back(slot)

    @asynccontextmanager
    async def claim(self) -> AsyncIterator[None]:
        """Hold a slot without waiting: for a run found again, which runs whether we like or not."""
        slot = self._free.pop(0) if self._free else None
        try:
            yield
        finally:
            if slot is not None:
                self._give_back(slot)

    async def _next(self, priority: int) -> Slot:
        if self._free:
            return self._free.pop(0)
        future: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-priority, next(self._count), future))
        try:
            return await future
        except asyncio.CancelledError:
            # Given in the very moment of the cancellation: pass it on.
            if future.done() and not future.cancelled():
                self._give_back(future.result())
            raise

    def _give_back(self, slot: Slot) -> None:
        while self._waiting:
            _, _, future = heapq.heappop(self._waiting)
            if not future.done():
                future.set_result(slot)
                return
        self._free.append(slot)
