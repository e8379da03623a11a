"""How adapters are set up."""

from collections.abc import Set

from ...metrics import Row
from ..rule import Evidence, Rule, rule, suggest

_ATTENTION = frozenset(
    {"q_proj", "k_proj", "v_proj", "o_proj", "qkv_proj", "query_key_value", "c_attn", "Wqkv"}
)


@rule("S17", label="lora_setup", severity="info", needs=())
class LoraSetup(Rule):
    """Adapters on the attention alone, or trained in large batches.

    From the configuration, where it is known that adapters are trained: `target_modules` that name
    attention projections only, or an effective batch (per device times accumulation times
    `world_size`) above 32. LoRA on all linear layers learns as full fine-tuning does, on the
    attention alone it falls behind, and large batches cost it more ("LoRA Without Regret", as told
    in huggingface/trl's documentation). A note.
    """

    BATCH = 32

    def ready(self, seen: Set[str]) -> bool:
        return self.run.lora is True

    def feed(self, row: Row) -> Evidence | None:
        return self.standing or self._judge()

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        if self.run.lora is not True:
            return None
        size = self.run.number("per_device_train_batch_size")
        batch = 0.0
        if size is not None:
            accumulated = self.run.number("gradient_accumulation_steps") or 1.0
            batch = size * accumulated * (self.run.number("world_size") or 1.0)
        targets = self.run.config.get("target_modules")
        names = set(targets) if isinstance(targets, list | tuple | set | frozenset) else set()
        if names and names <= _ATTENTION:
            return self._evidence(
                {"targets": float(len(names))}, "The adapters sit on the attention alone"
            )
        if batch > self.BATCH:
            return self._evidence({"batch": batch}, f"A batch of {batch:.0f} is large for LoRA")
        return None

    def _evidence(self, numbers: dict[str, float], title: str) -> Evidence:
        large = "batch" in numbers
        return Evidence(
            steps=(0, self.run.step),
            numbers=numbers,
            title=title,
            explanation="LoRA on all linear layers and with batches of at most 32 learns as full "
            "fine-tuning does; it bears large batches less well (LoRA Without Regret).",
            suggestions=suggest(batch_down="Halve the batch.")
            if large
            else suggest(lora_targets="Adapt all linear layers."),
            confidence=0.8,
        )
