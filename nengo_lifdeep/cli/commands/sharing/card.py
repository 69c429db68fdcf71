"""``lifdeep card``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...options import Model, Out

if TYPE_CHECKING:
    from ....records import Evaluation, ValueEvaluation

__all__ = ["card", "evaluation"]


def card(
    model: Model,
    evaluations: Annotated[
        list[Path] | None,
        typer.Argument(help="Saved evaluations to put into it.", show_default=False),
    ] = None,
    use: Annotated[str, typer.Option(help="What the network is meant for.")] = "",
    limit: Annotated[
        list[str] | None, typer.Option(help="A limit users should know; may be repeated.")
    ] = None,
    licence: Annotated[
        str,
        typer.Option(
            help="Licence of the weights, as mit or cc-by-4.0: the card then begins with facts in "
            "YAML, as Hugging Face's cards do.",
            show_default=False,
        ),
    ] = "",
    out: Out = None,
) -> None:
    """Print a trained network's model card: data, command, seed, accuracy, limits, in Markdown.

    For a network that comes with the package, this is the card that comes with it.
    """
    from .... import pretrained
    from ....report.pages.card import model_card
    from ....report.pages.front_matter import front_matter
    from ....support.consoles import visible
    from ....support.writing import write_text
    from ...files import load_trained
    from ...outputs import try_outputs
    from ...screen import say

    try_outputs(texts=(out,), read=(model, *(evaluations or ())))
    measured = [evaluation(path) for path in evaluations or []]
    if str(model) in pretrained.NAMES and not model.exists() and not measured:
        text = pretrained.card(str(model))
    else:
        text = model_card(load_trained(model), measured, use=use, limits=limit or ())
    if licence:
        text = f"{front_matter(load_trained(model), measured, licence=licence)}\n\n{text}"
    if out is None:
        print(visible(text, keep="\n"), end="")
    else:
        write_text(out, text)
        say("model card", out)


def evaluation(path: Path) -> Evaluation | ValueEvaluation:
    """A saved evaluation, of classes or of values.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    """
    from ....records import Evaluation, ValueEvaluation
    from ....support.files import record_kind

    if record_kind(path) == "ValueEvaluation":
        return ValueEvaluation.load(path)
    return Evaluation.load(path)
