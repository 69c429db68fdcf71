"""Make the file and the model card of a trained network of ours, for the package or for others."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

from ...conversion.swap import convert
from ...datasets.fingerprints import are_other_images
from ...energy.devices import get_device
from ...errors import ValidationError
from ...evaluation.accuracy import evaluate
from ...evaluation.input_health import compression_findings
from ...inputs.recommended import Recommended
from ...models import TrainedModel
from ...records import Evaluation
from ...report.pages.card import model_card
from ...support.words.counted import counted
from ...support.writing import write_text
from .networks import OwnNetworks
from .recipe import Recipe
from .trial import CHECKED, Trial

__all__ = ["file_name", "publish"]

#: largest file in bytes, and largest cost of 16 bits in percentage points
_LARGEST, _COST = 5_000_000, 0.05

_USES = {
    "mnist": "Handwritten digits of 28 x 28 pixels.",
    "fashion-mnist": "Clothes of 28 x 28 grey pixels.",
    "cifar10": "Colour pictures of 32 x 32 pixels, ten kinds of animals and vehicles.",
}

_LIMITS = {
    "mnist": "Trained on MNIST alone: white digits on black, centred by mass, as LeCun's set has "
    "them.",
    "fashion-mnist": "Trained on Fashion-MNIST alone: clothes on black, without people.",
    "cifar10": "Trained on CIFAR-10 alone.",
}


def file_name(recipe: Recipe, dataset: str) -> str:
    """Name of a network in the package: of its layers, with the data set.

    Parameters
    ----------
    recipe : Recipe
        How it was trained.
    dataset : str
        Name of the data set.

    Examples
    --------
    >>> from nengo_lifdeep.experiments.own.recipes import RECIPES
    >>> file_name(RECIPES["fashion-mnist"], "fashion-mnist")
    'fashion-mnist-resnet7'
    """
    return f"{dataset}-{recipe.network.partition('-')[2]}"


def publish(
    plan: OwnNetworks,
    folder: Path,
    seed: int = 0,
    *,
    n_images: int | None = None,
    machine: str = "",
) -> tuple[Path, Path]:
    """Write one training's network in 16 bits, judge the file, and write its card beside it.

    Nothing is written where the plan keeps its results. What is not finished there (the chip,
    operations, spikes beside `nengo.Simulator`) is left out of the card.

    Parameters
    ----------
    plan : OwnNetworks
        With the training finished.
    folder : Path
        Where the files go.
    seed : int
        Of the training.
    n_images : int, optional
        Test images that judge the file, at random; all by default.
    machine : str
        What it was trained on, for the card; by default what was noted in training.

    Returns
    -------
    path, card : Path
        ``NAME.lifdeep`` and ``NAME.md``.

    Raises
    ------
    ModelFileError
        If the training is not finished.
    ValidationError
        If the seed is not the plan's, the file is larger than 5 MB, or 16 bits cost more than 0.05
        points.
    """
    if seed not in range(plan.seeds):
        raise ValidationError(f"seed is {seed}; expected one of the plan's, below {plan.seeds}")
    trial = plan.trials()[seed]
    name = file_name(trial.recipe, trial.dataset)
    whole = _described(trial, name)
    model = _in_half(whole)
    test = dataclasses.replace(trial, n_images=n_images).test
    rates = evaluate(model, test, progress=plan.progress)
    known = n_images == trial.n_images and not trial.validation and trial.result("rates").exists()
    before = trial.evaluation("rates") if known else evaluate(whole, test, progress=plan.progress)
    if are_other_images(rates.shown_images, before.shown_images):
        raise ValidationError(
            f"{trial.result('rates')} is of other test images ({before.shown_images}) than there "
            f"are now ({rates.shown_images}). Remove it, and it is measured again"
        )
    if rates.error - before.error > _COST:
        raise ValidationError(
            f"16 bits cost {rates.error - before.error:.2f} points ({before.error:.2f} % became "
            f"{rates.error:.2f} %); expected at most {_COST}"
        )
    spikes = evaluate(convert(model), test, reference=rates, progress=plan.progress)
    limits = [
        _LIMITS.get(trial.dataset, f"Trained on {trial.dataset} alone."),
        *(
            f"Of the images: {each.found}. On the original ones errors may be others, and "
            "published figures are of those."
            for each in compression_findings(test)
        ),
        f"Recipe, conversion and times were chosen by {_left_out(model)} that were not trained on.",
        f"Kernels have 16 bits here; with 32 the error in rates is {before.error:.2f} %.",
        "Without synapses it fails in spikes: residual sums bring spikes of more than a threshold, "
        "which LIF neurons lose. `convert` without arguments takes the settings above.",
    ]
    found = [rates, spikes, *_on_chip(trial, name)]
    text = model_card(
        model, found, use=_USES.get(trial.dataset, ""), costs=_costs(trial, machine), limits=limits
    )
    path = model.save(folder / f"{name}.lifdeep", dtype="float16")
    return path, write_text(folder / f"{name}.md", text)


def _in_half(trained: TrainedModel) -> TrainedModel:
    """The network as its file of 16 bits has it."""
    with tempfile.TemporaryDirectory() as folder:
        path = trained.save(Path(folder, "network.lifdeep"), dtype="float16")
        size = path.stat().st_size
        if size > _LARGEST:
            raise ValidationError(
                f"the file of {trained.architecture.name!r} has {size:,} bytes; expected at most "
                f"{_LARGEST:,}"
            )
        return TrainedModel.load(path)


def _left_out(trained: TrainedModel) -> str:
    """How many training images it was not trained on, in words."""
    images = trained.provenance.get("images", {})
    return counted(int(images.get("validation", 0)), "training image")


def _described(trial: Trial, name: str) -> TrainedModel:
    """The trained network with its name, licence, and how it is run in spikes."""
    trained, shown = trial.trained(), trial.recipe.presentation
    how = trial.recipe.conversion
    own = Recommended(how.tau_s, how.rate_factor, how.initial_voltage, shown.t_c, shown.t_p)
    return dataclasses.replace(
        trained,
        architecture=dataclasses.replace(trained.architecture, name=name),
        provenance={**own.noted(trained.provenance), "licence": "MIT"},
    )


def _on_chip(trial: Trial, name: str) -> list[Evaluation]:
    """The evaluation on the emulated chip, if there is one, with the network's new name."""
    if not trial.result("chip").exists():
        return []
    found = trial.evaluation("chip")
    recipe = trial.recipe
    faster = "" if recipe.chip_rates == 1 else f", rates x {recipe.chip_rates:g}"
    lowpass = (
        f"on the chip: lowpass of {1e3 * recipe.chip_synapse:g} ms{faster}, kernels of 32 bits"
    )
    notes = (*found.notes, f"{lowpass} before they are rounded")
    return [dataclasses.replace(found, model=name, notes=notes)]


def _costs(trial: Trial, machine: str) -> list[str]:
    trained = trial.trained()
    options: dict[str, Any] = trained.provenance.get("options", {})
    hours = sum(trained.history["seconds"]) / 3600
    machine = machine or str(trained.provenance.get("machine", ""))
    where = f" on {machine}" if machine else ""
    lines = [
        f"training: {trial.recipe.in_words}, {hours:.2f} hours by the clock{where}, products in "
        f"{options.get('products', 'float32')}"
    ]
    if trial.result("operations").exists():
        counts = trial.counts()
        joules = sum(filter(None, get_device("loihi").joules(counts)))
        lines += [
            f"an image in spikes: {sum(counts.spikes.values()):,.0f} spikes, "
            f"{counts.total_events:,.0f} synaptic events in "
            f"{1e3 * trial.recipe.presentation.t_p:g} ms (mean of "
            f"{counted(counts.n_images, 'image')}); a pass in rates: {counts.network_macs:,d} "
            "multiply-adds",
            f"energy: {1e3 * joules:.2g} mJ per image on Loihi, an estimate: operations times "
            "published joules of one",
        ]
    if trial.result("check").exists():
        check = trial.check()
        lines.append(
            f"{CHECKED} random images in nengo.Simulator: {100 * check.share_moved:.3f} % of the "
            f"spikes at another step, {counted(check.other_decisions, 'other decision')}"
        )
    return lines
