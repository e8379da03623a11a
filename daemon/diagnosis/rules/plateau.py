"""A loss that has come to rest, or that trembles: notes on how the steps were spent."""

from statistics import fmean, median, pstdev

from ...metrics import Row
from ..curve import Curve
from ..rule import LANGUAGE, SUPERVISED, Evidence, Rule, RunContext, rule


def _worth_a_look(run: RunContext, logs: int) -> bool:
    return run.loss.count >= logs and (run.progress or 0) >= 0.5


@rule("S14", label="plateau_saturated", severity="info", needs={"loss"}, methods=SUPERVISED)
class Saturated(Rule):
    """Most of the run brought nothing more.

    95 % of the whole fall of the loss was reached before half of the steps ("not compute-bound" in
    google-research/tuning_playbook; the 95 % are ours), or a language model's loss stood still from
    the start below 1.5 nats a token. A note: the run is fine, and shorter would do. At least 20
    logs, judged from half of the run on.
    """

    SHARE, LOGS, FITTED, STILL = 0.95, 20, 1.5, 0.98

    def feed(self, row: Row) -> Evidence | None:
        if "loss" not in row or not self.run.loss.due:
            return self.standing
        return self._judge()

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        curve = self.run.loss
        if not _worth_a_look(self.run, self.LOGS):
            return None
        first, second, _, last = curve.four_quarters()
        start = max(first, median(point.y for point in curve.points[:3]))
        fall = start - last
        saturated = fall > 0 and start - second >= self.SHARE * fall and last >= 0.8 * second
        tuned = self.run.method in LANGUAGE and self.STILL * first <= last < self.FITTED
        if not saturated and not tuned:
            return None
        return Evidence(
            steps=(curve.points[len(curve.points) // 2].step, curve.last_step),
            numbers={"start": start, "second_quarter": second, "last_quarter": last},
            title=f"The loss has stood at {last:.3g} since before the middle of the run",
            explanation="95 % of the fall came before half of the steps (tuning_playbook: not "
            "compute-bound). Stop earlier, or spend the steps on more varied data.",
            confidence=0.7,
        )


@rule("S11", label="late_variance", severity="info", needs={"loss"}, methods=SUPERVISED)
class LateVariance(Rule):
    """At the end the loss trembles by more than it fell over the run.

    The standard deviation over the last fifth of the logs is above half of the whole fall
    (google-research/tuning_playbook: high step-to-step variance late in training), and above 25 %
    of the loss, which batches of a few rows rarely reach. A note: where the last checkpoint stands
    is chance. At least 30 logs, at the end.
    """

    SHARE, LEVEL, LOGS = 0.5, 0.25, 30

    def feed(self, row: Row) -> Evidence | None:
        if (self.run.progress or 0) < 1 or "loss" not in row or not self.run.loss.due:
            return self.standing
        return self._judge()

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        curve: Curve = self.run.loss
        if curve.count < self.LOGS:
            return None
        tail = [point.y for point in curve.tail(0.2, 6)]
        first, last = curve.quarters()
        noise, level = pstdev(tail), abs(fmean(tail))
        if noise <= max(self.SHARE * abs(first - last), self.LEVEL * level):
            return None
        return Evidence(
            steps=(curve.tail(0.2, 6)[0].step, curve.last_step),
            numbers={"deviation": noise, "fall": first - last, "loss": level},
            title=f"The loss varies by {noise:.2g} at the end, as much as it fell",
            explanation="The deviation over the last fifth is above half of the whole fall "
            "(tuning_playbook). A larger batch or a schedule that decays to zero calms it.",
            confidence=0.6,
        )
