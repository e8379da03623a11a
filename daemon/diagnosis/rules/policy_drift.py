"""How a policy moves: its divergence, its entropy, its update, its sampler."""

from collections import deque
from collections.abc import Set
from statistics import fmean, median

from ...metrics import Row
from ..curve import HUGE
from ..rule import Evidence, Rule, RunContext, rule, suggest
from .policy import CLIP_FRACTION, ENTROPY, KL, Policy, looks
from .reward_course import CALMER

_WIDER = suggest(
    clip_higher="Clip upwards at 0.28, so that rare tokens may grow (DAPO).",
    temperature_up="Sample at a higher temperature.",
    learning_rate_down="Divide the learning rate by 3.",
)


@rule("G4", label="kl_explosion", severity="warning", needs=(), methods={"grpo"})
class KlExplosion(Rule):
    """The KL divergence from the reference grows out of bounds.

    The median of the last 5 logs is above 1 nat a token and above 10 times the median of the first
    20 (5 where a log averages 5 and more steps), while the reward has not risen (t < 1 between its
    first and last fifth); or it is above 10 nats, or 3 of the last 20 logs are, whatever the reward
    does (open-r1#257, open-r1#373; the numbers are ours). Critical: a median above 10 nats without
    a gain in reward. A single spike is no explosion: public runs that learn show one of 2.6, and
    one of 29 that passed. Withdrawn when the divergence comes back.
    """

    NATS, TIMES, FATAL = 1.0, 10.0, 10.0
    RECENT, EARLY, FEW = 5, 20, 5
    SPIKES, SPIKE_LOGS = 3, 20

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._early: list[float] = []
        self._usual = 0.0
        self._recent: deque[float] = deque(maxlen=self.RECENT)
        self._spikes: deque[bool] = deque(maxlen=self.SPIKE_LOGS)
        self._since = 0

    def ready(self, seen: Set[str]) -> bool:
        return not seen.isdisjoint(KL)

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        kl = policy.kl
        if kl is None:
            return self.standing
        if len(self._early) < (self.FEW if policy.averaged else self.EARLY):
            self._early.append(kl)
            self._usual = median(self._early)
        self._recent.append(kl)
        self._spikes.append(kl > self.FATAL)
        now = median(self._recent)
        wild = now > self.FATAL or sum(self._spikes) >= self.SPIKES
        far = now > self.NATS and now > self.TIMES * self._usual
        if len(self._recent) < self.RECENT or not (far or wild):
            self._since = row.step
            return None
        rise = policy.gain
        if rise >= 1 and not wild:
            return None
        return Evidence(
            steps=(min(self._since, row.step), row.step),
            numbers={"kl": now, "early": self._usual, "reward_gain": rise},
            title=f"The policy runs away from its reference: a KL of {max(now, kl):.3g} nats",
            explanation=f"The median of the last 5 logs is {now:.3g}; early in the run it was "
            f"{self._usual:.2g}. Above 1 nat a token the text is no longer the model's own "
            "language, and the reward did not pay for it (open-r1#257). Go back to an earlier "
            "checkpoint.",
            suggestions=CALMER,
            severity="critical" if now > self.FATAL and rise < 1 else "warning",
            confidence=0.9,
        )


class _Entropy(Rule):
    """The entropy of the policy, at its start and now."""

    WINDOW, LEAST = 10, 20
    FEW, LEAST_FEW = 3, 8  # where a log averages 5 and more steps

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._opening: list[float] = []
        self._start = 0.0
        self._recent: deque[float] = deque(maxlen=self.WINDOW)
        self._count = 0
        self._since = 0

    def ready(self, seen: Set[str]) -> bool:
        return not seen.isdisjoint(ENTROPY)

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        entropy = policy.entropy
        if entropy is None:
            return self.standing
        self._count += 1
        window, least = self.WINDOW, self.LEAST
        if policy.averaged:
            window, least = self.FEW, self.LEAST_FEW
        if self._count <= window:
            self._opening.append(entropy)
            self._start = median(self._opening)
        self._recent.append(entropy)
        if self._count < least or not looks(self._count):
            return self.standing
        evidence = self._judge(self._start, median(list(self._recent)[-window:]))
        if evidence is None:
            self._since = row.step
        return evidence

    def _judge(self, start: float, now: float) -> Evidence | None:
        raise NotImplementedError

    @property
    def _span(self) -> tuple[int, int]:
        return (min(self._since, self._policy.step), self._policy.step)


@rule("G7", label="entropy_collapse", severity="warning", needs=(), methods={"grpo"})
class EntropyCollapse(_Entropy):
    """The policy has become nearly deterministic.

    The median entropy of the last 10 logs is below a fifth of that of the first 10, or below 0.05
    nats and half of it; at least 20 logs (the last 3 against the first 3 of 8, where a log averages
    5 and more steps). Reward is bought with entropy, R = -a exp(H) + b, and at 0 none is left to
    buy with (arXiv 2505.22617); TRL calls 0.2 nats near-complete collapse. A low entropy from the
    start on is a model's own and no finding. Info while the reward still rises late in the run (t
    of 2 and more between its last two quarters).
    """

    SHARE, NATS = 0.2, 0.05

    def _judge(self, start: float, now: float) -> Evidence | None:
        if start <= 0 or not (now < self.SHARE * start or (now < self.NATS and now < start / 2)):
            return None
        learning = self._policy.course.late_gain >= 2
        return Evidence(
            steps=self._span,
            numbers={"entropy": now, "at_start": start, "reward_gain": self._policy.gain},
            title=f"Entropy fell from {start:.2g} to {now:.2g}: completions hardly differ any more",
            explanation="Below a fifth of its start the policy explores nothing new, and what it "
            "has not found by now it will not find (arXiv 2505.22617). A higher upper clip range "
            "or temperature early in the run keeps it open.",
            suggestions=_WIDER,
            severity="info" if learning else "warning",
            confidence=0.85,
        )


@rule("G8", label="entropy_blowup", severity="warning", needs=(), methods={"grpo"})
class EntropyBlowUp(_Entropy):
    """The policy turns to noise.

    The median entropy of the last 10 logs is above twice that of the first 10 and above 1 nat, or
    above 2 nats and 1.3 times it, while the reward falls (t < -1 between its first and last fifth);
    at least 20 logs (rllm#116: below 1 is fine, 2 hurts).
    """

    TIMES, NATS = 2.0, 2.0

    def _judge(self, start: float, now: float) -> Evidence | None:
        up = now > max(self.TIMES * start, 1.0) or (now > self.NATS and now > 1.3 * start)
        if not up or self._policy.gain >= -1:
            return None
        return Evidence(
            steps=self._span,
            numbers={"entropy": now, "at_start": start, "reward_gain": self._policy.gain},
            title=f"Entropy rises from {start:.2g} to {now:.2g} while the reward falls",
            explanation="Completions grow random. Above 2 nats a token runs were seen to break "
            "(rllm#116); lower the learning rate, the upper clip range, or the entropy bonus.",
            suggestions=CALMER,
            confidence=0.85,
        )


@rule("G16", label="clip_saturation", severity="warning", needs=(), methods={"grpo"})
class ClipSaturation(Rule):
    """Updates are clipped on more than 30 % of the tokens.

    The mean clip fraction of the last 10 logs, which must be 10 (ours; PPO runs that learn stay
    below 0.2). 0 is normal where each batch is used once. Withdrawn when it falls.
    """

    SHARE, WINDOW = 0.3, 10

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._recent: deque[float] = deque(maxlen=self.WINDOW)
        self._since = 0

    def ready(self, seen: Set[str]) -> bool:
        return not seen.isdisjoint(CLIP_FRACTION)

    def feed(self, row: Row) -> Evidence | None:
        fraction = self._policy.take(row).clip_fraction
        if fraction is None:
            return self.standing
        self._recent.append(fraction)
        if fraction <= self.SHARE and self.standing is None:
            self._since = row.step
            return None
        share = fmean(self._recent)
        if len(self._recent) < self.WINDOW or not self.SHARE < share <= 1:
            return None
        return Evidence(
            steps=(min(self._since, row.step), row.step),
            numbers={"clip_fraction": share},
            title=f"{share:.0%} of the tokens are clipped at every update",
            explanation="Clipped tokens have no gradient, and so many of them mean that one update "
            "moves the policy further than the clip range allows. Smaller steps, or fewer passes "
            "over a batch, lose less.",
            suggestions=CALMER,
            confidence=0.8,
        )


_RATIO = "sampling/importance_sampling_ratio/mean"


@rule("G17", label="sampler_mismatch", severity="info", needs={_RATIO}, methods={"grpo"})
class SamplerMismatch(Rule):
    """The sampler and the trainer give the same tokens different probabilities.

    The mean importance ratio of the last 20 logs lies outside 0.9 to 1.1 (TRL, GRPO documentation:
    it corrects for this, so this is a note). Warning when the reward falls as well (t < -1).
    """

    LOW, HIGH, WINDOW = 0.9, 1.1, 20

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._policy = run.share(Policy)
        self._recent: deque[float] = deque(maxlen=self.WINDOW)
        self._since = 0

    def feed(self, row: Row) -> Evidence | None:
        policy = self._policy.take(row)
        ratio = row.get(_RATIO)
        if ratio is None or not abs(ratio) < HUGE:
            return self.standing
        self._recent.append(ratio)
        if self.LOW <= ratio <= self.HIGH and self.standing is None:
            self._since = row.step
            return None
        mean = fmean(self._recent)
        if len(self._recent) < self.WINDOW or self.LOW <= mean <= self.HIGH:
            return None
        return Evidence(
            steps=(min(self._since, row.step), row.step),
            numbers={"ratio": mean, "reward_gain": policy.gain},
            title=f"Sampler and trainer disagree: an importance ratio of {mean:.2f}",
            explanation="The engine that samples computes other probabilities than the trainer, by "
            "its precision, its kernels or stale weights. Use the same dtype in both, and check "
            "that weights are synchronised before sampling.",
            severity="warning" if policy.gain < -1 else "info",
            confidence=0.7,
        )


@rule("G20", label="policy_ratio", severity="warning", needs=(), methods={"grpo"})
class PpoRatio(Rule):
    """PPO's numbers leave the range in which its objective means something.

    `val/ratio` above 2 or below 0.1, or `objective/kl` below -1, for 3 logs in a row (TRL, PPO
    documentation; LlamaFactory#664: a negative divergence comes from generation settings that
    differ from the policy's distribution).
    """

    HIGH, LOW, NEGATIVE, LOGS = 2.0, 0.1, -1.0, 3
    NAMES = frozenset(("val/ratio", "objective/kl"))

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._streak = self._since = 0

    def ready(self, seen: Set[str]) -> bool:
        return not seen.isdisjoint(self.NAMES)

    def feed(self, row: Row) -> Evidence | None:
        ratio, kl = row.get("val/ratio"), row.get("objective/kl")
        if ratio is None and kl is None:
            return self.standing
        out = ratio is not None and abs(ratio) < HUGE and not self.LOW <= ratio <= self.HIGH
        negative = kl is not None and -HUGE < kl < self.NEGATIVE
        if not out and not negative:
            self._streak = 0
            return None
        self._since = self._since if self._streak else row.step
        self._streak += 1
        if self._streak < self.LOGS:
            return self.standing
        numbers = {"ratio": ratio} if out and ratio is not None else {}
        if negative and kl is not None:
            numbers["kl"] = kl
        return Evidence(
            steps=(min(self._since, row.step), row.step),
            numbers=numbers,
            title=f"The policy ratio is {ratio:.3g}"
            if out
            else f"The KL divergence is negative: {kl:.3g}",
            explanation="A ratio far from 1 means that one update changed the policy beyond what "
            "clipping can hold; a divergence below -1 that the samples do not come from the policy "
            "(sampling with top_k, top_p or a minimum length).",
            suggestions=CALMER,
            confidence=0.8,
        )
