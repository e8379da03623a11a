"""What can be asked without a language model, and what to do when a message is not understood."""

from ....protocol import SlashCommand

ASK = (
    ("Why did you do that?", "the finding, the hypothesis, its source and the measured verdict"),
    ("What next?", "the candidates in order, with what speaks for each"),
    ("Explain the finding.", "the rule, its numbers, its threshold, the line, what to try"),
    ("How is it going?", "scores, verdicts, runs in progress"),
    ("How long does it take, what does it cost?", "what was spent and what is left"),
    ("Compare exp 1 and exp 2.", "experiments or runs beside each other"),
)


def help_text(commands: tuple[SlashCommand, ...]) -> str:
    """Everything that can be asked."""
    questions = [f"- *{question}* {what[0].upper()}{what[1:]}." for question, what in ASK]
    return "\n".join(
        [
            "I am the playbook: I answer from what was measured here, without a language model. "
            "Ask:\n",
            *questions,
            "\nName things with @file, @run, @dataset, @finding, @experiment, or plainly, as in "
            "exp 3 or run 14. To try a value, say *set warmup_ratio to 0.1*.\n",
            "Commands:\n",
            *(f"- `{' '.join(filter(None, (c.name, c.arguments)))}` {c.summary}" for c in commands),
        ]
    )


def not_understood(models: str) -> str:
    """An honest answer.

    Args:
        models: what can be said of language models here.
    """
    asks = " ".join(f"*{question}*" for question, _ in ASK)
    return (
        f"I did not understand that. Without a language model I can answer: {asks} "
        f"`/help` lists it all. {models}"
    )
