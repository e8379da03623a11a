"""The `intern` command: its families, and the boundary that turns errors into sentences."""

import io
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .. import __version__
from ..errors import InternError
from . import (
    approvals,
    chat,
    diagnose,
    doctor,
    exits,
    improve,
    init,
    land,
    lint,
    new,
    report,
    review,
    runs,
    space,
    wish,
)
from . import daemon as daemon_commands


class ReaderGone(Exception):
    """Nobody reads our stdout any more. No OSError: Typer would make a plain 1 of it."""


class Families(TyperGroup):
    """The commands, with a broken pipe told apart from a failure."""

    def invoke(self, ctx: Any) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()  # at the interpreter's end it can't be caught
        except BrokenPipeError:
            raise ReaderGone from None


app = typer.Typer(
    name="intern",
    cls=Families,
    help="Improves language-model post-training runs: one hypothesis, one commit, one measured "
    "verdict at a time.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,  # `main` is the boundary; a traceback is for INTERN_DEBUG
    context_settings={"help_option_names": ["-h", "--help"]},
)

START, RUN, RESULT, HOUSE = "Start", "Runs", "Results", "Housekeeping"

app.command(rich_help_panel=START)(new.new)
app.command(rich_help_panel=START)(init.init)
app.command(rich_help_panel=START)(improve.improve)
app.command(rich_help_panel=START)(doctor.doctor)
app.command(name="try", rich_help_panel=RUN)(wish.try_)
app.command(rich_help_panel=RUN)(runs.run)
app.command(name="runs", rich_help_panel=RUN)(runs.runs)
app.command(rich_help_panel=RUN)(runs.logs)
app.command(rich_help_panel=RUN)(runs.stop)
app.command(rich_help_panel=RUN)(diagnose.diagnose)
app.command(rich_help_panel=RUN)(lint.lint)
app.command(rich_help_panel=RUN)(approvals.approvals)
app.command(rich_help_panel=RUN)(approvals.approve)
app.command(rich_help_panel=RUN)(approvals.deny)
app.command(rich_help_panel=RESULT)(chat.chat)
app.command(rich_help_panel=RESULT)(report.report)
app.command(rich_help_panel=RESULT)(review.review)
app.command(rich_help_panel=RESULT)(land.land)
app.command(rich_help_panel=HOUSE)(daemon_commands.status)
app.command(rich_help_panel=HOUSE)(space.gc)
app.command(rich_help_panel=HOUSE)(daemon_commands.serve)
app.command(name="stop-daemon", rich_help_panel=HOUSE)(daemon_commands.stop_daemon)
app.command(rich_help_panel=HOUSE)(daemon_commands.lsp)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"intern {__version__}")
        raise typer.Exit


@app.callback()
def root(
    directory: Annotated[
        Path | None,
        typer.Option("-C", metavar="DIR", help="Work as if started in DIR.", show_default=False),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that stand before the command."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: without the program's name; None: those of this process.

    Returns:
        The exit code, one of `exits`.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # titles hold arrows, a C locale may not
    try:
        app(arguments, prog_name="intern")
    except SystemExit as end:
        return _code(end)
    except InternError as error:
        return _failed(str(error), exits.FAILED)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except ReaderGone:
        # The interpreter flushes stdout once more when it ends: give it somewhere to write to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the outermost boundary: a person never sees a traceback
        kind = type(error).__name__
        return _failed(
            f"Intern has a defect ({kind}: {error}); run the command again with INTERN_DEBUG=1 "
            "for the traceback and report it.",
            exits.DEFECT,
        )
    return exits.OK


def _code(end: SystemExit) -> int:
    if end.code is None:
        return exits.OK
    return end.code if isinstance(end.code, int) else exits.FAILED


def _failed(sentence: str, code: int) -> int:
    if os.environ.get("INTERN_DEBUG") == "1":
        traceback.print_exc()
    else:
        print(f"intern: {sentence}", file=sys.stderr)
    return code
