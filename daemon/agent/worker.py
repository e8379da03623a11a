"""The worker: one process a session, in which the agent's code runs.

It holds no token and touches nothing but its pipe: the daemon carries out each tool call, and
applies policy and budget. Killing it is always safe.
"""

import io
import os
import sys
from typing import Any

from rich.console import Console
from smolagents import CodeAgent, LogLevel, Tool
from smolagents.memory import ActionStep
from smolagents.monitoring import AgentLogger

from .pipe import DaemonGone, ToolRefused, WorkerPipe
from .playbook.model import PlaybookModel
from .tools.declarations import IMPROVE, ToolDeclaration

MAX_STEPS = 500


def main() -> int:
    """Serve one session over stdin and stdout, then end."""
    pipe = _take_stdio()
    try:
        begin = pipe.receive()["begin"]
        agent = _agent(pipe)
        answer = agent.run(begin["task"])
        pipe.send({"done": {"answer": str(answer)}})
    except DaemonGone:
        return 0
    except Exception as error:  # noqa: BLE001 - the boundary: the daemon is told, and decides
        pipe.send({"failed": {"reason": f"{type(error).__name__}: {error}"}})
        return 1
    return 0


def _take_stdio() -> WorkerPipe:
    """Keep the pipe for ourselves: whatever prints to stdout must not end up between messages."""
    reader = os.fdopen(os.dup(0), "r", encoding="utf-8")
    writer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return WorkerPipe(reader, writer)


def _agent(pipe: WorkerPipe) -> CodeAgent:
    def report(step: ActionStep, agent: Any = None) -> None:
        _send_step(pipe, step)

    return CodeAgent(
        tools=[_tool(declaration, pipe) for declaration in IMPROVE],
        model=PlaybookModel(),
        max_steps=MAX_STEPS,
        step_callbacks=[report],
        # A time-out would count the minutes of a training run; the daemon has the budget instead.
        executor_kwargs={"timeout_seconds": None},
        # smolagents logs to stdout by default, and re-renders the whole text with each delta.
        logger=AgentLogger(level=LogLevel.OFF, console=Console(file=io.StringIO())),
    )


def _tool(declaration: ToolDeclaration, pipe: WorkerPipe) -> Tool:
    """A smolagents tool that hands its call to the daemon."""

    def forward(self: Tool, **arguments: Any) -> Any:
        try:
            return pipe.call(declaration.name, arguments)
        except ToolRefused as refusal:
            raise ValueError(str(refusal)) from None

    kind = type(
        f"{declaration.name}_tool",
        (Tool,),
        {
            "name": declaration.name,
            "description": declaration.description,
            "inputs": declaration.inputs,
            "output_type": declaration.output,
            "forward": forward,
            # The signature is the declaration's; smolagents would compare it with `forward`.
            "skip_forward_signature_validation": True,
        },
    )
    tool: Tool = kind()
    return tool


def _send_step(pipe: WorkerPipe, step: ActionStep) -> None:
    text = str(step.model_output or "")
    thought, _, _ = text.partition("<code>")
    pipe.send(
        {
            "step": {
                "number": step.step_number,
                "thought": thought.removeprefix("Thought:").strip(),
                "code": step.code_action or "",
                "observation": step.observations or "",
                "error": None if step.error is None else str(step.error),
                "seconds": step.timing.duration or 0.0,
            }
        }
    )
    # smolagents keeps a copy of the whole conversation with each step: quadratic memory.
    step.model_input_messages = None


if __name__ == "__main__":
    sys.exit(main())
