"""The state of a workspace: what remains when its events are folded, in order."""

from ..protocol import (
    Approval,
    ApprovalChanged,
    Conversation,
    ConversationChanged,
    Event,
    Experiment,
    ExperimentChanged,
    FindingsChanged,
    HunkDecided,
    Landed,
    MetricsArrived,
    Permission,
    PermissionChanged,
    PlanChanged,
    PlanItem,
    Run,
    RunChanged,
    Session,
    SessionChanged,
    StepAdded,
    Suppressed,
    Thread,
    ThreadChanged,
)
from .transcripts import Transcripts


class State:
    """What the events add up to. Folding an event twice changes nothing."""

    def __init__(self) -> None:
        self.head = 0
        self.sessions: dict[str, Session] = {}
        self.experiments: dict[str, Experiment] = {}
        self.runs: dict[str, Run] = {}
        self.findings: dict[str, FindingsChanged] = {}
        self.steps: dict[str, int] = {}
        """How many each session has; they are read from the log."""
        self.hunks: dict[tuple[str, str], HunkDecided] = {}
        self.landings: dict[str, Landed] = {}
        self.conversations: dict[str, Conversation] = {}
        self.threads: dict[str, Thread] = {}
        self.plans: dict[str, list[PlanItem]] = {}
        self.approvals: dict[str, Approval] = {}
        self.permissions: dict[str, Permission] = {}
        self.suppressed: dict[tuple[str, str | None], Suppressed] = {}
        """By rule and run; run None: in all of them."""
        self.transcripts = Transcripts()

    def fold(self, event: Event) -> None:  # noqa: PLR0912 - one branch a kind
        """Take one event in, in order of `seq`."""
        if event.seq <= self.head:
            return
        self.head = event.seq
        self.transcripts.fold(event)
        match event.body:
            case SessionChanged(session=session):
                self.sessions[session.id] = session
            case ExperimentChanged(experiment=experiment):
                self.experiments[experiment.id] = experiment
            case RunChanged(run=run):
                self.runs[run.id] = run
            case MetricsArrived(run=run_id, progress=progress) if run_id in self.runs:
                self.runs[run_id] = self.runs[run_id].model_copy(update={"progress": progress})
            case FindingsChanged() as found:
                self.findings[found.run] = found
            case StepAdded(step=step):
                self.steps[step.session] = self.steps.get(step.session, 0) + 1
            case HunkDecided() as decided:
                self.hunks[decided.session, decided.hunk] = decided
            case Landed() as landed:
                self.landings[landed.session] = landed
            case ConversationChanged(conversation=conversation):
                self.conversations[conversation.id] = conversation
            case ThreadChanged(thread=thread):
                self.threads[thread.id] = thread
            case PlanChanged(session=session_id, items=items):
                self.plans[session_id] = items
            case ApprovalChanged(approval=approval):
                self.approvals[approval.id] = approval
            case PermissionChanged(permission=permission):
                self.permissions[permission.id] = permission
            case Suppressed() as said:
                self.suppressed[said.rule, said.run] = said
            case _:
                pass  # messages are in the transcripts; notes and file changes leave no state

    def session_runs(self, session_id: str) -> list[Run]:
        return [run for run in self.runs.values() if run.session == session_id]

    def session_experiments(self, session_id: str) -> list[Experiment]:
        """In the order of their numbers."""
        mine = [e for e in self.experiments.values() if e.session == session_id]
        return sorted(mine, key=lambda experiment: experiment.number)

    def newest_session(self) -> Session | None:
        return max(self.sessions.values(), key=lambda session: session.created, default=None)
