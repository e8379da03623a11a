"""Whether the rewards of a policy teach anything at all."""

from collections import deque
from collections.abc import Set
from statistics import fmean

from ...metrics import Row
from ..curve import HUGE
from ..rule import Evidence, Rule, RunContext, rule, suggest
from .policy import NO_FUNCTIONS, Policy, looks

HARDER = suggest(
    more_generations="Sample twice as many completions a prompt.",
    temperature_up="Sample at a higher temperature.",
)
"""For groups that all earn the same."""


@rule("G1", label="no_signal_zero_std", severity="warning", needs=(), methods={"grpo"})
class NoSignal(Rule):
    """Most groups of completions earn the same reward each, so they have no gradient.

    GRPO's advantage is the reward against the mean of its group: equal rewards teach nothing (DAPO,
    arXiv 2503.14476, drops such groups). Measured by `frac_reward_zero_std`; older TRL logs only
    `reward_std`, and then by the share of logs where that is 0. Warning: 0.7 over the last 30
    logs, and half of all so far; 20 logs at least, or 50 steps of logs that average 5 and more, or
    4 logs of 20 steps when the run ended. Public runs that learn end at 0.47 and less, and stay
    above 0.7 for some 20 logs at most. Critical: 0.9 and 0.8, after 50 steps, with a reward that
    does not rise (t < 1 between its first and last fifth). Below 0.9 info where the reward still
    rises (t of 2 between its last two quarters, or so far within the first 100 steps). A reward
    near its best of the run says that the tasks are too easy, near its worst too hard.
    """

    SHARE, OVERALL = 0.7, 0.5
    FATAL, FATAL_OVERALL, FATAL_STEPS = 0.9, 0.8, 50
    YOUNG = 100
    WINDOW, LEAST, FEW = 30, 20, 4

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._recent: deque[float] = deque(maxlen=self.WINDOW)
        self._sum = 0.0
        self._count = 0
        self._idle = 0  # logs without any gradient
        self._since: int | None = None

    def ready(self, seen: Set[str]) -> bool:
        return bool(seen & {"frac_reward_zero_std", "reward_std"})

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        share = policy.zero_std
        if share is None:
            return self.standing
        self._recent.append(share)
        self._sum += share
        self._count += 1
        self._idle += share == 1 and policy.grad_norm == 0
        self._since = row.step if self._since is None else self._since
        if not looks(self._count):
            return self.standing
        evidence = self._judge()
        if evidence is None:
            self._since = row.step
        return evidence

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        self._policy.starved.discard(self.id)
        if not self._count:
            return None
        policy = self._policy
        share, overall = fmean(self._recent), self._sum / self._count
        few = self._count >= self.FEW and policy.steps >= self.LEAST
        idle = self._idle == self._count
        enough = (
            self._count >= self.LEAST
            or (policy.averaged and policy.steps >= self.FATAL_STEPS)
            or (self.run.ended and (few or idle))
        )
        if not enough or share < self.SHARE or overall < self.OVERALL:
            return None
        rise = policy.gain
        fatal = (
            share >= self.FATAL
            and overall >= self.FATAL_OVERALL
            and policy.steps >= self.FATAL_STEPS
            and rise < 1
        )
        if fatal:
            policy.starved.add(self.id)
        young = policy.steps < self.YOUNG and not self.run.ended
        rising = policy.course.late_gain >= 2 or (young and rise >= 2)
        solving = rising and share < self.FATAL
        return Evidence(
            steps=(min(self._since or 0, policy.step), policy.step),
            numbers={"share": share, "overall": overall, "logs": self._count, "reward_gain": rise},
            title=f"{share:.0%} of the groups earn the same reward for every completion",
            explanation=f"{_why(policy)} A group without differences has no advantage and no "
            "gradient (DAPO), so this share of the compute is wasted. Warned of above 70 % over 30 "
            "logs. Keep prompts that the model solves sometimes, give partial credit, or start "
            "from a checkpoint that was fine-tuned on the format.",
            suggestions=HARDER,
            severity="critical" if fatal else "info" if solving else "warning",
            confidence=0.9 if self._count >= self.LEAST else 0.6,
        )


def _why(policy: Policy) -> str:
    points = [point.y for point in policy.course.curve.points]
    if len(points) < 2:
        return "All completions of a prompt are judged alike."
    low, high, now = min(points), max(points), policy.course.change[1]
    if high > low and (now - low) / (high - low) > 0.8:
        return "The reward is near its best of the run: the tasks are too easy."
    if high == low or (now - low) / (high - low) < 0.2:
        return "The reward is near its worst of the run: the tasks are too hard, or it is too rare."
    return "The model solves a prompt always or never."


@rule("G13", label="dead_reward_component", severity="warning", needs=(), methods={"grpo"})
class DeadReward(Rule):
    """A reward function returns the same number for every completion.

    The mean of `rewards/<name>` stays the same, with a standard deviation of 0 where it is logged,
    on four of five pairs of logs: over 20 logs, or 4 logs of 20 steps. Info while the whole reward
    rises (t of 1 and more between its first and last fifth), since strict format rewards stay at 0
    in public runs that learn well, and before step 100 of a run that goes on. Withdrawn when the
    function tells completions apart.
    """

    SAME, LOGS, FEW, STEPS, MOST, EARLY = 0.8, 20, 4, 20, 32, 100

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._last: dict[str, float] = {}
        self._same: dict[str, float] = {}  # running share of pairs of logs that are alike
        self._count: dict[str, int] = {}
        self._first: int | None = None

    def ready(self, seen: Set[str]) -> bool:
        return any(name.startswith("rewards/") for name in seen)

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        if policy.reward is None:
            return self.standing
        values, dead = row.values, False
        for name, value in values.items():
            if name.startswith("rewards/") and not name.endswith("/std"):
                dead = self._compare(name, value, values) or dead
        self._first = row.step if self._first is None else self._first
        if not looks(policy.logs):
            return self.standing
        return self._judge() if dead else None

    def end(self) -> Evidence | None:
        return self._judge() if any(map(self._dead, self._last)) else None

    def _compare(self, name: str, value: float, values: dict[str, float]) -> bool:
        if not abs(value) < HUGE:
            return False
        last = self._last.get(name)
        if last is None:
            if len(self._last) < self.MOST and name[8:] not in NO_FUNCTIONS:
                self._last[name], self._same[name], self._count[name] = value, 1.0, 1
            return False
        spread = values.get(name[:-4] + "std", 0.0) if name.endswith("/mean") else 0.0
        count = self._count[name] = self._count[name] + 1
        # A plain mean at first, then an exponential one over some 50 logs.
        weight = 1 / min(count - 1, 25)
        self._same[name] += weight * ((value == last and spread == 0) - self._same[name])
        self._last[name] = value
        return self._dead(name)

    def _dead(self, name: str) -> bool:
        count = self._count[name]
        enough = count >= self.LOGS or (count >= self.FEW and self._policy.steps >= self.STEPS)
        averaged = count >= self.LOGS or self._policy.stride > 1
        return enough and averaged and self._same[name] >= self.SAME

    def _judge(self) -> Evidence | None:
        dead = {name: self._last[name] for name in self._last if self._dead(name)}
        if len(dead) == len(self._last) == 1:
            return None  # the only reward: then the reward itself is flat
        policy = self._policy
        names = ", ".join(name[8:].removesuffix("/mean") for name in dead)
        rise = policy.gain
        early = policy.steps < self.EARLY and not self.run.ended
        return Evidence(
            steps=(min(self._first or 0, policy.step), policy.step),
            numbers={**dead, "reward_gain": rise},
            title=f"The reward of {names} hardly ever changes"
            if len(dead) == 1
            else f"{len(dead)} rewards hardly ever change: {names}",
            explanation="A reward that is the same for every completion has no part in the "
            "advantage. At its floor its parser rejects everything, or it asks for too much; at "
            "its ceiling it is done and can go.",
            severity="info" if rise >= 1 or early else "warning",
            confidence=0.8,
        )


@rule(
    "G14",
    label="no_signal_zero_std",
    severity="warning",
    needs={"reward_std", "frac_reward_zero_std"},
    methods={"grpo"},
)
class RewardsCancel(Rule):
    """Reward functions tell completions apart, yet the summed reward of every group is the same.

    `reward_std` is 0 and `frac_reward_zero_std` 1 while some `rewards/<name>/std` is above 0: on
    3 logs in a row, or on all of a run that ended (huggingface/trl#3857, ms-swift#4570). Sampling
    is too deterministic, or completions are grouped wrongly.
    """

    LOGS = 3

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._streak = self._count = self._since = 0
        self._name, self._spread = "", 0.0

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        if policy.reward_std is None or policy.zero_std is None:
            return self.standing
        self._count += 1
        if policy.reward_std != 0 or policy.zero_std != 1:
            self._streak = 0
            return None
        for name, value in row.values.items():
            if name.startswith("rewards/") and name.endswith("/std") and 0 < value < HUGE:
                self._name, self._spread = name, value
                break
        else:
            self._streak = 0
            return None
        self._since = self._since if self._streak else row.step
        self._streak += 1
        return self._judge()

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        if self._streak < self.LOGS and not (self.run.ended and 0 < self._streak == self._count):
            return None
        step = self._policy.step
        return Evidence(
            steps=(min(self._since, step), step),
            numbers={self._name: self._spread, "reward_std": 0.0, "logs": self._streak},
            title="The reward differs between prompts but never within a group",
            explanation=f"{self._name} is {self._spread:.3g} while every group earns one sum "
            "(huggingface/trl#3857). Either the completions of a prompt are all alike, or the "
            "groups are cut wrongly; look at the completions of one prompt.",
            suggestions=(HARDER[1], HARDER[0]),
            confidence=0.8,
        )


@rule("G15", label="vanishing_gradient", severity="warning", needs={"grad_norm"}, methods={"grpo"})
class ZeroGradientWithSignal(Rule):
    """The gradient is exactly 0 although the rewards of most groups differ.

    A gradient norm of 0 with `frac_reward_zero_std` below 0.6 (or a reward that varies, where the
    share is not logged) on 3 logs in a row, or on all of a run that ended, 2 at least
    (modelscope/ms-swift#5890). Adapters that are frozen or not attached, or nodes out of step. A
    learning rate of 0 changes no gradient, so warm-up does not set it off.
    """

    SHARE, LOGS, FEW = 0.6, 3, 2

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._streak = self._count = self._since = 0
        self._share = 0.0

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        if policy.grad_norm is None or policy.zero_std is None:
            return self.standing
        self._count += 1
        # A completion that is cut is masked out on request, and takes its gradient along.
        masked = (policy.clipped or 0.0) >= 0.95
        if policy.grad_norm != 0 or policy.zero_std >= self.SHARE or masked:
            self._streak = 0
            return None
        self._since = self._since if self._streak else row.step
        self._streak += 1
        self._share = policy.zero_std
        return self._judge()

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        whole = self.run.ended and self._streak == self._count >= self.FEW
        if self._streak < self.LOGS and not whole:
            return None
        step = self._policy.step
        return Evidence(
            steps=(min(self._since, step), step),
            numbers={"grad_norm": 0.0, "zero_std": self._share, "logs": self._streak},
            title="The gradient is 0 although completions earn different rewards",
            explanation=f"Only {self._share:.0%} of the groups are without signal, so there must "
            "be a gradient (modelscope/ms-swift#5890). Nothing that the optimiser holds is in the "
            "graph: check that the adapter is attached and trainable, and on several nodes that "
            "all have the same rewards.",
            confidence=0.9,
        )
