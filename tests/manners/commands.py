"""Every command of ``lifdeep`` with wrong values for each of its arguments and options."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, get_type_hints

from typer.main import get_command
from typer.testing import CliRunner

from nengo_lifdeep.cli import app

#: what stands beside the option that is tried, so that the command is right but for it
GOOD: dict[str, list[str]] = {
    "train": ["--out", "{folder}/new.lifdeep", "--epochs", "1", "--quiet"],
    "convert": ["{trained}", "--out", "{folder}/new.lifdeep"],
    "run": ["{trained}", "--data", "bars", "--n", "2", "--t-c", "1", "--t-p", "5", "--quiet"],
    "evaluate": ["{trained}", "--data", "bars", "--n", "2", "--t-c", "1", "--t-p", "5", "--quiet"],
    "deploy": ["{trained}", "--data", "bars", "--n", "2", "--quiet"],
    "diagnose": ["{spiking}", "--data", "bars", "--n", "2"],
    "reproduce": ["hunsberger2016", "--quick", "--out", "{folder}/reproduced", "--quiet"],
    "energy": ["{trained}", "--data", "bars", "--n", "2", "--t-c", "1", "--t-p", "5", "--quiet"],
    "points": ["{trained}", "--data", "bars", "--n", "2", "--quiet"],
    "sweep": ["{study}", "--quiet"],
    "card": ["{trained}"],
    "push": ["{trained}", "{folder}/published", "--licence", "mit"],
    "pull": ["{trained}", "--sha256", "none", "--out", "{folder}/pulled.lifdeep"],
    "report": ["{folder}"],
    "view": ["{trained}", "--data", "bars", "--no-browser"],
    "info": ["{trained}"],
    "doctor": [],
}

WHOLE = ("many", "1.5", "-1", "")
REAL = ("many", "nan", "inf", "-1", "")
TEXT = ("nonsense", "")
PLACE = ("", "/dev/null", "{text}/inside")

#: where any text, a folder, or a larger number is right
_ANY = {"--use", "--limit", "--licence", "--classes"}


@dataclasses.dataclass(frozen=True)
class Trial:
    """One command line.

    Parameters
    ----------
    command : str
        Name of the command.
    parameter : str
        What is tried: an option as it is written, or an argument's name.
    value : str
        Its value.
    words : tuple of str
        The whole line.
    """

    command: str
    parameter: str
    value: str
    words: tuple[str, ...]


def commands() -> dict[str, Any]:
    """All commands by name."""
    return dict(get_command(app).commands)  # type: ignore[attr-defined]


def values_of(command: Any, parameter: Any) -> tuple[str, ...]:
    """Wrong values for a parameter of its type."""
    kind = str(get_type_hints(command.callback)[parameter.name])
    for part, values in (("int", WHOLE), ("float", REAL), ("Path", PLACE)):
        if part in kind:
            return values
    return TEXT


def trials(name: str, places: dict[str, str]) -> Iterator[Trial]:
    """Every wrong value of every argument and option of a command."""
    good = [word.format(**places) for word in GOOD[name]]
    for parameter in commands()[name].params:
        is_flag = getattr(parameter, "is_flag", False) or len(parameter.secondary_opts)
        if is_flag or parameter.name == "help":
            continue
        values = values_of(commands()[name], parameter)
        if parameter.name == "seed":
            values = (*values, str(2**32))
        for value in ("",) if set(parameter.opts) & _ANY else values:
            value = value.format(**places)
            if parameter.param_type_name == "option":
                option = max(parameter.opts, key=len)
                words = (name, *_without(good, option), f"{option}={value}")
                yield Trial(name, option, value, words)
            else:
                yield Trial(name, str(parameter.name), value, (name, value, *good[1:]))
    yield Trial(name, "--no-such-option", "", (name, *good, "--no-such-option"))


def _without(words: list[str], option: str) -> list[str]:
    if option not in words:
        return words
    place = words.index(option)
    return words[:place] + words[place + 2 :]


def called(trial: Trial) -> Any:
    """The result of a command line, in this process."""
    return CliRunner().invoke(app, list(trial.words))


def failure(trial: Trial, result: Any) -> str:
    """What is wrong with how a command took a wrong value; empty if nothing is."""
    said = result.output + (result.stderr if result.stderr_bytes is not None else "")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return f"raw {type(result.exception).__name__}: {str(result.exception)[:100]}"
    if "Traceback" in said:
        return "a traceback"
    if result.exit_code == 0:
        return "accepted"
    if result.exit_code not in (2, 3, 4, 5, 6, 7):  # 1 is a fault of ours
        return f"exit code {result.exit_code}"
    lines = [line for line in said.splitlines() if line.strip()]
    if len(" ".join(lines).split()) < 5:
        return f"no help: {said[:60]!r}"
    return ""
