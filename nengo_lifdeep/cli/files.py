"""Load the networks that are named on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ModelFileError, ValidationError
from ..support.words.similar import did_you_mean
from .foreign import Reading, is_foreign, read_foreign, refuse_foreign

if TYPE_CHECKING:
    from ..models import ProbabilisticModel, SpikingModel, TrainedModel

__all__ = [
    "circuits_in", "load_any", "load_model", "load_network", "load_trained", "to_spikes",
    "wanted_synapse",
]  # fmt: skip

_CIRCUITS = ("ProbabilisticModel", "OnlineLearner")


def load_any(path: Path) -> Any:
    """The value in a file of this package, whatever its kind.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    """
    from ..evaluation.agreement import SpikeCheck
    from ..local import LocalNetwork
    from ..models import ProbabilisticModel, SpikingModel, TrainedModel
    from ..probabilistic.learner import OnlineLearner
    from ..records import Evaluation, SpikeRecord, ValueEvaluation
    from ..support.files import record_kind

    networks = TrainedModel, SpikingModel, ProbabilisticModel, OnlineLearner, LocalNetwork
    saved = (*networks, SpikeRecord, Evaluation, ValueEvaluation, SpikeCheck)
    kinds: dict[str, Any] = {cls.__name__: cls for cls in saved}
    refuse_foreign(path)
    kind = record_kind(path)
    if kind not in kinds:
        raise ModelFileError(f"{path} holds a {kind}; expected one of {', '.join(kinds)}")
    return kinds[kind].load(path)


def circuits_in(path: Path) -> ProbabilisticModel | None:
    """The probabilistic circuits in a file, also of a learner; None if it holds something else.

    Parameters
    ----------
    path : pathlib.Path
        The file, or the name of a network of the package.
    """
    from ..models import ProbabilisticModel
    from ..support.files import record_kind

    if not path.is_file():
        return None
    refuse_foreign(path)
    if record_kind(path) not in _CIRCUITS:
        return None
    found = load_any(path)
    return found if isinstance(found, ProbabilisticModel) else found.model


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
    if not path.exists() and (hint := did_you_mean(str(path), pretrained.NAMES)):
        raise ModelFileError(f"there is no file {path}{hint}")
    model = load_any(path)
    if type(model).__name__ in _CIRCUITS:
        raise ModelFileError(
            f"{path} holds probabilistic circuits, which have no rates to convert or deploy; they "
            "learn and run by nengo_lifdeep.probabilistic; `lifdeep evaluate` measures their "
            "error, and `lifdeep info` describes them"
        )
    if type(model).__name__ == "LocalNetwork":
        raise ModelFileError(
            f"{path} holds layers with read-outs of their own, whose neurons have no rates to "
            "convert or deploy; they answer by nengo_lifdeep.local.prediction and run in Nengo by "
            "nengo_lifdeep.local.ReadoutNetwork, and `lifdeep info` describes them"
        )
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


def load_network(path: Path, how: Reading) -> TrainedModel | SpikingModel:
    """A trained network of ours, of Keras or ONNX, or a spiking one of NIR.

    Parameters
    ----------
    path : Path
        The file, or the name of a network of the package.
    how : Reading
        What files of other tools do not say.
    """
    if is_foreign(path):
        return read_foreign(path, how)
    return load_trained(path)


def wanted_synapse(
    model: TrainedModel | SpikingModel, asked: str | None, usual: str | None = None
) -> Any:
    """The synapse to convert with; refused where the network is in spikes and has its own.

    "trained" where the network knows how it is converted, unless there is a default of the command.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    asked : str or None
        The option's value; None if it was not given.
    usual : str, optional
        The command's default; by default alpha:3ms for networks that know none.

    Raises
    ------
    ValidationError
        If a synapse is asked for and the network has been converted already.
    """
    from ..inputs.recommended import Recommended
    from ..models import SpikingModel
    from .words import synapse_of

    if asked is not None and isinstance(model, SpikingModel):
        raise ValidationError(
            f"--synapse {asked}: {model.name} is in spikes and has its synapses already; change "
            "their time constant with --tau-s where there is that option, or convert again"
        )
    if asked is None and "spikes" in model.provenance:
        return "trained"  # on its spikes: with the read-out's synapse, and no other
    if asked is None and usual is None and Recommended.of(model.provenance) is not None:
        return "trained"
    return synapse_of(asked or usual or "alpha:3ms")


def to_spikes(model: TrainedModel | SpikingModel, simulator: str, synapse: Any) -> SpikingModel:
    """The network in spikes: as it is, or a trained one converted with ``synapse``.

    Loihi gets a lowpass synapse of the same mean delay.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    simulator : str
        Name of the simulator.
    synapse : "trained", float, nengo synapse or None
        The synapse, as for `convert`.
    """
    from ..conversion.swap import convert, synapse_on_chip
    from ..models import SpikingModel
    from ..simulators import get_simulator

    if isinstance(model, SpikingModel):
        return model
    on_chip = get_simulator(simulator).on_chip
    return convert(model, synapse=synapse_on_chip(model, synapse) if on_chip else synapse)
