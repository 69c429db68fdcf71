"""The options ``--config`` and ``--save-config``, which every command has."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ValidationError
from ..support.provenance import typed_as
from ..support.writing import try_file
from .config_file import key_of, options_in, save_options, values_by_key

__all__ = ["naming_the_file", "with_config"]


def _load(context: typer.Context, value: Path | None) -> Path | None:
    """Take what a file says as the defaults of the command."""
    if value is not None and not context.resilient_parsing:
        context.default_map = options_in(value, context)
    return value


_CONFIG = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        is_eager=True,
        callback=_load,
        help="TOML file with options, in a table named like the command; what is typed goes "
        "before it.",
        show_default=False,
    ),
]
_SAVE = Annotated[
    Path | None,
    typer.Option(
        "--save-config",
        metavar="FILE",
        help="Write all options of this call into a file for --config, and go on.",
        show_default=False,
    ),
]


def with_config(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the two options.

    Parameters
    ----------
    command : callable
        The function of a command, with Typer's annotations.
    """

    @functools.wraps(command)
    def configured(ctx: Any, config: Path | None, save_config: Path | None, **values: Any) -> None:
        if save_config is not None:
            _save(save_config, ctx)
        if config is None:
            command(**values)
            return
        with typed_as(_line(ctx)):
            command(**values)

    own = inspect.signature(command, eval_str=True).parameters.values()
    added = {"ctx": typer.Context, "config": _CONFIG, "save_config": _SAVE}
    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [each.replace(kind=kind) for each in own]
    parameters += [
        inspect.Parameter(
            name, kind, annotation=hint,
            default=inspect.Parameter.empty if name == "ctx" else None,
        )
        for name, hint in added.items()
    ]  # fmt: skip
    configured.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    configured.__annotations__ = {each.name: each.annotation for each in parameters}
    return configured


def naming_the_file(
    error: typer.BadParameter, context: Any, option: Any = None
) -> typer.BadParameter:
    """The same error; if the value is from a file, with its name and the key.

    Parameters
    ----------
    error : typer.BadParameter
        What an option says of its value.
    context : typer.Context
        Of the command.
    option : click.Parameter, optional
        The option, where the error does not say it.
    """
    parameter: Any = option or getattr(error, "param", None)
    source = parameter and context.get_parameter_source(parameter.name)
    if source is not None and source.name == "DEFAULT_MAP":
        file = context.params.get("config")
        error.message = f"{error.message} ({file}, [{context.info_name}], {key_of(parameter)})"
    return error


def _save(path: Path, context: Any) -> None:
    from .screen import say

    if path.suffix.lower() != ".toml":
        raise ValidationError(f"--save-config {path}: expected a name that ends in .toml")
    try_file(path)
    save_options(path, context)
    say("options", path)


def _line(context: Any) -> list[str]:
    """The command as it would be typed without the file."""
    options = {key_of(p): p for p in context.command.params}
    places: list[str] = []
    words: list[str] = []
    for key, value in values_by_key(context, ("COMMANDLINE", "DEFAULT_MAP")).items():
        values = value if isinstance(value, list | tuple) else [value]
        if options[key].param_type_name == "argument":
            places += map(str, values)
        elif isinstance(value, bool):
            off = (options[key].secondary_opts or [""])[0]
            words.append(f"--{key}" if value else off)
        else:
            for each in values:
                words += [f"--{key}", str(each)]
    return ["lifdeep", str(context.info_name), *places, *words]
