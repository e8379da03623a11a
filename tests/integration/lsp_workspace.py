"""A workspace with a past, and an editor that speaks LSP to its real daemon, byte by byte.

The training is a few lines of the standard library; the trainer of TRL is named, never called.
"""

import asyncio
import contextlib
import runpy
import time
from pathlib import Path

from intern_daemon.protocol import (
    Budget,
    Change,
    Experiment,
    ExperimentChanged,
    Finding,
    FindingsChanged,
    Place,
    Run,
    RunChanged,
    RunProgress,
    Session,
    SessionChanged,
    Suggestion,
    Verdict,
)
from intern_daemon.protocol.methods import Empty
from intern_daemon.server.client import Client
from intern_daemon.workspace import EventStore, Layout

from .small_workspace import CONTRACT, EVALUATE, git

Peer = runpy.run_path(str(Path(__file__).with_name("server_example.py")))["Peer"]

TRAIN = '''\
"""Trains nothing much; `trainer` is what a reader of the source sees."""
import argparse
import json
import os
import time
from pathlib import Path

WEIGHT_DECAY = 0.01

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=2e-5)
parser.add_argument("--epochs", type=int, default=3)
args = parser.parse_args()


def trainer():
    config = SFTConfig(
        learning_rate=args.lr,
        num_train_epochs=args.epochs,
        weight_decay=WEIGHT_DECAY,
        warmup_steps=0, max_grad_norm=1.0,
    )
    return SFTTrainer(model="base", args=config)


run = Path(os.environ.get("INTERN_RUN_DIR", "."))
with (run / "metrics.jsonl").open("a") as log:
    for step in range(1, 21):
        loss = float("nan") if args.lr > 1 and step > 2 else 2.0 / step
        row = {"step": step, "time": time.time(), "logs": {"loss": loss}, "max_steps": 20}
        log.write(json.dumps(row) + "\\n")
Path("outputs").mkdir(exist_ok=True)
Path("outputs/score.json").write_text(json.dumps(args.lr))
'''
LEARNING_RATE = 11
"""The line of the learning rate in `TRAIN`, from 1."""


def at(text: str, within: str = TRAIN) -> tuple[int, int]:
    """Line and column, both from 1, of the first place of a text."""
    index = within.index(text)
    return within.count("\n", 0, index) + 1, index - within.rfind("\n", 0, index)


BEGAN = 1_700_000_000.0


def make(root: Path) -> Path:
    """The workspace, committed, with no run yet."""
    root.mkdir(parents=True)
    (root / "train.py").write_text(TRAIN)
    (root / "evaluate.py").write_text(EVALUATE)
    (root / "intern.toml").write_text(CONTRACT)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=Start")
    return root


class History:
    """Writes what a session did into the event log, on real commits.

    Args:
        root: the workspace; no daemon may serve it.
    """

    def __init__(self, root: Path, metric: str = "exact_match", direction: str = "max") -> None:
        self.root = root
        layout = Layout(root)
        layout.make()
        self.store = EventStore(layout.database)
        self.base = git(root, "rev-parse", "HEAD")
        self.session = Session(
            id="s1",
            slug="s1",
            branch="intern/s1",
            base_commit=self.base,
            user_ref="main",
            state="finished",
            metric=metric,
            direction=direction,
            budget=Budget(minutes=5, runs=10, usd=0, tokens=0),
            incumbent="s1/0",
            created=BEGAN,
        )
        self.store.append(SessionChanged(session=self.session))

    def experiment(
        self, number, old="", new="", *, verdict=None, effect=None, score=None, seeds=2, parent=0
    ):
        """One experiment whose commit replaces a text of `train.py`; 0 is the baseline."""
        commit = self.base
        if number:
            above = self.store.state.experiments[f"s1/{parent}"].commit
            commit = self._commit(above, old, new)
        told = Experiment(
            id=f"s1/{number}",
            session="s1",
            number=number,
            parent=f"s1/{parent}" if number else None,
            intervention="learning_rate_up" if number else "baseline",
            title=f"{old} -> {new}" if number else "baseline",
            hypothesis="it helps",
            source="a guide",
            changes=[Change(what=new, place=Place(path="train.py", line=1))] if number else [],
            commit=commit,
            state="judged",
            runs=[f"run-{number}"],
            score=score,
            scores=dict.fromkeys(range(seeds), score) if score is not None else {},
            verdict=verdict
            and Verdict(
                name=verdict, effect=effect, noise_floor=0.02, seeds=seeds, reason="because"
            ),
            created=BEGAN + number,
            ended=BEGAN + number + 0.5,
        )
        self.store.append(ExperimentChanged(experiment=told))
        self.run(f"run-{number}", number, commit)
        if verdict == "keep":
            kept = self.session.model_copy(update={"incumbent": told.id})
            self.store.append(SessionChanged(session=kept))
        return commit

    def run(self, name, number, commit, created=None, **more):
        """A run that succeeded; `number` None: the person's own."""
        told = Run(
            id=name,
            session=None if number is None else "s1",
            experiment=None if number is None else f"s1/{number}",
            commit=commit,
            command="python train.py",
            python="/usr/bin/python3",
            created=BEGAN + (number or 0) if created is None else created,
            state="succeeded",
            cause="finished",
            progress=RunProgress(step=20, rows=20),
            **more,
        )
        self.store.append(RunChanged(run=told))

    def finding(self, run, rule="S16", line=LEARNING_RATE, severity="warning", because_of=None):
        """One more finding of a run, on a line of `train.py`; None: on no line."""
        before = self.store.state.findings.get(run)
        place = (
            None if line is None else Place(path="train.py", line=line, column=49, end_column=53)
        )
        told = Finding(
            rule=rule,
            label="learning rate",
            severity=severity,
            title="The learning rate of 2e-05 is 9 times too low",
            steps=(3, 18),
            evidence={"learning_rate": 2e-05, "band_low": 0.00018},
            explanation="A guide says so.",
            interventions=[Suggestion(intervention="learning_rate_up", text="Try ten times more.")],
            because_of=because_of,
            place=place,
        )
        found = [*(before.findings if before else []), told]
        self.store.append(FindingsChanged(run=run, method="sft", findings=found))

    def close(self):
        self.store.close()

    def _commit(self, above, old, new):
        git(self.root, "switch", "--quiet", "--detach", above)
        script = self.root / "train.py"
        text = script.read_text()
        assert old in text
        script.write_text(text.replace(old, new))
        git(self.root, "commit", "--quiet", "--all", "--message=Try")
        commit = git(self.root, "rev-parse", "HEAD")
        git(self.root, "update-ref", f"refs/keep/{commit}", commit)
        git(self.root, "switch", "--quiet", "main")
        return commit


class Editor:
    """Any LSP client: it sends no `intern/...` and knows nothing of us."""

    def __init__(self, root: Path, peer, capabilities) -> None:
        self.root, self.peer, self.capabilities = root, peer, capabilities
        self.messages: list[str] = []
        self.diagnostics: dict[str, list[dict]] = {}
        self.refreshed = 0
        self._versions: dict[str, int] = {}

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    async def ask(self, method, params):
        asked = self.peer.post(method, params)
        while (answer := await self._next()).get("id") != asked or "method" in answer:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def tell(self, method, params):
        self.peer.send({"jsonrpc": "2.0", "method": method, "params": params})

    def open(self, path, text=None):
        text = (self.root / path).read_text() if text is None else text
        self._versions[path] = 1
        document = {"uri": self.uri(path), "languageId": "x", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def change(self, path, text, where=None):
        """Replace the whole text, or one range of it."""
        self._versions[path] += 1
        change = {"text": text} if where is None else {"text": text, "range": where}
        document = {"uri": self.uri(path), "version": self._versions[path]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def close(self, path):
        self.tell("textDocument/didClose", {"textDocument": {"uri": self.uri(path)}})

    async def told(self, path):
        """The next diagnostics of a file."""
        self.diagnostics.pop(path, None)
        while path not in self.diagnostics:
            await self._next()
        return self.diagnostics[path]

    async def told_until(self, path, wanted):
        """Diagnostics of a file as soon as they are as wanted."""
        while not wanted(found := await self.told(path)):
            pass
        return found

    async def refresh(self):
        """Wait for the next request to ask for the lenses again."""
        before = self.refreshed
        while self.refreshed == before:
            await self._next()

    async def lenses(self, path):
        """Line, from 1, and title of each lens."""
        found = await self.ask("textDocument/codeLens", {"textDocument": {"uri": self.uri(path)}})
        return [(one["range"]["start"]["line"] + 1, one["command"]["title"]) for one in found]

    async def hover(self, path, line, column):
        """Text under a position, both from 1."""
        at = {"line": line - 1, "character": column - 1}
        params = {"textDocument": {"uri": self.uri(path)}, "position": at}
        found = await self.ask("textDocument/hover", params)
        return found and found["contents"]["value"]

    async def fixes(self, path, diagnostics, **context):
        params = {
            "textDocument": {"uri": self.uri(path)},
            "range": diagnostics[0]["range"],
            "context": {"diagnostics": diagnostics, **context},
        }
        return await self.ask("textDocument/codeAction", params)

    async def execute(self, command):
        """Run a command as a lens or a fix names it, until its message is shown."""
        before = len(self.messages)
        params = {"command": command["command"], "arguments": command["arguments"]}
        await self.ask("workspace/executeCommand", params)
        while len(self.messages) == before:
            await self._next()

    async def _next(self):
        message = await asyncio.wait_for(self.peer.receive(), 60)
        assert not message.get("method", "").startswith("intern/")
        if message.get("method") == "textDocument/publishDiagnostics":
            uri = message["params"]["uri"]
            path = uri.removeprefix(self.root.as_uri() + "/")
            self.diagnostics[path] = message["params"]["diagnostics"]
        elif message.get("method") == "window/showMessage":
            self.messages.append(message["params"]["message"])
        elif message.get("method") == "workspace/codeLens/refresh":
            self.refreshed += 1
            self.peer.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        return message


@contextlib.asynccontextmanager
async def editor(root: Path, **options):
    """An editor on the workspace's daemon, which is started for it and ended after it."""
    client = await asyncio.to_thread(Client.connect, root)
    try:
        peer = await Peer.reach(str(Layout(root).socket))
        capabilities = {"workspace": {"codeLens": {"refreshSupport": True}}}
        params = {"processId": None, "rootUri": root.as_uri(), "capabilities": capabilities}
        answer = await peer.ask("initialize", {**params, **options})
        peer.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        yield Editor(root, peer, answer["result"]["capabilities"])
        peer.close()
    finally:
        with client:
            await asyncio.to_thread(client.call, "intern/shutdown", None, Empty)
        await asyncio.to_thread(_gone, Layout(root).socket)


def _gone(socket: Path) -> None:
    while socket.exists():
        time.sleep(0.01)
