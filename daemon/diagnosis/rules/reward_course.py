"""Where the reward of a policy goes: it falls back, or it stands still."""

import math
from collections.abc import Set
from statistics import median

from ...metrics import Row
from ...protocol import Severity
from ..rule import Evidence, Rule, RunContext, rule, suggest
from .policy import REWARD, Policy, looks

CALMER = suggest(
    learning_rate_down="Divide the learning rate by 3.",
    beta_up="Hold the policy nearer to the reference (beta 0.04).",
    clip_gradients="Clip gradients harder.",
)


@rule("G3", label="reward_collapse", severity="warning", needs=(), methods={"grpo"})
class RewardCollapse(Rule):
    """The reward falls back from its best and stays down.

    The exponential mean over 20 logs (6 where a log averages 5 and more steps) loses more than half
    of what it had gained from its start to its peak, or where there was no real gain 30 % of the
    peak; by 2.5 standard errors, for 10 (4) logs and 20 steps (open-r1#257, ms-swift#6550; the
    errors are ours: of 12 public runs that learn the worst reaches 2.7, for 7 steps). Critical when
    it ends below its start after a real gain, one of 6 standard errors: a policy that has unlearned
    its task seldom comes back. Withdrawn when the loss is below 2 standard errors again.
    """

    LOST, OF_PEAK, ERRORS, BACK = 0.5, 0.3, 2.5, 2.0
    LOGS, FEW, STEPS, REAL = 10, 4, 20, 6.0
    SPAN, SPAN_AVERAGED = 20, 6

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._count = 0
        self._first = 0.0
        self._mean = 0.0
        self._variance = 0.0
        self._start: float | None = None
        self._start_error = 0.0
        self._peak, self._peak_error, self._peak_step = -math.inf, 0.0, 0
        self._low = 0
        self._since = 0

    def ready(self, seen: Set[str]) -> bool:
        return not seen.isdisjoint(REWARD)

    def feed(self, row: Row) -> Evidence | None:
        reward = self._policy.take(row).reward
        if reward is None:
            return self.standing
        self._count += 1
        averaged = self._policy.averaged
        span, logs = (self.SPAN_AVERAGED, self.FEW) if averaged else (self.SPAN, self.LOGS)
        # A plain mean of the first logs, then an exponential one: both start without a bias.
        alpha = max(1 / self._count, 2 / (span + 1))
        apart = reward - self._mean
        self._mean += alpha * apart
        self._variance = (1 - alpha) * (self._variance + alpha * apart * apart)
        error = math.sqrt(self._variance * alpha / (2 - alpha))
        if self._count < logs:
            return None
        if self._start is None:
            self._start, self._start_error = self._mean, error
        if self._mean > self._peak:
            self._peak, self._peak_error, self._peak_step = self._mean, error, row.step
        lost, gained = self._peak - self._mean, self._peak - self._start
        unsure = math.hypot(error, self._peak_error)
        real = gained > self.REAL * math.hypot(self._start_error, self._peak_error)
        much = self.LOST * gained if real else max(self.LOST * gained, self.OF_PEAK * self._peak)
        errors = self.ERRORS if self.standing is None else self.BACK
        if lost <= max(much, errors * unsure, 1e-9):
            self._low, self._since = 0, row.step
            return None
        self._low += 1
        if self._low < logs or row.step - self._since < self.STEPS:
            return self.standing
        if self.standing is not None and not looks(self._count):
            return self.standing
        fatal = real and self._mean < self._start
        return Evidence(
            steps=(min(self._peak_step, row.step), row.step),
            numbers={"peak": self._peak, "reward": self._mean, "start": self._start},
            title=f"The reward fell from {self._peak:.3g} to {self._mean:.3g} and stays down",
            explanation=f"It was best at step {self._peak_step}, as a running mean, and lost "
            "more than half of its gain since. The steps are too large for this reward, or the "
            "policy drifted too far. Go back to the checkpoint of the peak.",
            suggestions=CALMER,
            severity="critical" if fatal else "warning",
            confidence=0.9 if fatal else 0.8,
        )


class _Flat(Rule):
    """A reward that does not rise; the rules below say it with what the KL divergence adds.

    The later fifth of the logs is no higher than the first (t < 1). A note where next to no
    completion can teach anything: then this is no news.
    """

    LOGS, STEPS = 10, 20

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)

    def ready(self, seen: Set[str]) -> bool:
        return not seen.isdisjoint(REWARD)

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        if policy.reward is None:
            return self.standing
        return self._judge() if policy.course.curve.due else self.standing

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        raise NotImplementedError

    @property
    def _weight(self) -> Severity:
        return "info" if self._policy.starved else "warning"

    def _flat(self) -> bool:
        policy = self._policy
        long = policy.course.curve.count >= self.LOGS and policy.steps >= self.STEPS
        return long and policy.gain < 1

    @property
    def _drift(self) -> float | None:
        """KL divergence late in the run; None: it is not logged."""
        last = self._policy.divergence.ends[1]
        return median(last) if last else None

    def _numbers(self) -> dict[str, float]:
        first, last = self._policy.course.change
        numbers = {"first_fifth": first, "last_fifth": last, "t": self._policy.gain}
        if (drift := self._drift) is not None:
            numbers["kl"] = drift
        return numbers

    def _span(self) -> tuple[int, int]:
        curve = self._policy.course.curve
        return (min(curve.first_step, curve.last_step), max(curve.first_step, curve.last_step))


DRIFT = 0.3
"""Nats a token. Public runs that drift above it without a gain were called sick by their reader;
those that learn mostly stay below 0.2."""

STILL = 1e-3
"""Nats a token, below which a policy still samples as its reference does."""


@rule("G5", label="reward_flat", severity="warning", needs={"kl"}, methods={"grpo"})
class DriftWithoutGain(_Flat):
    """The policy moves far from the reference, and the reward is none the better.

    The median KL divergence of the last fifth of the logs is above 0.3 nats a token, while the
    reward of the last fifth is not above that of the first (t < 1). At least 10 logs and 20 steps.
    """

    def _judge(self) -> Evidence | None:
        drift = self._drift
        if drift is None or drift <= DRIFT or not self._flat():
            return None
        first, last = self._policy.course.change
        return Evidence(
            steps=self._span(),
            numbers=self._numbers(),
            title=f"The policy drifts (KL {drift:.2g}) and the reward gains nothing",
            explanation=f"Reward {first:.3g} in the first fifth, {last:.3g} in the last. A KL "
            f"divergence above {DRIFT} nats a token pays only with a gain: the policy random-walks "
            "or games a part of the reward. Read samples, and hold it closer.",
            suggestions=CALMER,
            severity=self._weight,
            confidence=0.8,
        )


@rule("G6", label="reward_flat", severity="warning", needs={"kl"}, methods={"grpo"})
class PolicyNotMoving(_Flat):
    """After 100 steps the policy is still the reference.

    The median KL divergence of the last fifth is above 0 but below 0.001, and the reward has not
    risen (t < 1). Exactly 0 is what beta = 0 logs and says nothing. Adapters want some ten times
    the learning rate of full fine-tuning (LoRA Without Regret).
    """

    STEPS = 100

    def _judge(self) -> Evidence | None:
        drift = self._drift
        if drift is None or not 0 < drift < STILL or not self._flat():
            return None
        return Evidence(
            steps=self._span(),
            numbers=self._numbers(),
            title=f"The policy hardly moves: a KL of {drift:.1e} after {self._policy.steps} steps",
            explanation="A KL divergence below 0.001 nats a token after 100 steps is a policy that "
            "samples as before, so its reward can't rise. The learning rate is too small, or few "
            "groups carry a signal.",
            suggestions=suggest(
                learning_rate_up="Multiply the learning rate by 10.",
                more_generations="Sample twice as many completions a prompt.",
            ),
            severity=self._weight,
            confidence=0.85,
        )


@rule("G22", label="reward_flat", severity="warning", needs=(), methods={"grpo"})
class RewardFlat(_Flat):
    """The reward does not rise over a run that was long enough.

    The last fifth of the logs is no higher than the first (Welch's t < 1), after 150 steps and two
    fifths of the run, after 200 steps of any, or over a run of 100 steps that ended. A reward of 0
    for the first 100 steps is normal (unslothai/notebooks: "wait 150-200 steps"). Silent where the
    KL divergence says why (G5, G6). Info where truncation (G9) or groups without signal (G1) are
    critical, and when every reward lies in 0 to 1 and the last ones are above 0.9: there is hardly
    anything left to gain.
    """

    STEPS, PATIENT, ENDED, DONE = 150, 200, 100, 0.9

    def _judge(self) -> Evidence | None:
        policy, run, drift = self._policy, self.run, self._drift
        steps, progress = policy.steps, run.progress
        if steps < (self.ENDED if run.ended else self.STEPS):
            return None
        if progress is not None and progress < 0.4 and steps < self.PATIENT:
            return None
        if policy.course.curve.count < self.LOGS or policy.gain >= 1:
            return None
        if drift is not None and (drift > DRIFT or 0 < drift < STILL):
            return None
        first, last = policy.course.change
        points = [point.y for point in policy.course.curve.points]
        solved = last > self.DONE and min(points) >= 0 and max(points) <= 1
        return Evidence(
            steps=self._span(),
            numbers=self._numbers(),
            title=f"The reward does not rise: {first:.3g} at first, {last:.3g} at last",
            explanation=f"Over {steps} steps the last fifth of the logs is not above the first "
            "(t < 1). Either the learning rate is too small for the policy to move, or the reward "
            "does not tell a better completion from a worse one: read the best and the worst of "
            "one prompt."
            if not solved
            else "The reward was near 1 from the start: these prompts are solved.",
            label="plateau_saturated" if solved else None,
            severity="info" if solved else self._weight,
            suggestions=suggest(
                learning_rate_up="Multiply the learning rate by 3 to 10.",
                more_generations="Sample twice as many completions a prompt.",
                temperature_up="Sample at a higher temperature.",
            ),
            confidence=0.8,
        )
