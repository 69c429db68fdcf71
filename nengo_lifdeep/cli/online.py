"""Probabilistic circuits on a data set of images: `lifdeep train --method online`, `evaluate`."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from ..datasets import Dataset, Split
    from ..models import ProbabilisticModel
    from ..probabilistic.learner import OnlineLearner
    from ..records import Evaluation

__all__ = ["judge_circuits", "refuse_others", "require_pictures", "train_online"]

_AT_ONCE = 50  # images that are films at a time
_TESTED = 2**20  # makes seeds of films that are tested others than those of training


def train_online(
    out: Path, data: Dataset, state: Path, kept: bool, *, steps: int, hidden: int, epochs: int,
    learning_rate: float, seed: int, resume: bool, json: bool,
) -> None:  # fmt: skip
    """Train circuits for some epochs, save the network, and print how it does on the test images.

    Pixels emit events at random in every step, a white one with a probability of 1/2.

    Parameters
    ----------
    out : pathlib.Path
        File of the network.
    data : Dataset
        Images with classes.
    state : pathlib.Path
        Folder of the learner's file after every epoch.
    kept : bool
        Whether the folder stays.
    steps : int
        Of every image.
    hidden : int
        Hidden circuits.
    epochs : int
        How often every image is shown.
    learning_rate : float
        Of the rule.
    seed : int
        Of everything random.
    resume : bool
        Whether to go on from the folder.
    json : bool
        Whether figures are printed as JSON.

    Raises
    ------
    ValidationError
        If the data have no classes, or are films, or the folder is of another training or of more
        epochs.
    """
    import numpy as np

    from ..report.tables.evaluations import evaluation_table
    from .screen import say, show

    _require_images(data.train, data.name)
    file = state / "learner.lifdeep"
    learner, done = _begun(file, data, steps, hidden, learning_rate, seed, epochs, resume)
    n = len(data.train)
    try:
        for epoch in range(done, epochs):
            order = np.random.default_rng((seed, epoch)).permutation(n)
            losses = []
            for start in range(0, n, _AT_ONCE):
                chosen = order[start : start + _AT_ONCE]
                films = _films(data.train, chosen, steps, (seed, epoch, start))
                learner.partial_fit(films, data.train.labels[chosen])
                losses.append(learner.last_losses)
            state.mkdir(parents=True, exist_ok=True)
            learner.save(file)
            loss = float(np.concatenate(losses).mean())
            say(f"epoch {epoch + 1} of {epochs}: loss {loss:.3f} nats per step")
    except KeyboardInterrupt:
        say(f"interrupted; the same command goes on from {file}" if file.exists() else "")
        raise
    model = learner.model
    say("trained network", model.save(out))
    if not kept:
        shutil.rmtree(state, ignore_errors=True)
    show([evaluation_table([judge_circuits(model, data.test, seed)])], json)


def _begun(
    file: Path, data: Dataset, steps: int, hidden: int, rate: float, seed: int, epochs: int,
    resume: bool,
) -> tuple[OnlineLearner, int]:  # fmt: skip
    """The learner, and the epochs that it has finished."""
    from ..jobs.fingerprints import fingerprint
    from ..models import ProbabilisticModel, RaisedCosines
    from ..probabilistic.learner import OnlineLearner
    from ..probabilistic.rule import LocalVariationalRule
    from ..training.request import data_arrays

    n_classes = len(data.classes) or int(data.train.labels.max()) + 1
    rule = LocalVariationalRule(learning_rate=rate)
    model = ProbabilisticModel.initial(
        data.train.image_shape, n_classes, hidden, basis=RaisedCosines(mu=0.5), seed=seed,
        name=f"{data.name}-online", classes=tuple(data.classes),
    )  # fmt: skip
    origin = {
        "data": data.name,
        "steps_per_image": steps,
        "fingerprint": fingerprint(*data_arrays(data.train)),
    }
    begun = OnlineLearner(replace(model, provenance=origin), rule, seed=seed)
    if not (resume and file.exists()):
        return begun, 0
    learner = OnlineLearner.load(file)
    return learner, _finished(file, learner, begun, len(data.train) * steps, epochs)


def _finished(
    file: Path, found: OnlineLearner, asked: OnlineLearner, per_epoch: int, epochs: int
) -> int:
    """Epochs in a file; refused where it is of another training, or of more epochs."""
    from ..errors import ValidationError
    from ..support.words.counted import counted
    from .screen import say

    known, own = found.model.provenance, asked.model.provenance
    pairs = {
        "data": (known.get("data"), own["data"]),
        "--steps": (known.get("steps_per_image"), own["steps_per_image"]),
        "--seed": (found.seed, asked.seed),
        "circuits": (found.model.weights.shape, asked.model.weights.shape),
        "rule": (found.rule, asked.rule),
        # files of before have none
        "images or labels": (known.get("fingerprint", own["fingerprint"]), own["fingerprint"]),
    }
    other = [f"{name} {was}, not {now}" for name, (was, now) in pairs.items() if was != now]
    if not other and found.n_steps % per_epoch:
        other = [f"{found.n_steps:,} steps, which are no whole epochs of {per_epoch:,}"]
    if other:
        raise ValidationError(
            f"{file} is of another training: {'; '.join(other)}. Give what it had, or begin anew "
            "with --restart"
        )
    done = found.n_steps // per_epoch
    if done > epochs:
        raise ValidationError(
            f"{file} has finished {counted(done, 'epoch')}; --epochs {epochs} would be less. Ask "
            "for at least as many, or begin anew with --restart"
        )
    if "fingerprint" not in known:
        say(f"{file} does not say which images it has seen; goes on, as name and number fit")
    return done


def _films(split: Split, chosen: Any, steps: int, seed: Any) -> Any:
    from ..probabilistic.trains import bernoulli_films

    return bernoulli_films(split.unit_images(chosen), steps, seed=seed)


def judge_circuits(model: ProbabilisticModel, images: Split, seed: int) -> Evaluation:
    """Show images to circuits, as in their training, and judge their answers.

    Parameters
    ----------
    model : ProbabilisticModel
        The circuits; ``provenance["steps_per_image"]`` tells how long, 80 steps if it does not.
    images : Split
        Images with classes.
    seed : int
        Of everything random.

    Raises
    ------
    ValidationError
        If the data have no classes, or are films.
    DataError
        If the images do not fit the circuits.
    """
    from ..probabilistic.federated.films import GreyFilms
    from ..probabilistic.running import show
    from ..records import Evaluation

    _require_images(images, images.source)
    steps = int(model.provenance.get("steps_per_image", 80))
    films = GreyFilms(images.unit_images(), steps, seed=seed ^ _TESTED)
    record = show(model, films, seed)
    return Evaluation.of(
        record, images.labels, classes=model.classes, data=images.source, images=images
    )


def require_pictures(model: ProbabilisticModel) -> None:
    """Refuse circuits whose input has no rows, columns and channels.

    Parameters
    ----------
    model : ProbabilisticModel
        The circuits.

    Raises
    ------
    ValidationError
        If it has none.
    """
    from ..errors import ValidationError

    if len(model.input_shape) != 3:
        raise ValidationError(
            f"{model.name} takes {model.input_shape} in a step; expected (row, column, channel), "
            "to show images. Evaluate it in Python, by nengo_lifdeep.probabilistic.running.judge"
        )


def _require_images(split: Split, name: str) -> None:
    from ..errors import ValidationError

    if split.has_values or split.is_film:
        raise ValidationError(
            f"circuits take images with classes here; {name!r} has "
            f"{'values' if split.has_values else 'films'}. In Python, "
            "probabilistic.learner.OnlineLearner takes films of events"
        )


def refuse_others(given: dict[str, bool], what: str = "with --method online") -> None:
    """Refuse options that say nothing to circuits.

    Parameters
    ----------
    given : dict of str to bool
        Options, and whether they are given.
    what : str
        Where they say nothing.
    """
    for option, is_given in given.items():
        if is_given:
            raise typer.BadParameter(f"says nothing {what}", param_hint=option)
