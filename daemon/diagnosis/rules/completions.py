"""How long the completions of a policy are, and whether they end at all."""

from collections import deque
from collections.abc import Set
from statistics import fmean

from ...metrics import Row
from ...protocol import Severity
from ..rule import Evidence, Rule, RunContext, rule, suggest
from .policy import CLIPPED, LENGTH, Policy, looks
from .reward_course import CALMER

_LONGER = suggest(
    longer_completions="Double max_completion_length.",
    length_neutral_loss="Use a loss that does not pay for length (dr_grpo).",
)


@rule("G9", label="truncation_saturation", severity="warning", needs=(), methods={"grpo"})
class TruncationSaturation(Rule):
    """Completions hit max_completion_length before they end.

    The mean share of cut completions over the last 20 logs, after 5 updates (10 where it is
    estimated). Warning above 0.45 while the reward rises little (t < 2 between its first and last
    fifth), or above 0.9 whatever the reward does where less than half were cut at first: then the
    policy was paid for length. Critical above 0.9 over 20 updates without a gain (t < 1): what is
    cut before its answer can't be rewarded. Info from 0.1 on, the level at which a public
    post-mortem stops a run: public runs that learn stay below 0.25, but for one that learnt its way
    out of 0.9. Where the share is not logged it is estimated from the mean length against
    `max_completion_length`, or against a maximum that several logs hit exactly, supposing that what
    ends takes half of it; then never critical.
    """

    NOTE, SHARE, FATAL, FATAL_UPDATES = 0.1, 0.45, 0.9, 20
    OPENING = 10
    WINDOW, UPDATES, FEW, HITS = 20, 5, 2, 3

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._recent: deque[float] = deque(maxlen=self.WINDOW)
        self._count = 0
        self._opening = 0.0  # share at first
        self._measured = False
        self._limit = run.number("max_completion_length")
        self._longest, self._hits = 0.0, 0
        self._since: int | None = None

    def ready(self, seen: Set[str]) -> bool:
        return not (seen.isdisjoint(CLIPPED) and seen.isdisjoint(LENGTH))

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        clipped = policy.clipped
        if clipped is not None and not self._measured:
            self._measured = True
            self._recent.clear()  # estimates
        elif clipped is None and not self._measured and policy.length is not None:
            clipped = self._estimate(policy.length)
        if clipped is None:
            return self.standing
        self._count += 1
        self._since = row.step if self._since is None else self._since
        self._recent.append(min(max(clipped, 0.0), 1.0))
        if self._count <= self.OPENING:
            self._opening = fmean(self._recent)
        if not looks(self._count):
            return self.standing
        evidence = self._judge()
        if evidence is None:
            self._since = row.step
        return evidence

    def end(self) -> Evidence | None:
        return self._judge()

    def _estimate(self, length: float) -> float:
        if length > self._longest:
            self._longest, self._hits = length, 1
        elif length == self._longest:
            self._hits += 1
        limit = self._limit if self._limit else self._longest if self._hits >= self.HITS else 0.0
        return min(max(2 * length / limit - 1, 0.0), 1.0) if limit > 0 else 0.0

    def _judge(self) -> Evidence | None:
        policy = self._policy
        policy.starved.discard(self.id)
        if not self._recent:
            return None
        share = fmean(self._recent)
        updates = self._count * policy.stride
        least = self.UPDATES if self._measured else 2 * self.UPDATES
        if updates < least and not (self.run.ended and self._count >= self.FEW):
            return None
        if share <= self.NOTE:
            return None
        rise = policy.gain
        grown = self._measured and self._opening < 0.5
        severity: Severity = "info"
        if self._measured and share >= self.FATAL and updates >= self.FATAL_UPDATES and rise < 1:
            severity = "critical"
            policy.starved.add(self.id)
        elif share > self.SHARE and (rise < 2 or (share >= self.FATAL and grown)):
            severity = "warning"
        numbers = {"clipped": share, "logs": self._count, "reward_gain": rise}
        if policy.length is not None:
            numbers["mean_length"] = policy.length
        return Evidence(
            steps=(min(self._since or 0, policy.step), policy.step),
            numbers=numbers,
            title=f"{share:.0%} of the completions are cut off at the length limit",
            explanation=f"{'' if self._measured else 'Estimated from their mean length. '}A "
            "completion that is cut has no answer to reward, and what is paid is chance. Raise "
            "max_completion_length, ask for shorter answers, or punish overlong ones softly (DAPO);"
            " masking them all out leaves nothing to learn from.",
            suggestions=_LONGER,
            severity=severity,
            confidence=0.9 if self._measured else 0.7,
        )


class _Length(Rule):
    """The mean length of completions over the run, and the reward beside it."""

    LOGS, STEPS = 20, 40

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._length = self._policy.lengths

    def ready(self, seen: Set[str]) -> bool:
        return not seen.isdisjoint(LENGTH)

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        if policy.length is None:
            return self.standing
        return self._judge() if self._length.curve.due else self.standing

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        raise NotImplementedError

    @property
    def _long_enough(self) -> bool:
        return self._length.curve.count >= self.LOGS and self._policy.steps >= self.STEPS

    def _span(self) -> tuple[int, int]:
        step = self._policy.step
        return (min(self._length.curve.first_step, step), step)


@rule("G10", label="length_runaway", severity="warning", needs=(), methods={"grpo"})
class LengthRunaway(_Length):
    """Completions grow longer and longer, and the reward does not rise.

    The mean length of the last fifth of the logs is 1.5 times that of the first, by 3 standard
    errors, with a reward that has not risen (t < 1); at least 20 logs of 40 steps. GRPO's loss
    spreads the blame for a wrong answer over its tokens, so wrong answers grow (Dr. GRPO, arXiv
    2503.20783). Growth that pays is reasoning, and no finding.
    """

    TIMES, ERRORS = 1.5, 3.0

    def _judge(self) -> Evidence | None:
        first, last = self._length.change
        if not self._long_enough or not last > self.TIMES * first > 0:
            return None
        rise = self._policy.gain
        if rise >= 1 or self._length.gain < self.ERRORS or not self._policy.course.curve.count:
            return None
        return Evidence(
            steps=self._span(),
            numbers={"first_fifth": first, "last_fifth": last, "reward_gain": rise},
            title=f"Completions grew from {first:.0f} to {last:.0f} tokens, the reward did not",
            explanation="Length without reward is the bias of a loss that divides by the length: "
            "long wrong answers are blamed less (Dr. GRPO). Use a loss without it, or punish "
            "overlong answers softly (DAPO).",
            suggestions=(*_LONGER[1:], *suggest(beta_up="Hold it nearer to the reference.")),
            confidence=0.85,
        )


@rule("G11", label="length_collapse", severity="warning", needs=(), methods={"grpo"})
class LengthCollapse(_Length):
    """Completions shrink to less than half.

    The mean length of the last fifth of the logs is below half that of the first, by 3 standard
    errors; at least 20 logs of 40 steps. Info while the reward rises: a policy may learn to be
    brief, but read some samples. Warning where it does not rise (t < 1). The half is ours.
    """

    TIMES, ERRORS = 0.5, 3.0

    def _judge(self) -> Evidence | None:
        first, last = self._length.change
        if not self._long_enough or not 0 <= last < self.TIMES * first:
            return None
        if self._length.gain > -self.ERRORS or not self._policy.course.curve.count:
            return None
        rise = self._policy.gain
        return Evidence(
            steps=self._span(),
            numbers={"first_fifth": first, "last_fifth": last, "reward_gain": rise},
            title=f"Completions shrank from {first:.0f} to {last:.0f} tokens",
            explanation="Less than half of what they were. Either the policy drops what the reward "
            "does not check, or it has found one short answer for everything: read samples before "
            "more is trained.",
            suggestions=(CALMER[1], CALMER[0]),
            severity="info" if rise >= 1 else "warning",
            confidence=0.7,
        )
