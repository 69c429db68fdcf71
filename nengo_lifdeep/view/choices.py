"""Networks and data sets that a visitor of the view may choose; loaded when they are chosen."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import datasets, pretrained
from ..conversion.swap import convert
from ..datasets.base import Split, labelled
from ..errors import DataError, ValidationError
from ..inputs.inputs import still
from ..models import SpikingModel, TrainedModel
from ..models.expected import network
from ..support.checks import optional
from ..support.files import record_kind

__all__ = ["Shelf", "name_of", "shape_of"]

#: sets of images with classes, and the shape of an image
_SETS = {
    "digits": (8, 8, 1),
    "mnist": (28, 28, 1),
    "fashion-mnist": (28, 28, 1),
    "cifar-10": (32, 32, 3),
    "cifar-100": (32, 32, 3),
    "svhn": (32, 32, 3),
}

#: sets that have no option for it
_NEVER_DOWNLOADED = ("digits", "svhn")

#: test images of a named set that can be chosen, and files of a folder that are offered
_MOST_IMAGES, _MOST_FILES = 500, 50

Network = TrainedModel | SpikingModel


def name_of(model: Network) -> str:
    """A network's name.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    """
    return model.name if isinstance(model, SpikingModel) else model.architecture.name


def shape_of(model: Network) -> tuple[int, ...]:
    """Shape of the images that a network takes, (row, column, channel).

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    """
    return model.input_shape if isinstance(model, SpikingModel) else model.architecture.input_shape


class Shelf:
    """What can be chosen: what was given, the package's networks, files of this folder, named sets.

    A choice is a name of this list and nothing else, whatever a browser sends. Nothing is
    downloaded.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network that is shown first.
    images : Split, Dataset or (images, labels)
        The images that are shown first; of a data set those for tests.
    beside : TrainedModel or SpikingModel, optional
        A second network.

    Raises
    ------
    ValidationError
        If a network is something else.
    ConversionError
        If it cannot be turned into spikes.
    DataError
        If the images are no labelled images, or change over time.
    """

    def __init__(self, model: Network, images: Any, beside: Network | None = None) -> None:
        model, beside = network(model, "model"), optional(network)(beside, "beside")
        for given in (model, beside):
            if isinstance(given, TrainedModel):
                convert(given)  # says what cannot be turned into spikes, before a page is there
        self.first = name_of(model)
        self._networks: dict[str, Callable[[], Network]] = {self.first: lambda: model}
        self.second: str | None = None
        if beside is not None:
            self.second = name_of(beside)
            while self.second in self._networks:
                self.second += " (second)"
            self._networks[self.second] = lambda: beside
        for name in pretrained.NAMES:
            self._networks.setdefault(name, functools.partial(pretrained.load, name))
        self._files: dict[str, Path] = {}
        for path in sorted(Path().glob("*.lifdeep"))[:_MOST_FILES]:
            if path.name not in self._networks:
                self._files[path.name] = path.resolve()
                self._networks[path.name] = functools.partial(_from_file, path.resolve())
        split, name, classes = labelled(images)
        self.given = name or "given images"  # without folders
        self._images = {self.given: still(split)}
        self._names = {self.given: tuple(classes or model.classes)}
        self._loaded: dict[str, tuple[Any, Network]] = {}

    @property
    def networks(self) -> list[str]:
        """Names of the networks."""
        return list(self._networks)

    def network(self, name: str) -> Network:
        """A network by its name; of a file as it is now.

        Parameters
        ----------
        name : str
            One of `networks`.

        Raises
        ------
        ValidationError
            If it is not on the list, or its file holds something else.
        """
        if name not in self._networks:
            raise ValidationError(f"there is no network {name!r} to choose")
        version = _version(self._files[name]) if name in self._files else None
        if name not in self._loaded or self._loaded[name][0] != version:
            self._loaded[name] = version, self._networks[name]()
        return self._loaded[name][1]

    def data(self, shape: tuple[int, ...]) -> list[str]:
        """Names of what has images of a shape.

        Parameters
        ----------
        shape : tuple of int
            What a network takes, (row, column, channel).
        """
        own = [self.given] if self._images[self.given].image_shape == shape else []
        return own + [name for name, its in _SETS.items() if its == shape]

    def images(self, name: str) -> Split:
        """Images by name; of a named set the first 500 for tests.

        Parameters
        ----------
        name : str
            One of `data`.

        Raises
        ------
        DataError
            If it is not on the list, or its files are not on this machine.
        """
        if name not in self._images:
            if name not in _SETS:
                raise DataError(f"there are no images {name!r} to choose")
            options = {} if name in _NEVER_DOWNLOADED else {"download": False}
            found = datasets.load(name, **options)
            self._images[name] = found.test.take(min(_MOST_IMAGES, len(found.test)))
            self._names[name] = tuple(found.classes)
        return self._images[name]

    def class_names(self, name: str) -> tuple[str, ...]:
        """What the classes of images are called; empty where that is not known.

        Of the given images they are called as the given network calls them.

        Parameters
        ----------
        name : str
            One of `data`.
        """
        return self._names.get(name, ())


def _version(path: Path) -> tuple[int, int] | None:
    """What changes with a file; None if it is gone, which reading it says."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size


def _from_file(path: Path) -> Network:
    kind = record_kind(path)
    if kind == "SpikingModel":
        return SpikingModel.load(path)
    if kind == "TrainedModel":
        return TrainedModel.load(path)
    raise ValidationError(f"{path.name} holds a {kind}; expected a trained or a spiking network")
