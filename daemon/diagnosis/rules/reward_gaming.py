"""Rewards that a policy earns without the task: by the form, or on its training prompts alone.

There is no rule for a judge that credits too much: it needs a strict check beside the judge's
score, which no trainer logs.
"""

import math
import re
from collections.abc import Set
from statistics import fmean

from ...metrics import Row
from ..curve import HUGE
from ..rule import Evidence, Rule, RunContext, rule
from .policy import NO_FUNCTIONS, Course, Policy
from .reward_course import CALMER

_FORM = re.compile(r"format|xml|tag|think|structure|style", re.IGNORECASE)
_CONTENT = re.compile(r"acc|correct|answer|solution|solve|success|exact_match", re.IGNORECASE)


@rule("G12", label="format_only_hacking", severity="warning", needs=(), methods={"grpo"})
class FormatOnly(Rule):
    """The reward for the form rises while that for the content falls.

    Between the first and the last fifth of the logs a reward with `format`, `xml`, `tag` or `think`
    in its name rises by 0.3, and one with `acc`, `correct`, `answer` or `solution` loses 30 %, both
    by 3 standard errors; at least 30 logs (open-r1#373, open-r1#255).
    """

    RISE, FALL, ERRORS, LOGS, MOST = 0.3, 0.3, 3.0, 30, 8

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._form: dict[str, Course] = {}
        self._content: dict[str, Course] = {}
        self._kinds: dict[str, dict[str, Course] | None] = {}

    def ready(self, seen: Set[str]) -> bool:
        return any(name.startswith("rewards/") for name in seen)

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        if policy.reward is None:
            return self.standing
        for name, value in row.values.items():
            if name.startswith("rewards/") and not name.endswith("/std"):
                kind = self._kinds[name] if name in self._kinds else self._sort(name)
                if kind is not None and abs(value) < HUGE:
                    kind[name].add(row.step, value)
        if not self._form or not self._content:
            return None
        return self._judge() if policy.course.curve.due else self.standing

    def end(self) -> Evidence | None:
        return self._judge()

    def _sort(self, name: str) -> dict[str, Course] | None:
        short = name[8:].removesuffix("/mean")
        kind = None
        if short not in NO_FUNCTIONS and len(self._kinds) < 4 * self.MOST:
            if _FORM.search(short):
                kind = self._form
            elif _CONTENT.search(short):
                kind = self._content
            if kind is not None and len(kind) < self.MOST:
                kind[name] = Course()
            else:
                kind = None
            self._kinds[name] = kind
        return kind

    def _judge(self) -> Evidence | None:
        for form, risen in self._form.items():
            first, last = risen.change
            if risen.curve.count < self.LOGS or last - first <= self.RISE:
                continue
            if risen.gain < self.ERRORS:
                continue
            for content, fallen in self._content.items():
                before, after = fallen.change
                lost = before - after
                if lost > self.FALL * abs(before) > 0 and fallen.gain < -self.ERRORS:
                    return Evidence(
                        steps=(risen.curve.first_step, max(risen.curve.last_step, self.run.step)),
                        numbers={f"{form} first": first, form: last}
                        | {f"{content} first": before, content: after},
                        title=f"The form is rewarded, the content lost: {content} falls from "
                        f"{before:.2g} to {after:.2g}",
                        explanation=f"{form} rose from {first:.2g} to {last:.2g} meanwhile "
                        "(open-r1#373). The policy takes the easy part of the reward; weight the "
                        "content more, or pay for the form only where the content is right.",
                        suggestions=CALMER[:2],
                        confidence=0.8,
                    )
        return None


@rule("G18", label="overfitting", severity="warning", needs={"eval_reward"}, methods={"grpo"})
class HeldOutRewardFlat(Rule):
    """The reward on the training prompts rises, that on held-out prompts does not.

    t above 3 between the first and the last fifth of the training logs, while `eval_reward` of the
    later half of at least 4 evaluations is not above that of the earlier half
    (PostTrainBench audits such gaps as reward hacking).
    """

    RISE, EVALUATIONS = 3.0, 4

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._held_out = Course()

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        value = row.get("eval_reward")
        if value is None:
            return self.standing
        if not math.isfinite(value):
            return self.standing
        self._held_out.add(row.step, value)
        values = [point.y for point in self._held_out.curve.points]
        half = len(values) // 2
        if len(values) < self.EVALUATIONS or policy.gain <= self.RISE:
            return None
        before, after = fmean(values[:half]), fmean(values[half:])
        if after > before:
            return None
        first, last = policy.course.change
        curve = self._held_out.curve
        return Evidence(
            steps=(min(curve.first_step, row.step), row.step),
            numbers={"held_out_before": before, "held_out_after": after, "first": first}
            | {"last": last, "t": policy.gain},
            title="The reward rises on the training prompts only",
            explanation=f"Training reward {first:.3g} to {last:.3g}, held-out {before:.3g} to "
            f"{after:.3g}. The policy learns the prompts or a gap in the reward; read samples that "
            "score high.",
            suggestions=CALMER[:2],
            confidence=0.8,
        )
