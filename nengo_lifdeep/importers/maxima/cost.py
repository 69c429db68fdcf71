"""`PoolingCost`: a model with max pooling, and with averages in its place, on the same images."""

from __future__ import annotations

import dataclasses
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ...conversion.folding import fold
from ...conversion.rates import forward
from ...datasets.base import Dataset, Split
from ...errors import LifdeepError, ValidationError
from ...models import TrainedModel
from ...records.finding import Finding
from ...records.interval import wilson_interval
from ...support.short_repr import short_repr
from ...support.words.counted import counted

__all__ = ["REPLACED", "Original", "PoolingCost", "measured", "with_cost"]

#: images that are looked at when a model is imported
_FEW = 500

#: images at once, and values of all neurons together
_AT_ONCE, _MOST_VALUES = 50, 2**24

#: seconds for the original, after which the rest of the images is left
_MOST_SECONDS = 120.0

#: in the provenance of a network whose max pooling was replaced
REPLACED = "max pooling"


@dataclasses.dataclass(frozen=True, eq=False)
class Original:
    """A model of another tool as it was trained, to run.

    Parameters
    ----------
    pools : tuple of str
        Names of its max pooling layers, which are averages in the imported network.
    scores : function
        From images ``(n, row, column, channel)`` in [0, 1] to scores ``(n, output)``.
    """

    pools: tuple[str, ...]
    scores: Callable[[np.ndarray], np.ndarray]

    __repr__ = short_repr


@dataclasses.dataclass(frozen=True)
class PoolingCost:
    """What average pooling costs in the place of max pooling.

    Parameters
    ----------
    pools : tuple of str
        Layers that were replaced.
    n_images : int
        Images that both networks were shown.
    original, imported : float, optional
        Error in percent of the model as it was trained, and of the imported network in rates; of a
        network that gives values the mean absolute error. None without labels.
    same_answers : float, optional
        Images with the same answer, in percent; None for values.

    Examples
    --------
    >>> print(PoolingCost(("pool1",), 500, 8.8, 35.2, 66.4))
    error 8.80 % with max pooling (95 %: 6.62 to 11.61), 35.20 % with averages (31.14 to 39.48), \
the same answer to 66.4 % of 500 images
    """

    pools: tuple[str, ...]
    n_images: int
    original: float | None
    imported: float | None
    same_answers: float | None

    def __str__(self) -> str:
        n = counted(self.n_images, "image")
        if self.same_answers is None:
            return (
                f"mean absolute error {self.original:.4g} with max pooling, {self.imported:.4g} "
                f"with averages, {n}"
            )
        answers = f"the same answer to {self.same_answers:.1f} % of {n}"
        if self.original is None or self.imported is None:
            return answers
        both = self.original, self.imported
        first, second = ("{:.2f} to {:.2f}".format(*self.interval(e) or ()) for e in both)
        return (
            f"error {self.original:.2f} % with max pooling (95 %: {first}), {self.imported:.2f} % "
            f"with averages ({second}), {answers}"
        )

    def interval(self, error: float | None) -> tuple[float, float] | None:
        """The interval (95 %, Wilson) of one of the errors in percent; None for values.

        Parameters
        ----------
        error : float or None
            `original` or `imported`.
        """
        if error is None or self.same_answers is None:
            return None
        low, high = wilson_interval(error / 100 * self.n_images, self.n_images)
        return 100 * low, 100 * high

    def finding(self) -> Finding:
        """A warning with the figures."""
        return Finding(
            "warning", "maxima became averages, for which the weights were not trained",
            ", ".join(self.pools), str(self),
            "train on: finetune(net, data), on the command line --method finetune; or train with "
            "average pooling from the start",
        )  # fmt: skip


def measured(
    network: TrainedModel, original: Original, images: Split | Dataset | np.ndarray
) -> PoolingCost:
    """Both networks on the same images, as many as two minutes allow.

    Parameters
    ----------
    network : TrainedModel
        The imported one.
    original : Original
        The model as it was trained.
    images : Split, Dataset or (n, row, column, channel) array
        Of a data set the test images.

    Raises
    ------
    UnsupportedLayerError
        If the original cannot be run.
    DataError
        If the images do not fit.
    """
    split = _as_split(images, "test")
    labelled = isinstance(images, Split | Dataset)
    folded = fold(network)
    per_image = sum(int(np.prod(p.shape)) for p in folded.populations)
    at_once = int(np.clip(_MOST_VALUES // max(per_image, 1), 1, _AT_ONCE))
    until = time.monotonic() + _MOST_SECONDS
    before, after, n = [], [], 0
    while n < len(split) and (n == 0 or time.monotonic() < until):
        shown = split.unit_images(slice(n, n + at_once))
        after.append(forward(folded, network.preprocessing(shown))["output"])
        before.append(_like(original.scores(shown), after[-1]))
        n += len(shown)
    scores = np.concatenate(before), np.concatenate(after)
    if split.has_values:
        off = [float(np.abs(s - split.flat_targets[:n]).mean()) for s in scores]
        return PoolingCost(original.pools, n, off[0], off[1], None)
    answers = [s.argmax(axis=1) for s in scores]
    errors = [float(100 * (a != split.labels[:n]).mean()) if labelled else None for a in answers]
    same = float(100 * (answers[0] == answers[1]).mean())
    return PoolingCost(original.pools, n, errors[0], errors[1], same)


def _as_split(images: Any, part: str) -> Split:
    if isinstance(images, Dataset):
        return getattr(images, part)
    if isinstance(images, Split):
        return images
    if isinstance(images, np.ndarray):
        return Split(images, np.zeros(len(images), np.int64))
    raise ValidationError(
        f"images is a {type(images).__name__}; expected a Dataset, a Split, or an array (image, "
        "row, column, channel)"
    )


def _like(scores: np.ndarray, ours: np.ndarray) -> np.ndarray:
    """The original's scores as the imported network gives them: two of one sigmoid."""
    if ours.shape[1] == 2 and scores.shape[1] == 1:
        return np.concatenate([np.full_like(scores, 0.5), scores], axis=1)
    return scores


def with_cost(
    network: TrainedModel, original: Original | None, images: Split | Dataset | np.ndarray | None
) -> TrainedModel:
    """The network, which remembers what was replaced and, with images, what that costs.

    The cost is a warning, too; and so is an original that cannot be run.

    Parameters
    ----------
    network : TrainedModel
        The imported one.
    original : Original or None
        The model as it was trained; None where nothing was replaced.
    images : Split, Dataset or array, optional
        Some of them are used; of a data set training images.
    """
    if original is None:
        return network
    told = "averages in place of maxima"
    if images is not None:
        split = _as_split(images, "train")
        some = np.unique(np.linspace(0, len(split) - 1, min(len(split), _FEW)).astype(int))
        few = split.subset(some) if isinstance(images, Split | Dataset) else images[some]
        try:
            found = measured(network, original, few)
        except LifdeepError as error:
            warnings.warn(f"what average pooling costs is not known: {error}", stacklevel=3)
        else:
            told = f"{told}: {found}"
            warnings.warn(str(found.finding()), stacklevel=3)
    return dataclasses.replace(network, provenance={**network.provenance, REPLACED: told})
