"""``lifdeep push``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...options import Model

__all__ = ["push"]


def push(
    model: Model,
    folder: Annotated[
        Path,
        typer.Argument(
            help="Folder for the files, which you then put where others find them.",
            show_default=False,
        ),
    ],
    licence: Annotated[
        str, typer.Option(help="Licence of the weights, as mit or cc-by-4.0.", show_default=False)
    ],
    evaluations: Annotated[
        list[Path] | None,
        typer.Option("--evaluation", help="Saved evaluation for the card; may be repeated."),
    ] = None,
    use: Annotated[str, typer.Option(help="What the network is meant for.")] = "",
    limit: Annotated[
        list[str] | None, typer.Option(help="A limit users should know; may be repeated.")
    ] = None,
) -> None:
    """Prepare a network for others: the file with its licence inside, its checksum, and a card.

    Nothing is sent. Put the files of the folder on any server, drive or hub; others get the network
    with `lifdeep pull ADDRESS`.
    """
    from ....errors import ValidationError
    from ....models import TrainedModel
    from ....pretrained.exchange import publish
    from ....report.pages.card import model_card
    from ....report.pages.front_matter import front_matter
    from ....support.writing import write_text
    from ...files import load_model
    from ...outputs import try_outputs
    from ...screen import say
    from .card import evaluation

    network = load_model(model)
    name = model.name if model.suffix == ".lifdeep" else f"{model.name}.lifdeep"
    file, card = folder / name, folder / "README.md"
    is_trained = isinstance(network, TrainedModel)
    if not is_trained and (use or limit or evaluations):
        raise ValidationError(
            "--use, --limit and --evaluation are for the card of a trained network; "
            f"{model} is in spikes, and has none"
        )
    texts = (file.with_name(f"{name}.sha256"), *([card] if is_trained else []))
    try_outputs(values=(file,), texts=texts, folders=(folder,), read=(model, *(evaluations or ())))
    measured = [evaluation(path) for path in evaluations or []]
    path, sha256 = publish(network, file, licence=licence)
    say("network", path)
    if isinstance(network, TrainedModel):
        licensed = TrainedModel.load(path)
        text = model_card(licensed, measured, use=use, limits=limit or ())
        write_text(card, f"{front_matter(licensed, measured, licence=licence)}\n\n{text}")
        say("card", card)
    say("checksum", texts[0])
    print(f"lifdeep pull ADDRESS/{name} --sha256 {sha256}")
