"""The command line application: its commands, and the exit code of each kind of failure."""

from __future__ import annotations

import importlib.util
import inspect
import math
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from ..errors import LifdeepError
from ..support.consoles import visible
from ..support.interrupts import keep_tracebacks_back, was_interrupted
from ..support.writing import files_written
from .commands.convert import convert
from .commands.deploy import deploy
from .commands.diagnose import diagnose
from .commands.doctor import doctor
from .commands.energy import energy
from .commands.evaluate import evaluate
from .commands.info import info
from .commands.points import points
from .commands.report import report
from .commands.reproduce import reproduce
from .commands.run import run
from .commands.sharing.card import card
from .commands.sharing.pull import pull
from .commands.sharing.push import push
from .commands.sweep import sweep
from .commands.train import train
from .commands.view import view
from .config import naming_the_file, with_config
from .endings.codes import CODES, exit_code, stopped
from .endings.streams import run_command
from .screen import be_quiet, say

__all__ = ["app", "main"]

_FIRST_STEPS = """\
[bold]lifdeep[/]: deep networks of LIF neurons, trained in rates, run in spikes.

Try this first; it takes a second and needs no download:

  lifdeep evaluate digits-compact --simulator rate --simulator events

Then train one of your own, in about a minute, and deploy it to Loihi's emulator:

  lifdeep train --learning-rate 0.003 --out digits.lifdeep
  lifdeep evaluate digits.lifdeep --simulator rate --simulator events
  lifdeep deploy digits.lifdeep

Then: [bold]lifdeep --help[/] lists the commands, [bold]lifdeep COMMAND --help[/] explains one with
an example, [bold]lifdeep info[/] lists networks and data, and [bold]lifdeep doctor[/] checks the
installation.
"""

_HELP = """\
Deep networks of LIF neurons: train in rates, convert to spikes, run anywhere.

Results go to standard output, progress and messages to standard error.

Exit codes:

""" + "\n\n".join(f"{code}  {meaning}" for code, meaning in CODES.items())


class _Commands(TyperGroup):
    """Turns our errors into a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; one of our errors, or an interrupt, ends it with a sentence."""
        keep_tracebacks_back()
        with files_written() as files:
            try:
                return super().invoke(ctx)
            except BaseException as error:
                # what follows an interrupt in compiled code is an error of any kind
                ended = isinstance(error, KeyboardInterrupt) or was_interrupted()
                foreseen = isinstance(error, LifdeepError | MemoryError)
                of_typer = hasattr(error, "exit_code") and not foreseen
                ends = isinstance(error, SystemExit) or of_typer
                if ends or not (ended or foreseen):
                    raise
                if ctx.params.get("debug"):
                    print(visible(traceback.format_exc(), keep="\n"), end="", file=sys.stderr)
                elif ended:
                    say(f"interrupted; {_kept(files)}")
                elif isinstance(error, MemoryError):
                    say(f"lifdeep: not enough memory ({error or 'none is left'}); {_kept(files)}")
                elif isinstance(error, LifdeepError):
                    say(f"lifdeep: {error}\nhelp: docs/{error.page}.md")
                raise typer.Exit(stopped() if ended else exit_code(error)) from error


class _Command(TyperCommand):
    """Refuses empty words, and numbers that are none, whatever option they are given to."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse empty words."""
        for word in args:
            if not word or (word.startswith("-") and word.endswith("=")):
                raise typer.BadParameter(
                    f"{word!r} is empty; give it a value, or leave the option out"
                )
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            raise naming_the_file(error, ctx) from error

    def invoke(self, ctx: Any) -> Any:
        """Refuse numbers that are not finite, and run the command."""
        for parameter in self.params:
            given = ctx.params.get(parameter.name)
            for value in given if isinstance(given, list | tuple) else [given]:
                if isinstance(value, float) and not math.isfinite(value):
                    refusal = typer.BadParameter(
                        f"{value} is no number to compute with; expected a finite one",
                        param_hint=max(parameter.opts, key=len),
                    )
                    raise naming_the_file(refusal, ctx, parameter)
        return super().invoke(ctx)


def _kept(files: list[Path]) -> str:
    """What an interrupted command had written, each file once."""
    names = [str(path) for path in dict.fromkeys(files) if path.exists()]
    if not names:
        return "nothing was finished"
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"finished and kept: {', '.join(names[-5:])}{more}"


app = typer.Typer(
    name="lifdeep",
    cls=_Commands,
    help=_HELP,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _first(
    ctx: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show Python's traceback of an error.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    be_quiet()
    if version:
        from .. import __version__

        print(__version__)
        raise typer.Exit()
    if ctx.invoked_subcommand is None:
        from rich.console import Console

        Console(highlight=False, soft_wrap=True).print(_first_steps(), end="")


def _first_steps() -> str:
    """Steps that work with what is installed."""
    if importlib.util.find_spec("numba") is None:
        return _FIRST_STEPS.replace("--simulator events", "--simulator nengo")
    return _FIRST_STEPS


def _unwrapped(command: Any) -> str:
    """A command's docstring with one line per paragraph, to be wrapped by the terminal."""
    paragraphs = inspect.getdoc(command).split("\n\n")  # type: ignore[union-attr]
    return "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)


for _command, _example in (
    (train, "lifdeep train --data digits --learning-rate 0.003 --out d.lifdeep"),
    (convert, "lifdeep convert d.lifdeep --synapse alpha:3ms --out d-spiking.lifdeep"),
    (run, "lifdeep run d-spiking.lifdeep --simulator nengo --n 5 --rasters 1 --out rec.lifdeep"),
    (evaluate, "lifdeep evaluate d.lifdeep --simulator rate --simulator events --n 100"),
    (deploy, "lifdeep deploy digits-compact --n 20"),
    (diagnose, "lifdeep diagnose digits-compact"),
    (reproduce, "lifdeep reproduce hunsberger2016 --dataset mnist --quick"),
    (energy, "lifdeep energy digits-compact --device loihi --device cpu"),
    (points, "lifdeep points digits-compact --picture points.png"),
    (sweep, "lifdeep sweep study.toml --workers 2"),
    (card, "lifdeep card mnist-compact"),
    (push, "lifdeep push digits.lifdeep published --licence cc-by-4.0"),
    (pull, "lifdeep pull https://example.org/digits.lifdeep"),
    (report, "lifdeep report demo-report"),
    (view, "lifdeep view digits-compact"),
    (info, "lifdeep info digits-compact"),
    (doctor, "lifdeep doctor"),
):
    app.command(cls=_Command, help=_unwrapped(_command), epilog=f"Example: [bold]{_example}[/]")(
        with_config(_command)
    )


def main() -> None:
    """The entry point of the command ``lifdeep``."""
    run_command(app)
