"""``lifdeep pull``."""

from __future__ import annotations

from os.path import isfile, samefile
from pathlib import Path
from typing import Annotated

import typer

from ...options import Json

__all__ = ["pull"]


def pull(
    source: Annotated[
        str,
        typer.Argument(
            help="Address (https://...) of a file that others have published, or a file.",
            show_default=False,
        ),
    ],
    sha256: Annotated[
        str | None,
        typer.Option(
            help="Its checksum, 64 hexadecimal digits; by default what SOURCE.sha256 says. none "
            "takes the file as it is.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File to write; by default in this folder, by the same name."),
    ] = None,
    json: Json = False,
) -> None:
    """Get a network that others have published, once its checksum is right, and show its card.

    Nothing is read before the checksum was compared. What was downloaded stays in a cache. A file
    of the same name that is another one is not overwritten.
    """
    from ....errors import ValidationError
    from ....models import TrainedModel
    from ....pretrained.exchange import checksum, name_in, retrieve
    from ....report.pages.card import model_card
    from ....support.consoles import visible
    from ....support.writing import write_bytes
    from ...files import load_any
    from ...outputs import try_outputs
    from ...screen import say, show
    from ..info import described

    place = Path(name_in(source)) if out is None else out
    is_it = isfile(place) and isfile(source) and samefile(place, source)
    if not is_it:
        try_outputs(values=(place,))
    path = retrieve(source, sha256)
    found = checksum(path)
    value = load_any(path)
    if not is_it:
        if place.is_file() and checksum(place) != found:
            raise ValidationError(f"{place} is there and is another file; give a name by --out")
        say("file", write_bytes(place, path.read_bytes()))
    said = "not compared with another" if sha256 == "none" else "as expected"
    say(f"sha256 {found}, {said}")
    if isinstance(value, TrainedModel) and not json:
        print(visible(model_card(value), keep="\n"), end="")
    else:
        show(described(value), json)
    provenance = getattr(value, "provenance", None)
    if provenance is not None and not provenance.get("licence"):
        say("no licence is said in the file; ask whoever published it before you pass it on")
