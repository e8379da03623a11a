"""Preference training: what the rewards of chosen and rejected answers do.

There is no rule for a length shortcut: it needs the lengths of both answers, which no trainer logs.
"""

import math
from collections import deque
from collections.abc import Set
from statistics import fmean, median

from ...metrics import Row
from ...protocol import Method
from ..curve import HUGE, Curve
from ..rule import Evidence, Rule, RunContext, rule, suggest
from .policy import Course, gain

PAIRED: frozenset[Method] = frozenset(("dpo", "orpo", "kto"))
LN2 = math.log(2)
"""Sigmoid loss of a policy that is its own reference."""

_HOLD = suggest(
    nll_term="Add the likelihood of the chosen answers to the loss.",
    beta_up="Double beta.",
    learning_rate_down="Divide the learning rate by 3.",
)
_CALMER = suggest(
    learning_rate_down="Divide the learning rate by 10.",
    beta_up="Double beta.",
    warmup="Warm up over the first 10 % of the steps.",
)


class Breakdown:
    """Whether a run fell apart, which other rules then need not say in their words."""

    def __init__(self) -> None:
        self.seen = False


def usable(value: float | None) -> float | None:
    """The value, unless it is absent or broken."""
    return value if value is not None and abs(value) < HUGE else None


@rule("D1", label="dpo_wrong_reference", severity="warning", needs={"loss"}, methods={"dpo"})
class WrongReference(Rule):
    """DPO does not start at ln 2: the policy is not its reference.

    The log of step 1 has a loss off 0.6931 by more than 0.02 and rewards off 0 by more than 0.02.
    Before the first update both models are one, so every reward is 0 and the sigmoid loss is ln 2
    by definition (TRL, DPO documentation). Silent where rewards are a multiple of the likelihoods,
    as in CPO, SimPO and ORPO, which have no reference, and where the configuration names another
    loss. Info where nothing says that the loss is a sigmoid. An adapter that was merged into one of
    the two models only does this, or dropout.
    """

    OFF = 0.02

    def feed(self, row: Row) -> Evidence | None:
        loss, chosen = usable(row.get("loss")), usable(row.get("rewards/chosen"))
        if loss is None or chosen is None or row.step > 1:
            return self.standing
        rejected = usable(row.get("rewards/rejected")) or 0.0
        kind = self.run.config.get("loss_type")
        other = kind not in (None, "sigmoid", ["sigmoid"]) or "nll_loss" in row
        off = max(abs(chosen), abs(rejected))
        if other or _no_reference(row) or row.step < 1:
            return None
        if abs(loss - LN2) <= self.OFF or off <= self.OFF:
            return None
        return Evidence(
            steps=(row.step, row.step),
            numbers={"loss": loss, "chosen": chosen, "rejected": rejected},
            title=f"DPO starts at a loss of {loss:.3g}, not at ln 2 = 0.693",
            explanation="Before the first update policy and reference are the same model, and all "
            "rewards are 0. Here they differ: the reference is another checkpoint, an adapter is "
            "merged into one of the two only, or dropout is on.",
            severity="info" if kind is None else "warning",
            confidence=0.7,
        )


def _no_reference(row: Row) -> bool:
    """Whether rewards are the policy's own likelihoods times beta."""
    shares = []
    for side in ("chosen", "rejected"):
        reward, likelihood = row.get(f"rewards/{side}"), row.get(f"logps/{side}")
        if reward is None or likelihood is None or not likelihood:
            return False
        shares.append(reward / likelihood)
    return abs(shares[0] - shares[1]) < 0.01 * abs(shares[0])


@rule("D2", label="dpo_no_preference", severity="warning", needs=(), methods=PAIRED)
class NoPreference(Rule):
    """Chosen answers are not told from rejected ones.

    After 30 % of the steps, or 300, the mean accuracy of the last third of the logs is at most
    0.55, or the mean margin is not above 0 with an accuracy below 0.6 (or unlogged, as in KTO). At
    least 10 logs, or 5 of 10 steps, and 20 steps. With a sigmoid loss also: after 60 steps and
    half of the run the loss is still above 0.98 ln 2. unslothai/notebooks has an ORPO run whose
    loss falls from 5.1 to 1.6 by likelihood alone while its accuracy falls to 0. A note where D6
    stands.
    """

    ACCURACY, DOUBTFUL, STILL = 0.55, 0.6, 0.98 * LN2
    LOGS, AVERAGED, STEPS, LONG, PATIENT = 10, 5, 20, 60, 300

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._accuracy, self._margin, self._loss = Curve(), Curve(), Curve()
        self._breakdown = run.share(Breakdown)

    def ready(self, seen: Set[str]) -> bool:
        return "rewards/margins" in seen or "rewards/accuracies" in seen

    def feed(self, row: Row) -> Evidence | None:
        margin = usable(row.get("rewards/margins"))
        if margin is None:
            return self.standing
        self._margin.add(row.step, margin)
        accuracy, loss = usable(row.get("rewards/accuracies")), usable(row.get("loss"))
        if accuracy is not None:
            self._accuracy.add(row.step, accuracy)
        if loss is not None:
            self._loss.add(row.step, loss)
        return self._judge() if self._margin.due else self.standing

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        curve, progress = self._margin, self.run.progress
        steps = curve.last_step - curve.first_step + 1
        averaged = steps >= 10 * curve.count
        if curve.count < (self.AVERAGED if averaged else self.LOGS) or steps < self.STEPS:
            return None
        if progress is None and curve.count < 3 * self.LOGS:
            return None
        if progress is not None and progress < 0.3 and steps < self.PATIENT:
            return None
        margin = fmean(point.y for point in curve.tail(1 / 3, 3))
        accuracy = None
        if self._accuracy.count:
            accuracy = fmean(point.y for point in self._accuracy.tail(1 / 3, 3))
        blind = (
            margin <= 0
            if accuracy is None
            else accuracy <= self.ACCURACY or (margin <= 0 and accuracy < self.DOUBTFUL)
        )
        still = self._unmoved(steps, progress)
        if not blind and not still:
            return None
        numbers = {"margin": margin} | ({} if accuracy is None else {"accuracy": accuracy})
        if self._loss.points:
            numbers["loss"] = self._loss.points[-1].y
        told = f"accuracy {accuracy:.2f}, " if accuracy is not None else ""
        return Evidence(
            steps=(min(curve.first_step, curve.last_step), max(curve.first_step, curve.last_step)),
            numbers=numbers,
            title=f"The model prefers nothing yet: {told}margin {margin:.2g}"
            if blind
            else f"The model has hardly moved: a margin of {margin:.2g}, a loss still near ln 2",
            explanation="Over the last third of the logs the chosen answer is not scored above the "
            "rejected one, or the loss has hardly left ln 2. Check that the columns are not "
            "swapped and that the two answers differ; then try a higher learning rate. A loss that "
            "falls by likelihood alone (ORPO) teaches no preference.",
            suggestions=suggest(
                learning_rate_up="Multiply the learning rate by 5 to 10.",
                beta_down="Halve beta, so that margins count for more.",
                epochs_up="Train longer.",
            ),
            severity="info" if self._breakdown.seen else "warning",
            confidence=0.85,
        )

    def _unmoved(self, steps: int, progress: float | None) -> bool:
        points = self._loss.points
        if self.run.method != "dpo" or len(points) < 5 or steps < self.LONG:
            return False
        if (progress or 0) < 0.5 or abs(points[0].y - LN2) > 0.05:
            return False
        return self.STILL < median(p.y for p in self._loss.tail(0.2, 5)) < LN2 + 0.05


@rule("D3", label="likelihood_displacement", severity="warning", needs=(), methods=PAIRED)
class LikelihoodDisplacement(Rule):
    """Margins grow because both answers become unlikely, the chosen one too.

    The mean reward of chosen answers over the last fifth of the logs is below 0 and has fallen from
    its best fifth by more than a quarter of the margin, while margins rise (huggingface/trl#800,
    RLHF-V#26; DPO-Shift, arXiv 2502.07599; the quarter is ours). Or, however small beta makes the
    rewards: their log-likelihood has fallen by half of itself and by 5 nats. Both by 3 standard
    errors; at least 15 logs, or 5 evaluations, which then decide. ORPO's rewards are likelihoods,
    so there margins must rise by 3 standard errors too. A chosen reward that stays above 0 is
    healthy. A note where D6 stands.
    """

    SHARE, TIMES, NATS = 0.25, 1.5, 5.0
    ERRORS, LOGS, EVALUATIONS = 3.0, 15, 5

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._train = (Course(), Course())
        self._held_out = (Course(), Course())
        self._likelihood = Course()
        self._breakdown = run.share(Breakdown)

    def ready(self, seen: Set[str]) -> bool:
        return "rewards/chosen" in seen or "eval_rewards/chosen" in seen

    def feed(self, row: Row) -> Evidence | None:
        judged = False
        if "rewards/chosen" in row:
            self._likelihood.add(row.step, usable(row.get("logps/chosen")))
        for prefix, (chosen, margins) in (("", self._train), ("eval_", self._held_out)):
            value = usable(row.get(prefix + "rewards/chosen"))
            margin = usable(row.get(prefix + "rewards/margins"))
            if value is not None and margin is not None:
                chosen.add(row.step, value)
                margins.add(row.step, margin)
                judged = judged or chosen.curve.due
        return self._judge() if judged else self.standing

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        if self._held_out[0].curve.count >= self.EVALUATIONS:
            return self._displaced(*self._held_out, "on held-out pairs")
        if self._train[0].curve.count >= self.LOGS:
            return self._displaced(*self._train, "in training")
        return None

    def _displaced(self, chosen: Course, margins: Course, where: str) -> Evidence | None:
        points = chosen.curve.points
        now = chosen.change[1]
        margin_before, margin = margins.change
        if margin <= max(margin_before, 0.0):
            return None
        # The best fifth that the run had, so that one lucky batch is not the standard.
        width = max(2, len(points) // 5)
        best, at = max(
            (fmean(p.y for p in points[i : i + width]), i)
            for i in range(0, len(points) - width + 1, max(1, width // 2))
        )
        before = [point.y for point in points[at : at + width]]
        much = best - now > self.SHARE * margin and gain(before, chosen.ends[1]) < -self.ERRORS
        if now >= 0 or not (much or self._unlikely()):
            return None
        if self.run.method == "orpo" and margins.gain < self.ERRORS:
            return None
        last = points[-1].step
        return Evidence(
            steps=(min(points[at].step, last), last),
            numbers={"chosen": now, "chosen_best": best, "margin": margin},
            title=f"Chosen answers become less likely: their reward fell from {best:.2g} to "
            f"{now:.2g} {where}",
            explanation=f"The margin grew to {margin:.2g} all the same, since rejected answers "
            "fall faster. Likelihood that neither answer gets goes to text that nobody rated "
            "(huggingface/trl#800). Add a likelihood term, raise beta, or drop pairs whose answers "
            "are nearly alike.",
            suggestions=_HOLD,
            severity="info" if self._breakdown.seen else "warning",
            confidence=0.8,
        )

    def _unlikely(self) -> bool:
        first, last = self._likelihood.change
        fallen = last < self.TIMES * first < 0 and first - last > self.NATS
        return fallen and self._likelihood.gain < -self.ERRORS


@rule(
    "D6", label="divergence", severity="warning", needs={"loss", "rewards/chosen"}, methods={"dpo"}
)
class PreferenceDivergence(Rule):
    """Rewards run away while preference accuracy stays at chance.

    Over the last 10 logs, 3 at least: a mean loss above 1, a reward above 10 in size, and a mean
    accuracy below 0.7 (huggingface/trl#1236, at a learning rate of 1e-4). Where the loss began near
    ln 2 the reward may have any size after 10 logs, for guessing costs ln 2, and a loss above 1 is
    worse than no training. Critical after 10 logs.
    """

    LOSS, REWARD, ACCURACY, WINDOW, LEAST = 1.0, 10.0, 0.7, 10, 3

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._recent: deque[tuple[float, float, float]] = deque(maxlen=self.WINDOW)
        self._breakdown = run.share(Breakdown)
        self._start: float | None = None
        self._since = 0

    def feed(self, row: Row) -> Evidence | None:
        loss, chosen = usable(row.get("loss")), usable(row.get("rewards/chosen"))
        if loss is None or chosen is None:
            return self.standing
        rejected = usable(row.get("rewards/rejected")) or 0.0
        accuracy = usable(row.get("rewards/accuracies"))
        size = max(abs(chosen), abs(rejected))
        self._recent.append((loss, size, 0.5 if accuracy is None else accuracy))
        mean_loss = fmean(each[0] for each in self._recent)
        largest = max(each[1] for each in self._recent)
        right = fmean(each[2] for each in self._recent)
        self._start = loss if self._start is None else self._start
        full = len(self._recent) == self.WINDOW
        far = largest > self.REWARD or (full and abs(self._start - LN2) < 0.1)
        bad = far and mean_loss > self.LOSS and right < self.ACCURACY
        self._breakdown.seen = bad and len(self._recent) >= self.LEAST
        if not bad:
            self._since = row.step
            return None
        if len(self._recent) < self.LEAST:
            return None
        return Evidence(
            steps=(min(self._since, row.step), row.step),
            numbers={"loss": mean_loss, "largest_reward": largest, "accuracy": right},
            title=f"DPO diverges: rewards of {largest:.3g} with an accuracy of {right:.2f}",
            explanation=f"A mean loss of {mean_loss:.2g} is worse than the ln 2 of an untrained "
            "model (huggingface/trl#1236). The learning rate is far too high: DPO wants 5e-7 to "
            "5e-6, or 5e-6 with adapters.",
            suggestions=_CALMER,
            severity="critical" if full else "warning",
            confidence=0.9,
        )
