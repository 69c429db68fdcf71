"""Load the files and data sets that are named on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, ModelFileError, ValidationError

if TYPE_CHECKING:
    from ..datasets import Dataset, Split
    from ..models import SpikingModel, TrainedModel

__all__ = [
    "NIR",
    "load_any",
    "load_data",
    "load_graph",
    "load_model",
    "load_network",
    "load_trained",
    "test_images",
    "to_spikes",
    "wanted_synapse",
]


#: training images that a foreign network is tried on
_LOOKED_AT = 500

#: suffixes of Keras and ONNX models, which `load_network` reads
_FOREIGN = (".keras", ".h5", ".hdf5", ".onnx")

#: suffix of NIR graphs, which `load_graph` reads
NIR = ".nir"


def load_any(path: Path) -> Any:
    """The value in a file of this package, whatever its kind.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    """
    from ..evaluation.agreement import SpikeCheck
    from ..models import SpikingModel, TrainedModel
    from ..records import Evaluation, SpikeRecord
    from ..support.files import record_kind

    saved = (TrainedModel, SpikingModel, SpikeRecord, Evaluation, SpikeCheck)
    kinds: dict[str, Any] = {cls.__name__: cls for cls in saved}
    if path.suffix in _FOREIGN and path.is_file():
        raise ModelFileError(
            f"{path} is a model of another kind; make it spike first: lifdeep convert {path} "
            "--data NAME --method normalise --out spiking.lifdeep"
        )
    if path.suffix == NIR and path.is_file():
        raise ModelFileError(
            f"{path} is a NIR graph, whose neurons spike already; make it a file of this package "
            f"first: lifdeep convert {path} --out spiking.lifdeep"
        )
    if (path / "saved_model.pb").is_file():
        raise ModelFileError(
            f"{path} is a SavedModel, a folder of TensorFlow that holds no layers; save the Keras "
            "model that it was made of, model.save('model.keras'), and convert that"
        )
    kind = record_kind(path)
    if kind not in kinds:
        raise ModelFileError(f"{path} holds a {kind}; expected one of {', '.join(kinds)}")
    return kinds[kind].load(path)


def load_model(path: Path) -> TrainedModel | SpikingModel:
    """The trained or spiking network in a file, or the package's own one of that name.

    Parameters
    ----------
    path : pathlib.Path
        The file, or the name of a network of the package.
    """
    from .. import pretrained
    from ..models import SpikingModel, TrainedModel

    if str(path) in pretrained.NAMES and not path.exists():
        return pretrained.load(str(path))
    model = load_any(path)
    if not isinstance(model, TrainedModel | SpikingModel):
        raise ModelFileError(
            f"{path} holds a {type(model).__name__}; expected a network, as `lifdeep train` and "
            "`lifdeep convert` write them"
        )
    return model


def load_trained(path: Path) -> TrainedModel:
    """The trained network in a file, or the package's own one of that name.

    Parameters
    ----------
    path : pathlib.Path
        The file, or the name of a network of the package.
    """
    from ..models import TrainedModel

    model = load_model(path)
    if not isinstance(model, TrainedModel):
        raise ModelFileError(
            f"{path} holds a spiking network; expected a trained one, as `lifdeep train` writes it"
        )
    return model


def load_network(path: Path, pixels: float | None, data: Dataset | None) -> TrainedModel:
    """A trained network of ours, or of Keras or ONNX.

    Parameters
    ----------
    path : Path
    pixels : float or None
        What a model of Keras or ONNX takes for white; None leaves it to the model.
    data : Dataset or None
        Gives the classes, and images on which it is seen whether the model takes other pixels.
    """
    if path.suffix not in _FOREIGN:
        return load_trained(path)
    import warnings

    from ..inputs.preprocessing import Preprocessing
    from .screen import say

    read: Callable[..., TrainedModel]
    if path.suffix == ".onnx":
        from ..importers.onnx.model import from_onnx as read
    else:
        from ..importers.keras.model import from_keras as read
    before = None if pixels is None else Preprocessing(scale=pixels)
    classes = () if data is None else data.classes
    images = None if data is None else data.train.take(min(_LOOKED_AT, len(data.train)))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        network = read(path, preprocessing=before, classes=classes, images=images)
    for each in told:
        if each.category is UserWarning:
            say(str(each.message))
    return network


def load_graph(path: Path, source: str | None, data: Dataset | None) -> SpikingModel:
    """The spiking network in a NIR file.

    Parameters
    ----------
    path : Path
    source : str or None
        Who wrote it, as `from_nir` takes it.
    data : Dataset or None
        Gives the classes, if there are as many.
    """
    from ..importers.nir.model import from_nir

    model = from_nir(path, source=source)
    if data is None or len(data.classes) != model.n_classes:
        return model
    return from_nir(path, source=source, classes=data.classes)


def load_data(name: str, directory: Path | None) -> Dataset:
    """A data set by its name.

    Parameters
    ----------
    name : str
        Name of the data set.
    directory : pathlib.Path or None
        Folder of the data set.
    """
    from ..datasets import load

    return load(name, directory)


def test_images(
    model: TrainedModel | SpikingModel,
    name: str | None,
    directory: Path | None,
    n: int | None,
    seed: int = 0,
) -> Split:
    """Test images of a set with the same classes as the model: all, or ``n`` drawn at random.

    Without a name, of the set that the network was trained with. A sample has of every class its
    share, and its source says that it is one.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    name : str or None
        Name of the data set.
    directory : pathlib.Path or None
        Folder of the data set.
    n : int or None
        Number of images; None for all.
    seed : int
        Seed of all random numbers.
    """
    dataset = load_data(name or _trained_with(model), directory)
    if model.classes and model.classes != dataset.classes:
        raise DataError(
            f"data set {dataset.name!r} has the classes {_shortened(dataset.classes)}; this "
            f"network was trained for {_shortened(model.classes)}. Choose with --data"
        )
    return dataset.test if n is None else dataset.test.take(n, seed)


def _trained_with(model: TrainedModel | SpikingModel) -> str:
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


def wanted_synapse(
    model: TrainedModel | SpikingModel, asked: str | None, usual: str = "alpha:3ms"
) -> Any:
    """The synapse to convert with; refused where the network is in spikes and has its own.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    asked : str or None
        The option's value; None if it was not given.
    usual : str
        The default.

    Raises
    ------
    ValidationError
        If a synapse is asked for and the network has been converted already.
    """
    from ..models import SpikingModel
    from .words import synapse_of

    if asked is not None and isinstance(model, SpikingModel):
        raise ValidationError(
            f"--synapse {asked}: {model.name} is in spikes and has its synapses already; change "
            "their time constant with --tau-s where there is that option, or convert again"
        )
    return synapse_of(asked or usual)


def to_spikes(model: TrainedModel | SpikingModel, simulator: str, synapse: Any) -> SpikingModel:
    """The network in spikes: as it is, or a trained one converted with ``synapse``.

    Loihi gets a lowpass synapse of the same mean delay.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    simulator : str
        Name of the simulator.
    synapse : float, nengo synapse or None
        The synapse; a number is a time constant in seconds.
    """
    from ..conversion.swap import convert
    from ..models import SpikingModel
    from ..neurons.synapses import chip_synapse
    from ..simulators import get_simulator

    if isinstance(model, SpikingModel):
        return model
    on_chip = get_simulator(simulator).on_chip
    return convert(model, synapse=chip_synapse(synapse) if on_chip else synapse)
