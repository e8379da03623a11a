"""Slash commands: what a message that begins with `/` does."""

import difflib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ...errors import InternError
from ...protocol import Diagnosis, Mention, Params, Session, SlashCommand, Wish
from ...protocol.methods import Improve, Models, RunRef, Stopped, StopSession, TryCandidate
from ...protocol.talk import Approvals
from .answers import ANSWERS, explained, help_text
from .figures import counted, listed, span
from .links import block, code, plain, prose, run_link
from .question import Question, named, tokens_of
from .requests import setting_named
from .topics import Topic, stem
from .view import Sighting, View

Ask = Callable[[str, Params], Awaitable[object]]
"""Asks the daemon for a method of the protocol, by its name. Raises `InternError` as it answers."""

Answer = str | Callable[[], str]
"""What to say; a function is called in a thread, for it may read files."""

COMMANDS: tuple[SlashCommand, ...] = (
    SlashCommand(name="/help", arguments="", summary="What can be asked."),
    SlashCommand(
        name="/why", arguments="[experiment]", summary="Why an experiment was tried and judged so."
    ),
    SlashCommand(name="/next", arguments="", summary="What would be tried next, and why."),
    SlashCommand(
        name="/explain", arguments="[finding]", summary="What a finding means and what to try."
    ),
    SlashCommand(name="/status", arguments="", summary="Scores, verdicts and runs in progress."),
    SlashCommand(name="/diagnose", arguments="[run]", summary="Look at a run's metrics again."),
    SlashCommand(
        name="/compare", arguments="A B", summary="Two experiments or runs beside each other."
    ),
    SlashCommand(
        name="/try",
        arguments="SETTING VALUE | INTERVENTION",
        summary="Try one change: an experiment with a verdict like any other.",
    ),
    SlashCommand(name="/improve", arguments="", summary="Start improving this workspace."),
    SlashCommand(name="/stop", arguments="", summary="Stop the session and its runs."),
    SlashCommand(name="/budget", arguments="", summary="What was spent and what is left."),
    SlashCommand(name="/approvals", arguments="", summary="What waits for your answer."),
)

_TOPICS: dict[str, Topic] = {
    "/why": "why",
    "/next": "next",
    "/explain": "explain",
    "/status": "status",
    "/compare": "compare",
    "/budget": "cost",
}


@dataclass(frozen=True)
class Command:
    """One message that is a command, carried out.

    Args:
        ask: asks the daemon.
        view: the workspace at this moment.
    """

    ask: Ask
    view: View
    text: str
    mentions: Sequence[Mention]

    async def answer(self) -> Answer:
        """What to say to it; a refusal of the daemon is said as its sentence."""
        name, _, rest = self.text.strip().partition(" ")
        name = name.lower()
        if name in _TOPICS:
            return self._about(_TOPICS[name], rest)
        deeds: dict[str, Callable[[Sequence[str]], Awaitable[str]]] = {
            "/help": self._help,
            "/diagnose": self._diagnose,
            "/try": self._try,
            "/improve": self._improve,
            "/stop": self._stop,
            "/approvals": self._approvals,
        }
        if name not in deeds:
            return _nearest(name)
        try:
            return await deeds[name](rest.split())
        except InternError as refusal:
            return prose(str(refusal))

    async def _help(self, _: Sequence[str]) -> str:
        return help_text(COMMANDS)

    def _about(self, topic: Topic, rest: str) -> Callable[[], str]:
        tokens = tokens_of(rest)
        subject = named(_spelled_out(topic, tokens), self.mentions, self.view)
        asked = Question(rest, topic, subject, tuple(stem(token) for token in tokens))
        return lambda: ANSWERS[topic](self.view, asked)

    async def _diagnose(self, words: Sequence[str]) -> str:
        tokens = tokens_of(" ".join(words))
        subject = named(_spelled_out("run", tokens), self.mentions, self.view)
        if subject.unknown or (words and not subject.runs):
            return (
                f"There is no run {code(' '.join(words))} here; `/status` names those in progress."
            )
        run = subject.runs[0] if subject.runs else self.view.newest_run()
        if run is None:
            return "There is no run to look at yet; `/improve` makes some."
        found = await self.ask("intern/run/diagnose", RunRef(run=run.id))
        assert isinstance(found, Diagnosis)
        if not found.findings:
            checked = f" Checked: {', '.join(found.checked)}." if found.checked else ""
            rows = counted(found.rows, "row")
            return f"{run_link(run.id)} shows no trouble over {rows}.{checked}"
        told = [explained(Sighting(run.id, f)) for f in found.findings if f.because_of is None]
        return "\n\n".join([f"{run_link(run.id)}: {counted(len(told), 'finding')}.", *told])

    async def _try(self, words: Sequence[str]) -> str:
        words = [word for word in words if word not in ("=", "to")]
        if len(words) == 1 and "=" in words[0]:
            words = words[0].split("=", 1)
        if not words:
            return (
                "Name a setting and its value, as in `/try learning_rate 1e-4`, or an intervention "
                "of the playbook, as in `/try warmup`; `/next` lists some."
            )
        if len(words) == 1:
            wish = Wish(intervention=words[0], because="")
        else:
            setting = setting_named(words[:-1])
            wish = Wish(intervention=f"set:{setting}", value=words[-1], because="")
        return await wished(self.ask, wish, self.view.python)

    async def _improve(self, _: Sequence[str]) -> str:
        session = await self.ask("intern/improve", Improve(python=self.view.python))
        assert isinstance(session, Session)
        caps = session.budget
        return (
            f"{code(session.id)} has started on {code(session.branch)}, within "
            f"{span(caps.minutes * 60)} and {counted(caps.runs, 'run')}. Your branch stays as it "
            "is."
        )

    async def _stop(self, _: Sequence[str]) -> str:
        session = self.view.session
        if session is None or session.state != "running":
            return "Nothing runs that could be stopped."
        stopped = await self.ask("intern/session/stop", StopSession(session=session.id))
        assert isinstance(stopped, Stopped)
        going = [run_link(run) for run in stopped.still_running]
        rest = f" {listed(going)} go on." if going else " None of its runs goes on."
        return f"{code(session.id)} is stopped.{rest} `intern improve --resume` takes it up again."

    async def _approvals(self, _: Sequence[str]) -> str:
        told = await self.ask("intern/approvals", Params())
        assert isinstance(told, Approvals)
        parts = []
        for one in told.waiting:
            facts = [f"**{plain(one.title)}** {prose(one.because)}"]
            if one.effects.command:
                facts.append(block(one.effects.command, "sh"))
            parts.append("\n\n".join(facts))
        if not parts:
            parts.append("Nothing waits for your answer.")
        if told.permissions:
            held = [f"- {plain(each.covers)} ({each.reach})" for each in told.permissions]
            parts.append("\n".join(["Allowed for longer:\n", *held]))
        return "\n\n".join(parts)


async def wished(ask: Ask, wish: Wish, python: str | None) -> str:
    """Hand a wish to the daemon and say what becomes of it, or its refusal.

    Args:
        python: the person's interpreter, for a contract that names none.
    """
    what = (
        f"{code(wish.intervention.removeprefix('set:'))} = {code(wish.value)}"
        if wish.value is not None
        else code(wish.intervention)
    )
    try:
        session = await ask("intern/experiment/try", TryCandidate(wish=wish, python=python))
    except InternError as refusal:
        return f"I can't try {what}. {prose(str(refusal))}"
    assert isinstance(session, Session)
    kept = next((one for one in reversed(session.wishes) if _same(one, wish)), None)
    if kept is not None and kept.refused is not None:
        return f"I can't try {what}. {prose(kept.refused)}"
    return (
        f"I try {what} in {code(session.id)}: one commit, measured like any other experiment. "
        "It is kept only if it clears the noise."
    )


async def models_told(ask: Ask) -> str:
    """What can be said of language models in this workspace, and how to choose one."""
    try:
        told = await ask("intern/models", Params())
    except InternError as refusal:
        return prose(str(refusal))
    assert isinstance(told, Models)
    others = [model for model in told.models if model.id != "playbook"]
    ready = [f"{code(model.id)} ({plain(model.title)})" for model in others if model.available]
    if ready:
        return (
            f"A language model could do more: {listed(ready, 'or')}. Choose it with the model "
            "picker of this chat."
        )
    reasons = " ".join(prose(model.reason) for model in others if model.reason)
    return f"No language model can be chosen here yet. {reasons}".rstrip()


def _same(one: Wish, other: Wish) -> bool:
    return (one.intervention, one.value, one.thread) == (
        other.intervention,
        other.value,
        other.thread,
    )


def _spelled_out(kind: str, words: Sequence[str]) -> list[str]:
    """`/why 3` means exp 3, `/diagnose 3` means run 3; `/compare 1 2` means experiments."""
    if not any(word.isdigit() for word in words) or {"exp", "run", "experiment"} & set(words):
        return list(words)
    noun = {"run": "run", "why": "exp", "compare": "exp"}.get(kind)
    return [noun, *words] if noun else list(words)


def _nearest(name: str) -> str:
    names = [command.name for command in COMMANDS]
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.0)
    return f"There is no command {code(name)}; did you mean `{near[0]}`? `/help` lists them all."
