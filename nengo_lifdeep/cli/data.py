"""The data set that is named on the command line, in the form that the network takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, ValidationError

if TYPE_CHECKING:
    from ..datasets import Dataset, Split
    from ..models import ProbabilisticModel, SpikingModel, TrainedModel

__all__ = ["at_most", "input_shape", "is_sized", "load_data", "test_images"]

#: sets of the user's own pictures, which are resampled
_SIZED = ("folder", "pictures")

#: recordings, which are binned into frames of the network's size; series in files
_EVENTS, _SERIES = "events-folder", "series"


def is_sized(name: str | None) -> bool:
    """Whether a data set's pictures are resampled to the size that is asked for.

    Parameters
    ----------
    name : str or None
        Name of the data set, in any spelling that `datasets.load` knows.
    """
    from ..datasets.base import SUFFIX

    return name is not None and name.lower().removesuffix(SUFFIX) in _SIZED


def _is(name: str, known: str) -> bool:
    """Whether a name is one that `datasets.load` knows, in any spelling."""
    from ..datasets.base import SUFFIX

    plain = name.lower().replace("_", "-").removesuffix(SUFFIX).replace("-", "")
    return plain == known.replace("-", "")


def load_data(
    name: str,
    directory: Path | None,
    size: str | None = None,
    shape: tuple[int, ...] | None = None,
) -> Dataset:
    """A data set by its name; pictures of the user's in the size that a network takes.

    Parameters
    ----------
    name : str
        Name of the data set.
    directory : pathlib.Path or None
        Folder of the data set.
    size : str or None
        Pixels of the pictures, as ``"32"`` or ``"24x32"``.
    shape : tuple of int, optional
        Images of the network, (row, column, channel): decides what is not asked for.

    Raises
    ------
    ValidationError
        If the size is of no use, missing, or not the network's, or the folder is not named.
    DataError
        As `datasets.load`.
    """
    from ..datasets import load
    from .words import size_of

    if not is_sized(name):
        if size is not None:
            raise ValidationError(
                f"--size {size} is for your own pictures, --data {' or '.join(_SIZED)}; {name!r} "
                "has a size of its own, leave --size out"
            )
        if _is(name, _EVENTS):
            return _recordings(name, directory, shape)
        if _is(name, _SERIES) and directory is None:
            raise ValidationError(
                f"--data {name} needs --data-dir: a folder with train.npz and test.npz, or one .npz"
            )
        if Path(name).is_dir():
            raise ValidationError(
                f"--data {name} is a folder; for your own pictures give --data folder --data-dir "
                f"{name}"
            )
        return load(name, directory)
    if directory is None:
        raise ValidationError(
            f"--data {name} needs --data-dir: the folder with your pictures, a subfolder per class"
        )
    asked = None if size is None else size_of(size)
    rows, columns, channels = _taken(name, asked, shape)
    if name.lower().startswith("pictures"):
        if rows != columns:
            raise ValidationError(
                f"--data {name} gives squares, not {rows} x {columns} pixels; use --data folder"
            )
        return load(name, directory, side=rows)
    return load(name, directory, size=(rows, columns), channels=channels)


def _recordings(name: str, directory: Path | None, shape: tuple[int, ...] | None) -> Dataset:
    """Recordings of events in ten frames, of as many pixels and channels as a network takes.

    The sensor's pixels are put together by the largest whole factor that leaves enough, and the
    centre is taken.
    """
    from ..datasets import Binning, load

    if directory is None:
        raise ValidationError(
            f"--data {name} needs --data-dir: the folder with recordings, a subfolder per class"
        )
    whole = load(name, directory)
    if shape is None:
        return whole
    rows, columns, channels = shape
    sensor = whole.train.images.sensor  # type: ignore[attr-defined]
    factor = min(sensor[0] // rows, sensor[1] // columns)
    if channels not in (1, 2) or factor < 1:
        raise DataError(
            f"--data {name} gives frames of up to {sensor[0]} x {sensor[1]} pixels, with 1 channel "
            f"or 2 (darker and brighter); this network takes {rows} x {columns} x {channels}. "
            "Evaluate it in Python, with another Binning"
        )
    polarity = "kept" if channels == 2 else "summed"
    binning = Binning(polarity=polarity, factor=factor, crop=(rows, columns))
    return load(name, directory, binning=binning)


def _taken(
    name: str, asked: tuple[int, int] | None, shape: tuple[int, ...] | None
) -> tuple[int, int, int]:
    """Rows, columns and channels of the pictures."""
    if shape is None:
        if asked is None:
            raise ValidationError(f"--data {name} needs --size: pixels of the pictures, e.g. 32")
        return (*asked, 3)
    rows, columns, channels = shape
    if asked is not None and asked != (rows, columns):
        raise ValidationError(
            f"--size {asked[0]}x{asked[1]}, but this network takes images of {rows} x {columns} "
            "pixels; leave --size out"
        )
    if channels not in (1, 3):
        raise DataError(
            f"--data {name} gives pictures, of 1 or 3 channels; this network takes arrays of "
            f"{rows} x {columns} x {channels}. Evaluate it in Python, with (images, labels)"
        )
    return rows, columns, channels


def input_shape(model: TrainedModel | SpikingModel | ProbabilisticModel) -> tuple[int, ...]:
    """Shape of the images that a network takes, (row, column, channel).

    Parameters
    ----------
    model : TrainedModel, SpikingModel or ProbabilisticModel
        The network.
    """
    from ..models import TrainedModel

    return model.architecture.input_shape if isinstance(model, TrainedModel) else model.input_shape


def test_images(
    model: TrainedModel | SpikingModel | ProbabilisticModel,
    name: str | None,
    directory: Path | None,
    n: int | None,
    seed: int = 0,
    size: str | None = None,
    usual: int | None = None,
) -> Split:
    """Test images of a set with the same classes as the model: all, or ``n`` drawn at random.

    Without a name, of the set that the network was trained with. A sample has of every class its
    share, and its source says that it is one.

    Parameters
    ----------
    model : TrainedModel, SpikingModel or ProbabilisticModel
        The network.
    name : str or None
        Name of the data set.
    directory : pathlib.Path or None
        Folder of the data set.
    n : int or None
        Number of images; None for all.
    seed : int
        Seed of all random numbers.
    size : str or None
        Pixels of the user's own pictures; by default the network's.
    usual : int, optional
        Number where none is asked for, or all where there are fewer, which is said; all if it is
        left out.

    Raises
    ------
    DataError
        If there are fewer than ``n`` images, or the classes are others.
    """
    shape = input_shape(model)
    dataset = load_data(name or _trained_with(model), directory, size, shape)
    if model.classes and model.classes != dataset.classes:
        raise DataError(
            f"data set {dataset.name!r} has the classes {_shortened(dataset.classes)}; this "
            f"network was trained for {_shortened(model.classes)}. Choose with --data"
        )
    if n is None:
        return dataset.test if usual is None else at_most(dataset.test, usual, seed)
    return dataset.test.take(n, seed)


def at_most(images: Split, n: int, seed: int = 0) -> Split:
    """``n`` of the images, drawn at random, or all where there are fewer, which is said.

    Parameters
    ----------
    images : Split
        Images to draw from.
    n : int
        How many.
    seed : int
        Decides which.
    """
    from .screen import say

    if n > len(images):
        every = f"all {len(images)} images" if len(images) > 1 else "the one image"
        there = f"{every} of {images.source} {'are' if len(images) > 1 else 'is'} used"
        say(f"{there}; usually {n}")
    return images.take(min(n, len(images)), seed)


def _trained_with(model: TrainedModel | SpikingModel | ProbabilisticModel) -> str:
    from ..datasets import NAMES
    from ..datasets.base import SUFFIX

    name = str(model.provenance.get("data"))
    if name.removesuffix(SUFFIX) not in NAMES:
        raise DataError(
            f"this network does not say with which data set it was trained; "
            f"choose with --data, one of: {', '.join(NAMES)}"
        )
    return name


def _shortened(names: tuple[str, ...]) -> str:
    return ", ".join(names if len(names) <= 10 else (*names[:10], "..."))
