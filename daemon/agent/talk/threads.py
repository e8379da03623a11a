"""Comment threads on an agent's change: the answer, the wish that a comment holds, its outcome."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from ...errors import BadInput, GitRefused
from ...protocol import (
    Experiment,
    Hunk,
    Mention,
    Message,
    MessageChanged,
    Review,
    Session,
    Thread,
    ThreadChanged,
    Wish,
)
from ...protocol.methods import Decide, SessionRef
from ...protocol.talk import ReplyInThread, ResolveThread, StartThread, ThreadTold
from ...repo import Repository
from ...workspace import EventStore, Layout
from .answers import ANSWERS, changed, why
from .commands import Answer, Ask, wished
from .figures import measured
from .links import code, commit_link, experiment_link, file_link, plain, prose
from .origin import Origin, check_lines, find_origin
from .question import Question, Subject, understand
from .requests import Back, Value, request_in, setting_of
from .view import View
from .writer import Writer


class Threads:
    """All threads of a workspace. Used on the event loop.

    Args:
        repository: the user's repository.
        store: the workspace's events.
        writer: writes the answers.
        ask: asks the daemon.
        find: a session by id; None: the newest.
    """

    def __init__(
        self,
        layout: Layout,
        repository: Repository,
        store: EventStore,
        writer: Writer,
        *,
        ask: Ask,
        find: Callable[[str | None], Session],
    ) -> None:
        self._layout = layout
        self._repository = repository
        self._store = store
        self._writer = writer
        self._ask = ask
        self._find = find

    async def start(self, wish: StartThread) -> ThreadTold:
        """Begin one; its answer follows.

        Raises:
            UnknownSession: there is no session.
            BadInput, GitRefused: there is no such line in the commit.
        """
        commit, last = await asyncio.to_thread(check_lines, self._repository, wish)
        session = self._session_of(wish.session, commit)
        origin = await self._origin(session, (commit, wish.path, wish.line, last))
        thread = self._put(
            Thread(
                id=f"thread-{len(self._store.state.threads) + 1}",
                session=session.id,
                path=wish.path,
                line=wish.line,
                end_line=last,
                commit=commit,
                experiment=origin.experiment.id if origin.experiment else None,
                created=time.time(),
            )
        )
        said = self._writer.record(session.id, "person", wish.text, thread=thread.id)
        self._writer.answer(said, lambda: self._answer(thread, said, first=True))
        return self.told(thread.id)

    async def reply(self, wish: ReplyInThread) -> ThreadTold:
        """Say more in one; its answer follows."""
        thread = self._known(wish.thread)
        if thread.resolved:
            thread = self._put(thread.model_copy(update={"resolved": False}))
        said = self._writer.record(thread.session, "person", wish.text, thread=thread.id)
        self._writer.answer(said, lambda: self._answer(thread, said, first=False))
        return self.told(thread.id)

    def resolve(self, wish: ResolveThread) -> ThreadTold:
        """Close one, or open it again."""
        thread = self._known(wish.thread)
        if thread.resolved != wish.resolved:
            self._put(thread.model_copy(update={"resolved": wish.resolved}))
        return self.told(thread.id)

    def of(self, session_id: str) -> list[ThreadTold]:
        """Those of a session, oldest first."""
        threads = self._store.state.threads.values()
        return [self.told(thread.id) for thread in threads if thread.session == session_id]

    def told(self, thread_id: str) -> ThreadTold:
        """A thread with its messages."""
        return ThreadTold(thread=self._known(thread_id), messages=self._messages(thread_id))

    def tell_outcomes(self) -> None:
        """Say in each thread what became of its wishes, once."""
        for session in list(self._store.state.sessions.values()):
            for wish in session.wishes:
                if wish.thread in self._store.state.threads:
                    self._tell_outcome(self._store.state.threads[wish.thread], session, wish)

    # --- what is said -----------------------------------------------------------------------

    async def _answer(self, thread: Thread, said: Message, *, first: bool) -> Answer:
        place = (thread.commit, thread.path, thread.line, thread.end_line)
        session = self._find(thread.session)
        origin = await self._origin(session, place)
        match request_in(said.text):
            case Back():
                return await self._take_back(session, thread, origin)
            case Value() as value:
                return await self._wish(thread, origin, value, said.text)
            case None:
                view = View.of(self._layout, self._store.state, thread.session)
                return lambda: _spoken(view, thread, origin, said, first)

    async def _take_back(self, session: Session, thread: Thread, origin: Origin) -> str:
        if origin.hunk is None:
            return (
                f"There is no change of mine on {_where(thread)} that could be landed, so there is "
                "nothing to reject."
            )
        decide = Decide(session=session.id, hunks=[origin.hunk.id], decision="rejected")
        await self._ask("intern/review/decide", decide)
        whose = f" of {experiment_link(origin.experiment)}" if origin.experiment else ""
        return (
            f"I rejected this hunk{whose}: {_where(thread)} will not land. The commit stays on "
            f"{code(session.branch)}, and its verdict was measured with it. The review can accept "
            "it again."
        )

    async def _wish(self, thread: Thread, origin: Origin, value: Value, text: str) -> str:
        change = origin.change(thread.path)
        setting = value.setting or (setting_of(change) if change else None)
        if setting is None:
            return (
                f"Which setting should be {code(value.value)}? Name it, as in *set learning_rate "
                f"to {plain(value.value)}*."
            )
        wish = Value(setting, value.value).wish(text, thread.id)
        view = View.of(self._layout, self._store.state, thread.session)
        told = await wished(self._ask, wish, view.python)
        now = f" Now it is {code(change.what)}." if change and setting_of(change) == setting else ""
        refused = told.startswith("I can't")
        return told + now + ("" if refused else " The verdict comes back into this thread.")

    def _tell_outcome(self, thread: Thread, session: Session, wish: Wish) -> None:
        said = [one for one in self._messages(thread.id) if one.author == "agent"]
        experiment = self._store.state.experiments.get(wish.experiment or "")
        if experiment is not None and experiment.verdict is not None:
            # The outcome is the one message of the agent's that mentions the experiment.
            if any(mention.ref == experiment.id for one in said for mention in one.mentions):
                return
            mention = Mention(
                kind="experiment", ref=experiment.id, label=f"exp {experiment.number}"
            )
            self._say(thread, _outcome(experiment), [mention])
            return
        reason = _in_vain(session, wish)
        # An answer that is being written may be about to say it.
        if reason and not any(reason in one.text or one.state == "streaming" for one in said):
            self._say(thread, f"Nothing came of {_wished(wish)}: {reason}", [])

    def _say(self, thread: Thread, text: str, mentions: list[Mention]) -> None:
        self._writer.tell(thread.session, text, thread=thread.id, mentions=mentions)

    # --- within -----------------------------------------------------------------------------

    async def _origin(self, session: Session, place: tuple[str, str, int, int]) -> Origin:
        view = View.of(self._layout, self._store.state, session.id)
        hunks = await self._hunks(session)
        experiments = view.experiments
        return await asyncio.to_thread(find_origin, self._repository, experiments, hunks, place)

    async def _hunks(self, session: Session) -> list[Hunk]:
        try:
            review = await self._ask("intern/review", SessionRef(session=session.id))
        except GitRefused:  # its branch is gone; what it measured still stands
            return []
        assert isinstance(review, Review)
        return review.hunks

    def _session_of(self, session_id: str | None, commit: str) -> Session:
        """The one that was named, else that of the commit, else the newest."""
        if session_id is None:
            mine = [e for e in self._store.state.experiments.values() if e.commit == commit]
            session_id = max(mine, key=lambda one: one.created).session if mine else None
        return self._find(session_id)

    def _messages(self, thread_id: str) -> list[Message]:
        events = self._store.events(self._store.state.transcripts.thread(thread_id))
        return [event.body.message for event in events if isinstance(event.body, MessageChanged)]

    def _known(self, thread_id: str) -> Thread:
        thread = self._store.state.threads.get(thread_id)
        if thread is None:
            raise BadInput(f"There is no thread {thread_id}; start one on a line of a commit.")
        return thread

    def _put(self, thread: Thread) -> Thread:
        event = self._store.append(ThreadChanged(thread=thread))
        assert isinstance(event.body, ThreadChanged)
        return event.body.thread


def _spoken(view: View, thread: Thread, origin: Origin, said: Message, first: bool) -> str:
    """The explanation of the change; to a question about something else, the answer to that."""
    experiment = origin.experiment
    about = (experiment,) if experiment else ()
    asked = understand(said.text, said.mentions, view)
    if not asked.subject.experiments:
        asked = replace(asked, subject=replace(asked.subject, experiments=about))
    topic = asked.topic
    if topic is not None and topic not in ("why", "help") and not (first and topic == "explain"):
        return ANSWERS[topic](view, asked)
    if experiment is None:
        return _not_mine(view, thread, origin)
    if first or topic == "why":
        return why(view, Question(said.text, "why", Subject(about), asked.words))
    return (
        "I did not understand that. In this thread I can say why I made this change, try another "
        "value (*use 1e-4*), or take it back (*revert this*)."
    )


def _not_mine(view: View, thread: Thread, origin: Origin) -> str:
    mine = [
        one
        for one in view.experiments
        if one.number > 0 and any(change.place.path == thread.path for change in one.changes)
    ]
    told = f"{_where(thread)} is not mine: commit {commit_link(origin.commit)} put it there."
    if mine:
        lines = [f"- {experiment_link(one)}: {changed(one)}" for one in mine]
        told += "\n\n" + "\n".join([f"What I changed in {code(thread.path)}:\n", *lines])
    return told


def _outcome(experiment: Experiment) -> str:
    verdict = experiment.verdict
    assert verdict is not None
    effect = "" if verdict.effect is None else f", {measured(verdict)}"
    commit = f" Commit {commit_link(experiment.commit)}." if experiment.commit else ""
    return (
        f"{experiment_link(experiment)} ({plain(experiment.title)}): **{verdict.name}**{effect}. "
        f"{prose(verdict.reason)}{commit}"
    )


def _in_vain(session: Session, wish: Wish) -> str | None:
    """Why a wish has no verdict and will get none as things stand; None: it may still."""
    if wish.refused is not None:
        return prose(wish.refused)
    if session.state in ("running", "interrupted"):
        return None
    resumed = "" if session.state == "finished" else " `intern improve --resume` takes it up again."
    return f"{code(session.id)} is {session.state}.{resumed}"


def _wished(wish: Wish) -> str:
    name = code(wish.intervention.removeprefix("set:"))
    return name if wish.value is None else f"{name} = {code(wish.value)}"


def _where(thread: Thread) -> str:
    return file_link(thread.path, thread.line)
