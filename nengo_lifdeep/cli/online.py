"""`lifdeep train --method online`: probabilistic circuits on a data set of images."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from ..datasets import Dataset, Split
    from ..probabilistic.learner import OnlineLearner

__all__ = ["refuse_others", "train_online"]

_AT_ONCE = 50  # images that are films at a time


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
        If the data have no classes, or are films, or the folder is of another training.
    """
    import numpy as np

    from ..errors import ValidationError
    from ..probabilistic.running import judge
    from ..report.tables.evaluations import evaluation_table
    from .screen import say, show

    if data.train.has_values or data.train.is_film:
        raise ValidationError(
            f"--method online takes images with classes here; {data.name!r} has "
            f"{'values' if data.train.has_values else 'films'}. In Python, "
            "probabilistic.learner.OnlineLearner takes films of events"
        )
    file = state / "learner.lifdeep"
    learner = _begun(file, data, steps, hidden, learning_rate, seed, resume)
    n = len(data.train)
    try:
        for epoch in range(learner.n_steps // (n * steps), epochs):
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
    tested = _tested(data, steps, seed)
    show([evaluation_table([judge(model, tested, seed, data.test.source)])], json)


def _begun(
    file: Path, data: Dataset, steps: int, hidden: int, rate: float, seed: int, resume: bool
) -> OnlineLearner:
    from ..errors import ValidationError
    from ..models import ProbabilisticModel, RaisedCosines
    from ..probabilistic.learner import OnlineLearner
    from ..probabilistic.rule import LocalVariationalRule

    n_classes = len(data.classes) or int(data.train.labels.max()) + 1
    rule = LocalVariationalRule(learning_rate=rate)
    model = ProbabilisticModel.initial(
        data.train.image_shape, n_classes, hidden, basis=RaisedCosines(mu=0.5), seed=seed,
        name=f"{data.name}-online", classes=tuple(data.classes),
    )  # fmt: skip
    if not (resume and file.exists()):
        return OnlineLearner(model, rule, seed=seed)
    learner = OnlineLearner.load(file)
    same = learner.model.weights.shape == model.weights.shape and learner.seed == seed
    if not same or learner.rule != rule or learner.n_steps % (len(data.train) * steps):
        raise ValidationError(f"{file} is of a training with other options; --restart begins anew")
    return learner


def _films(split: Split, chosen: Any, steps: int, seed: Any) -> Any:
    from ..probabilistic.trains import bernoulli_films

    return bernoulli_films(split.unit_images(chosen), steps, seed=seed)


def _tested(data: Dataset, steps: int, seed: int) -> Split:
    """The test images as films."""
    import numpy as np

    from ..datasets import Split

    films = _films(data.test, np.arange(len(data.test)), steps, (seed, 10**6))
    return Split(films.astype(np.uint8) * np.uint8(255), data.test.labels, data.test.source)


def refuse_others(given: dict[str, bool]) -> None:
    """Refuse options that say nothing to circuits.

    Parameters
    ----------
    given : dict of str to bool
        Options, and whether they are given.
    """
    for option, is_given in given.items():
        if is_given:
            raise typer.BadParameter("says nothing with --method online", param_hint=option)
