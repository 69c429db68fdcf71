"""The range of the training images, and warnings for images of another scale."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..datasets.base import Split, unit_values
from ..support.words.counted import counted
from .finding import Finding

__all__ = [
    "SCALE_RULE",
    "InputRange",
    "dark_findings",
    "range_findings",
    "remembered",
    "warn_if_dark",
    "with_inputs",
]

#: what findings on the scale of images say
SCALE_RULE = "images have the scale that the network expects"

#: images that are examined, at equal distances
_SAMPLE = 200

#: of pictures in files, each of which must be decoded
_FROM_FILES = 32

#: factors of the brightest pixel from which on images are called too dark or too bright
_SUSPECT = 2.5

#: of mean and deviation, both at once: single classes differ less than a scale does
_SUSPECT_BOTH = 3.0

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
    typical : float
        Median over images of an image's brightest pixel: a single bright image leaves it as it is.

    Examples
    --------
    >>> InputRange.of(np.array([[[[0.0], [1.0]]]]))
    InputRange(low=0.0, high=1.0, mean=0.5, deviation=0.5, typical=1.0)
    """

    low: float
    high: float
    mean: float
    deviation: float
    typical: float

    @classmethod
    def of(cls, images: Split | np.ndarray) -> InputRange:
        """Of at most 200 images, at equal distances; of 32 pictures in files.

        Parameters
        ----------
        images : Split or (n, row, column, channel) array
            The images, in [0, 1].
        """
        images = images.frames if isinstance(images, Split) else images
        raw = images.images if isinstance(images, Split) else images
        few = _FROM_FILES if getattr(raw, "is_lazy", False) else _SAMPLE
        chosen = np.unique(np.linspace(0, len(raw) - 1, min(len(raw), few)).astype(int))
        pixels = images.unit_images(chosen) if isinstance(images, Split) else raw[chosen]
        if pixels.dtype == np.uint8:
            pixels = unit_values(pixels)
        typical = float(np.median(pixels.reshape(len(pixels), -1).max(axis=1)))
        low, high = float(pixels.min()), float(pixels.max())
        mean, deviation = float(pixels.mean(dtype=float)), float(pixels.std(dtype=float))
        return cls(low, high, mean, deviation, typical)

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
    if not isinstance(found, Mapping):
        return None
    values = {"typical": found.get("high"), **found}
    names = [field.name for field in dataclasses.fields(InputRange)]
    if set(values) != set(names):
        return None
    if not all(isinstance(v, int | float) and np.isfinite(v) for v in values.values()):
        return None
    return InputRange(**{name: float(value) for name, value in values.items()})


def with_inputs(
    provenance: Mapping[str, Any], images: Split | np.ndarray | InputRange | None
) -> dict[str, Any]:
    """A provenance that remembers images, unless it has those of the training already.

    Parameters
    ----------
    provenance : dict
        Provenance of the network.
    images : Split, (n, row, column, channel) array, InputRange or None
        Images that the network was trained on.

    Examples
    --------
    >>> with_inputs({}, np.ones((2, 4, 4, 1)))["inputs"]["high"]
    1.0
    """
    if images is None or remembered(provenance) is not None:
        return dict(provenance)
    found = images if isinstance(images, InputRange) else InputRange.of(images)
    return {**provenance, _KEY: found.to_dict()}


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
    the brightest pixel of 20 images is 0.00392, 255 times darker than the full scale, 1
    """
    n = len(images)
    if n < 2:
        return []
    seen, trained = InputRange.of(images), remembered(provenance)
    frames = getattr(images, "ndim", 4) > 4  # over time: brightness is no matter of the scale
    for known, figures in _compared(n, seen, trained, frames):
        value, usual, suspect, what = figures
        if value <= 0 or usual <= 0:
            continue
        if usual / value > suspect:
            return [_finding(f"{what}, {usual / value:.3g} times darker than {known}", _DARK)]
        if value / usual > suspect:
            return [_finding(f"{what}, {value / usual:.3g} times brighter than {known}", _BRIGHT)]
    return []


def dark_findings(images: Split | np.ndarray, factor: float = 1.0) -> list[Finding]:
    """Whether images for training are all so dark that their scale is probably another.

    A network that learnt from such images does not warn of them later: they are as in training.

    Parameters
    ----------
    images : Split or (n, row, column, channel) array
        Before the preprocessing.
    factor : float
        What the preprocessing multiplies them by.

    Returns
    -------
    list of Finding
        Empty for features, for images that may have any range, and where all is black.

    Examples
    --------
    >>> bits = np.array([[0, 1], [1, 1]], np.uint8).reshape(2, 1, 2, 1)
    >>> print(dark_findings(bits)[0].found)
    the brightest pixel of 2 images is 0.00392, 255 times darker than the full scale, 1
    >>> dark_findings(bits.astype(bool)), dark_findings(bits, factor=255.0)
    ([], [])
    """
    shape = images.image_shape if isinstance(images, Split) else images.shape[-3:]
    if len(images) < 2 or shape[:2] == (1, 1) or getattr(images, "any_range", False):
        return []
    high = InputRange.of(images).high
    if high <= 0 or high * factor * _SUSPECT >= 1:
        return []
    found = f"the brightest pixel of {counted(len(images), 'image')} is {high:.3g}"
    return [_finding(f"{found}, {1 / high:.3g} times darker than the full scale, 1", _DARK)]


def warn_if_dark(images: Split | np.ndarray, factor: float = 1.0, stacklevel: int = 2) -> None:
    """Warn of what `dark_findings` finds.

    Parameters
    ----------
    images, factor
        As for `dark_findings`.
    stacklevel : int
        Whose line the warning names, as for `warnings.warn`.
    """
    for finding in dark_findings(images, factor):
        warnings.warn(str(finding), stacklevel=stacklevel + 1)


def _compared(
    n: int, seen: InputRange, trained: InputRange | None, frames: bool
) -> Iterator[tuple[str, tuple[float, float, float, str]]]:
    """What is compared: beside what; a figure, the usual one, the factor that is suspect, words."""
    high = trained.high if trained else 1.0
    known = f"in training, {high:.3g}" if trained else "the full scale, 1"
    what = f"the brightest pixel of {counted(n, 'image')} is {seen.high:.3g}"
    yield known, (seen.high, high, _SUSPECT, what)
    if seen.high == seen.typical and not trained:
        return
    usual = trained.typical if trained else 1.0
    known = f"in training, {usual:.3g}" if trained else "the full scale, 1"
    what = f"the brightest pixel of half of {counted(n, 'image')} is at most {seen.typical:.3g}"
    if seen.typical > usual:
        what = (
            f"the brightest pixel of half of {counted(n, 'image')} is at least {seen.typical:.3g}"
        )
    yield known, (seen.typical, usual, _SUSPECT, what)
    if trained is None or frames:
        return
    ratios = [seen.mean / max(trained.mean, 1e-12), seen.deviation / max(trained.deviation, 1e-12)]
    nearest = min(ratios, key=lambda r: abs(np.log(max(r, 1e-12))))
    if (ratios[0] > 1) == (ratios[1] > 1):
        known = f"in training, {trained.mean:.3g}, and so are differences between pixels"
        what = f"the mean pixel of {counted(n, 'image')} is {seen.mean:.3g}"
        yield known, (nearest, 1.0, _SUSPECT_BOTH, what)


def _finding(found: str, remedy: str) -> Finding:
    return Finding("warning", SCALE_RULE, "input", found, remedy)


_DARK = (
    "pixels too dark: give images with 1 (uint8: 255) as the brightest value that a pixel can "
    "have; bool for 0 and 1"
)

_BRIGHT = "pixels too bright: divide the images as those for training were divided"
