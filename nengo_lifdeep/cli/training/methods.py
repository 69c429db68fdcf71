"""The methods of `lifdeep train`: their settings, their neurons, and where they go on from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from nengo.neurons import NeuronType

    from ...herding.method import Herding
    from ...models import TrainedModel
    from ...training.settings.spike_based import SpikeBased

__all__ = ["CODING", "LEAK", "method_of", "network_of_start", "neuron_of"]

#: of training on spikes, where nothing is typed and no network is gone on with that has its own
LEAK, CODING, _STEPS = 0.99, "bernoulli:1000Hz", 100


def method_of(
    name: str, begun: TrainedModel | None, *, steps: int | None, leak: float | None,
    coding: str | None, derivative: str, seed: int, rule: str, order: str,
) -> SpikeBased | Herding | None:  # fmt: skip
    """How to train on spikes or by herding; None for training in rates.

    Parameters
    ----------
    name : str
        Of ``--method``.
    begun : TrainedModel or None
        Network of ``--start``; one that was trained on its spikes has steps and coding of its own.
    steps, leak, coding : int, float, str or None
        As typed; None where they were not.
    derivative : str
        Of spikes.
    seed : int
        Of a coding that is typed.
    rule, order : str
        Of herding.
    """
    if name not in ("rates", "spikes", "herding"):
        raise typer.BadParameter(
            f"{name!r}; write rates, spikes, herding or online", param_hint="--method"
        )
    if name == "rates":
        return None
    if name == "herding":
        from ...herding.method import Herding

        return _made(Herding, n_steps=10 if steps is None else steps, rule=rule, order=order)
    from ...inputs.as_trained import coding_as_trained
    from ...training.settings.spike_based import SpikeBased
    from ..words import coding_of

    if leak == 0:
        raise typer.BadParameter("0; write a share above 0, up to 1", param_hint="--leak")
    own = _spikes_of(begun)
    if begun is None or own is None or coding is not None:
        shown = coding_of(CODING if coding is None else coding, seed)
    else:
        shown = coding_as_trained(begun.provenance)
    known = own or {}
    lasting = {key: known[key] for key in ("dt", "read_out_leak") if key in known}
    n_steps = steps or known.get("n_steps", _STEPS)
    return _made(SpikeBased, n_steps=n_steps, coding=shown, derivative=derivative, **lasting)


def neuron_of(
    method: SpikeBased | Herding, begun: TrainedModel | None, leak: float | None
) -> NeuronType:
    """The neuron of a training on spikes or by herding.

    Parameters
    ----------
    method : SpikeBased or Herding
        How it is trained.
    begun : TrainedModel or None
        Network of ``--start``; one that was trained on its spikes has its own neuron.
    leak : float or None
        As typed; None where it was not.
    """
    from nengo import RectifiedLinear

    from ...neurons.stepping.step_lif import StepLIF
    from ...training.settings.spike_based import SpikeBased

    if not isinstance(method, SpikeBased):
        return RectifiedLinear()
    if begun is not None and leak is None and _spikes_of(begun) is not None:
        return begun.neuron
    return StepLIF.of_leak(LEAK if leak is None else leak, dt=method.dt)


def network_of_start(file: Path, network: str, gain: float | None) -> TrainedModel:
    """The network of ``--start``, which has its own layers and weights.

    Parameters
    ----------
    file : pathlib.Path
        The file.
    network : str
        Of ``--network``, which has nothing to say then.
    gain : float or None
        Of ``--gain``, which has nothing to say then.
    """
    from ...models import TrainedModel
    from ..files import load_network
    from ..foreign import Reading

    if network != "digits-compact":
        raise typer.BadParameter("its layers are those of --start", param_hint="--network")
    if gain is not None:
        raise typer.BadParameter(
            "a factor on initial kernels; with --start they are those of the network",
            param_hint="--gain",
        )
    begun = load_network(file, Reading())
    if not isinstance(begun, TrainedModel):
        raise typer.BadParameter("is a spiking network; give a trained one", param_hint="--start")
    return begun


def _spikes_of(begun: TrainedModel | None) -> Any:
    """Record of a network's training on its spikes; None if there was none."""
    from ...inputs.as_trained import was_trained_on_spikes

    if begun is None or not was_trained_on_spikes(begun.provenance):
        return None
    return begun.provenance["spikes"]


def _made(kind: type[Any], **options: Any) -> Any:
    """A way to train; what it refuses is a wrong option here."""
    from ...errors import TrainingError

    try:
        return kind(**options)
    except TrainingError as error:
        raise typer.BadParameter(str(error)) from error
