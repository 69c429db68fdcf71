"""The range of the training images, and warnings for images of another scale."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..datasets.base import Split, unit_values
from .finding import Finding

__all__ = ["InputRange", "range_findings", "remembered"]

#: images that are examined, at equal distances
_SAMPLE = 200

#: of pictures in files, each of which must be decoded
_FROM_FILES = 32

#: factors of scale from which on images are called too dark or too bright
_SUSPECT = 2.5

#: where a network remembers it
_KEY = "inputs"


@dataclasses.dataclass(frozen=True)
class InputRange:
    """Range and mean of raw images, as `Split.unit_images` gives them.

    Parameters
    ----------
    low, high : float
        Darkest and brightest pixel.
    mean, deviation : float
        Over all pixels.

    Examples
    --------
    >>> InputRange.of(np.array([[[[0.0], [1.0]]]]))
    InputRange(low=0.0, high=1.0, mean=0.5, deviation=0.5)
    """

    low: float
    high: float
    mean: float
    deviation: float

    @classmethod
    def of(cls, images: Split | np.ndarray) -> InputRange:
        """Of at most 200 images, at equal distances; of 32 pictures in files.

        Parameters
        ----------
        images : Split or (n, row, column, channel) array
            The images, in [0, 1].
        """
        raw = images.images if isinstance(images, Split) else images
        few = _FROM_FILES if getattr(raw, "is_lazy", False) else _SAMPLE
        chosen = np.unique(np.linspace(0, len(raw) - 1, min(len(raw), few)).astype(int))
        pixels = images.unit_images(chosen) if isinstance(images, Split) else raw[chosen]
        if pixels.dtype == np.uint8:
            pixels = unit_values(pixels)
        low, high = float(pixels.min()), float(pixels.max())
        return cls(low, high, float(pixels.mean(dtype=float)), float(pixels.std(dtype=float)))

    def to_dict(self) -> dict[str, float]:
        """JSON-ready, rounded to six digits."""
        return {name: float(f"{v:.6g}") for name, v in dataclasses.asdict(self).items()}


def remembered(provenance: Mapping[str, Any]) -> InputRange | None:
    """The images that a network was trained on, as its provenance has them; None if it has not.

    Parameters
    ----------
    provenance : dict
        Provenance of the network.
    """
    found = provenance.get(_KEY)
    names = [field.name for field in dataclasses.fields(InputRange)]
    if not isinstance(found, Mapping) or set(found) != set(names):
        return None
    values = [found[name] for name in names]
    if not all(isinstance(v, int | float) and np.isfinite(v) for v in values):
        return None
    return InputRange(*map(float, values))


def range_findings(images: Split | np.ndarray, provenance: Mapping[str, Any]) -> list[Finding]:
    """Whether images are darker or brighter than those the network was trained on.

    Parameters
    ----------
    images : Split or (n, row, column, channel) array
        Before the preprocessing.
    provenance : dict
        Of the network. Without a word on its images the full scale, 1, is expected.

    Returns
    -------
    list of Finding
        Empty where there is nothing to say; a single image may well be dark.

    Examples
    --------
    >>> dark = np.random.default_rng(0).uniform(size=(20, 8, 8, 1)) / 255
    >>> print(range_findings(dark, {})[0].found)
    the brightest pixel of 20 images is 0.00391, 256 times darker than the full scale, 1
    """
    n = len(images)
    if n < 2:
        return []
    seen, trained = InputRange.of(images), remembered(provenance)
    usual = trained.high if trained else 1.0
    known = f"in training, {usual:.3g}" if trained else "the full scale, 1"
    if seen.high <= 0 or usual <= 0:
        return []
    factor = usual / seen.high
    what = f"the brightest pixel of {n} images is {seen.high:.3g}"
    if factor > _SUSPECT:
        return [
            Finding(
                "warning", "images have the scale that the network expects", "input",
                f"{what}, {factor:.3g} times darker than {known}",
                "pixels too dark: give images with 1 (uint8: 255) as the brightest value that a "
                "pixel can have; bool for 0 and 1",
            )
        ]  # fmt: skip
    if factor < 1 / _SUSPECT:
        return [
            Finding(
                "warning", "images have the scale that the network expects", "input",
                f"{what}, {1 / factor:.3g} times brighter than {known}",
                "pixels too bright: divide the images as those for training were divided",
            )
        ]  # fmt: skip
    return []
