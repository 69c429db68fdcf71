"""``lifdeep push``."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...options import Model

if TYPE_CHECKING:
    from ....models import SpikingModel, TrainedModel

__all__ = ["push"]

#: line of a card that tells trainings of one architecture apart
_FINGERPRINT = "- fingerprint of the weights: "


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
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Replace another network of this name, or another README.md, in the folder.",
        ),
    ] = False,
) -> None:
    """Prepare a network for others: the file with its licence inside, its checksum, and a card.

    Nothing is sent. Put the files of the folder on any server, drive or hub; others get the network
    with `lifdeep pull ADDRESS`. A README.md that is not this network's card, and a file of the same
    name that is another one, are not overwritten without --replace.
    """
    from ....errors import ValidationError
    from ....models import TrainedModel
    from ....pretrained.exchange import publish
    from ....report.pages.card import model_card
    from ....report.pages.front_matter import front_matter
    from ....report.pages.measured import check_measured
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
    if isinstance(network, TrainedModel):
        check_measured(network, measured)
        if card.is_file() and not replace and not _is_card_of(card, network):
            raise ValidationError(
                f"{card} is there and is not the card of this network; choose another folder, or "
                "say --replace"
            )
    if file.is_file() and not replace and not _is_same(file, network, licence):
        raise ValidationError(
            f"{file} is there and is another network, or has another licence; choose another "
            "folder, or say --replace"
        )
    path, sha256 = publish(network, file, licence=licence)
    say("network", path)
    if isinstance(network, TrainedModel):
        licensed = TrainedModel.load(path)
        text = model_card(licensed, measured, use=use, limits=limit or ())
        write_text(card, f"{front_matter(licensed, measured, licence=licence)}\n\n{text}")
        say("card", card)
    say("checksum", texts[0])
    print(f"lifdeep pull ADDRESS/{name} --sha256 {sha256}")


def _is_card_of(card: Path, network: TrainedModel) -> bool:
    """Whether a text has every fact of the network's card, whatever was measured or said since."""
    from ....report.pages.card import model_card
    from ....weights.fingerprints import are_other_weights

    try:
        there = set(card.read_text(encoding="utf-8").splitlines())
    except ValueError:  # no text
        return False
    origin = {key: value for key, value in network.provenance.items() if key != "licence"}
    facts = model_card(dataclasses.replace(network, provenance=origin)).splitlines()
    said = [line.removeprefix(_FINGERPRINT) for line in there if line.startswith(_FINGERPRINT)]
    if not any(are_other_weights(each, network.fingerprint) for each in said):
        # cards of before have none, or one without its second part
        facts = [line for line in facts if not line.startswith(_FINGERPRINT)]
    return all(line in there for line in facts if line.startswith(("# ", "- ")))


def _is_same(file: Path, network: TrainedModel | SpikingModel, licence: str) -> bool:
    """Whether a file is what would be written there."""
    from ....pretrained.exchange import checksum, publish

    with tempfile.TemporaryDirectory() as folder:
        return publish(network, Path(folder, file.name), licence=licence)[1] == checksum(file)
