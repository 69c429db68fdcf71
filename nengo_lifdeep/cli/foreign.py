"""Networks of other tools on the command line: read, or named for what they are."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LifdeepError, ModelFileError

if TYPE_CHECKING:
    from ..datasets import Dataset, Split
    from ..importers.maxima.cost import PoolingCost
    from ..inputs.preprocessing import Preprocessing
    from ..models import SpikingModel, TrainedModel

__all__ = [
    "Reading", "cost_of_averages", "is_foreign", "read_foreign", "refuse_foreign", "with_data",
]  # fmt: skip

#: training images that a foreign network is tried on
_LOOKED_AT = 500

_NORMALISED = "lifdeep convert {path} --data NAME --method normalise --out spiking.lifdeep"

#: suffix -> what such a file is, and how it is converted
_READ = {
    ".keras": ("a Keras model", _NORMALISED),
    ".h5": ("a Keras model", _NORMALISED),
    ".hdf5": ("a Keras model", _NORMALISED),
    ".onnx": ("an ONNX model", _NORMALISED),
    ".nir": ("a NIR graph", "lifdeep convert {path} --out spiking.lifdeep"),
}

_TORCH = (
    "a PyTorch file, from which no layers can be read safely",
    "give the module itself in Python, from_torch(module, example), or export it: "
    "torch.onnx.export(module, example, 'model.onnx'), then "
    + _NORMALISED.format(path="model.onnx"),
)

_SAVED_MODEL = (
    "a SavedModel, a folder of TensorFlow without layers",
    "save the Keras model that it was made of, model.save('model.keras'); or make a file of it: "
    "tf_keras.models.load_model({path!r}).save('model.h5') in Python where tf_keras wrote it, "
    "else python -m tf2onnx.convert --saved-model {path} --output model.onnx. Then "
    + _NORMALISED.format(path="model.keras"),
)

_WEIGHTS = (
    "a file of weights without layers",
    "give the whole model: model.save('model.keras') in Keras, torch.onnx.export(module, "
    "example, 'model.onnx') in PyTorch",
)

#: suffix -> what such a file is, and what to do instead
_NOT_READ = {
    ".pt": _TORCH,
    ".pth": _TORCH,
    ".pt2": _TORCH,
    ".ckpt": _TORCH,
    ".safetensors": _WEIGHTS,
    ".npz": _WEIGHTS,
    ".pb": ("a TensorFlow graph", "give its Keras model as .keras or .h5, or an ONNX export"),
    ".tflite": ("a TensorFlow Lite model", "give the Keras model that it was made from"),
    ".pkl": ("a pickle, which could run any code", "save the network in a format of its tool"),
}


@dataclasses.dataclass(frozen=True)
class Reading:
    """How a network of another tool is read.

    Parameters
    ----------
    pixels : float, optional
        What it takes for white; by default from its first operation, else 1.
    max_pooling : {"refuse", "average"}
        What to do with max pooling in Keras and ONNX models.
    source : str, optional
        Who wrote a NIR graph, as `from_nir` takes it.
    reset : str, optional
        What a spike does to the voltage, as `from_nir` takes it.
    dt : float, optional
        Step in seconds that a NIR graph was made for.
    output : str, optional
        Name of the output, of a network that has several.
    """

    pixels: float | None = None
    max_pooling: str = "refuse"
    source: str | None = None
    reset: str | None = None
    dt: float | None = None
    output: str | None = None


def is_foreign(path: Path) -> bool:
    """Whether `read_foreign` reads files of this suffix.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    """
    return path.suffix.lower() in _READ


def refuse_foreign(path: Path) -> None:
    """`ModelFileError` if a file is another tool's: what it is, and what to do with it.

    Parameters
    ----------
    path : pathlib.Path
        The file or folder; one that is not there is left to others.
    """
    if (path / "saved_model.pb").is_file():
        what, advice = _SAVED_MODEL
        raise ModelFileError(f"{path} is {what}; {advice.format(path=str(path))}")
    suffix = path.suffix.lower()
    if not path.is_file() or suffix not in _READ | _NOT_READ:
        return
    if suffix in _READ:
        what, command = _READ[suffix]
        raise ModelFileError(
            f"{path} is {what}; make it spike first: {command.format(path=path)}. Every command "
            "takes the file that this writes"
        )
    what, advice = _NOT_READ[suffix]
    raise ModelFileError(f"{path} is {what}; {advice}")


def read_foreign(path: Path, how: Reading) -> TrainedModel | SpikingModel:
    """A network of Keras or ONNX in rates, or of NIR in spikes; its warnings are printed.

    Options of other kinds of file have been refused before.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    how : Reading
        What the file does not say.

    Raises
    ------
    LifdeepError
        As the importers.
    """
    suffix = path.suffix.lower()
    before = _preprocessing(how)
    read: Callable[..., Any]
    if suffix == ".nir":
        from ..importers.nir.model import from_nir as read

        own: dict[str, Any] = {"source": how.source, "reset": how.reset, "dt": how.dt}
    else:
        if suffix == ".onnx":
            from ..importers.onnx.model import from_onnx as read
        else:
            from ..importers.keras.model import from_keras as read
        own = {"max_pooling": how.max_pooling}
    with _said():
        return read(path, preprocessing=before, output=how.output, **own)


def with_data(network: TrainedModel | SpikingModel, data: Dataset) -> TrainedModel | SpikingModel:
    """A foreign network with the classes of a data set and the range of its training images.

    Says if the images look as if the network took other pixels.

    Parameters
    ----------
    network : TrainedModel or SpikingModel
        What `read_foreign` returned.
    data : Dataset
        What it was trained with.
    """
    from ..importers.chain.trained import looked_at

    named: Any = dataclasses.replace(network, classes=data.classes or network.classes)
    with _said():
        return looked_at(named, data.train.take(min(_LOOKED_AT, len(data.train))))


def cost_of_averages(
    path: Path, how: Reading, network: TrainedModel | SpikingModel, images: Split
) -> PoolingCost | None:
    """What it costs that a model's max pooling was replaced; None if it was not.

    The cost, or why it is not known, is printed at once.

    Parameters
    ----------
    path : pathlib.Path
        The model's file.
    how : Reading
        How it was read.
    network : TrainedModel or SpikingModel
        What `read_foreign` returned.
    images : Split
        What is measured on.
    """
    from ..importers.maxima.cost import REPLACED
    from .screen import say

    if REPLACED not in network.provenance:
        return None
    from ..importers.maxima.models import pooling_cost

    try:
        found = pooling_cost(path, images, preprocessing=_preprocessing(how), output=how.output)
    except LifdeepError as error:
        say(f"what average pooling costs is not known: {error}")
        return None
    say(str(found.finding()))
    return found


def _preprocessing(how: Reading) -> Preprocessing | None:
    from ..inputs.preprocessing import Preprocessing

    return None if how.pixels is None else Preprocessing(scale=how.pixels)


@contextmanager
def _said() -> Iterator[None]:
    """Print warnings to users as remarks."""
    from .screen import say

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        yield
    for each in told:
        if each.category is UserWarning:
            say(str(each.message))
