"""`deploy`: plan the deployment of a network to Loihi, or list all violated constraints."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import nengo
import numpy as np

from ..conversion.rates import forward
from ..conversion.swap import convert
from ..datasets.base import Split
from ..errors import DeploymentError
from ..inputs.presentation import Presentation, timing_or_default
from ..loihi.board import Board
from ..loihi.plan import make_plan
from ..models import SpikingModel, TrainedModel
from ..models.expected import network
from ..neurons.synapses import chip_synapse, synapse_label
from ..support.checks import checked, flag, instance, optional, text, whole
from .chip_neurons import with_chip_neurons
from .deployment import Deployment
from .health import calibration, with_warnings

__all__ = ["deploy"]

#: how far the lowered network's scores may be from the original's, relative to the largest
_TOLERANCE = 1e-5

#: after every neuron of a trained network, unless another is asked for
_SYNAPSE = nengo.Lowpass(0.005)


@checked(
    model=network,
    objective=text,
    pop_type=whole(),
    weight_bits=whole(),
    identity_parts=whole(1, 6),
    blocks=optional(instance(Mapping)),
    presentation=timing_or_default,
    strict=flag,
)
def deploy(
    model: TrainedModel | SpikingModel,
    board: Board | str = "loihi",
    *,
    images: Split | np.ndarray | None = None,
    synapse: Any = _SYNAPSE,
    objective: str = "cores",
    pop_type: int = 32,
    weight_bits: int = 8,
    identity_parts: int = 1,
    blocks: Mapping[str, Any] | None = None,
    presentation: Presentation | None = None,
    strict: bool = True,
) -> Deployment:
    """Plan the deployment of a network to Loihi; all violated constraints are reported together.

    Populations that read pixels stay on the host, where they turn them into spikes; the read-out is
    on the host again. Nothing is built yet: that is left to `Deployment.run`. Networks that were
    trained on their spikes get the chip's neurons (`chip_neurons`).

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network; a trained one is converted with ``synapse``.
    board : str or Board
        Where it shall go: ``"loihi"`` (two chips, nengo-loihi's default), ``"kapoho-bay"``,
        ``"nahuku-8"``, ``"nahuku-32"``.
    images : Split or (n, row, column, channel) array, optional
        Some images (100 are enough), for the rules on rates; of more than 200, 200 drawn at random
        are taken.
    synapse : nengo.Lowpass, nengo.Alpha, float or None
        For a trained network; an alpha synapse becomes a lowpass of the same mean delay.
    objective : {"cores", "traffic"}
        Fewest cores, or fewest cores that a spike must be delivered to.
    pop_type : {32, 16}
        Format of the axons of convolutions; 16 needs half the output axons, and channels in
        multiples of 4.
    weight_bits : int
        Bits per weight in synapse memory, sign included. NengoLoihi writes 8, so that a plan with
        others cannot be run; it says what a network of few bits would take.
    identity_parts : int
        Equal connections, 1 to 6, that the identity of a residual sum is divided into at most. All
        weights into a core are in steps of the largest of them, and identities are often many times
        as large as the weights beside them, which lose bits; divided ones take more cores.
    blocks : dict of str to tuple or int, optional
        Neurons per core of some layers, ``(rows, columns, channels)`` or a number of units; the
        others are searched.
    presentation : Presentation, optional
        Timing of one image; 150 ms, read from 50 ms on, by default.
    strict : bool
        Whether errors are raised. False returns the deployment with its plan in any case.

    Returns
    -------
    Deployment

    Raises
    ------
    DeploymentError
        If the network does not fit; the message lists every broken rule with layer, figure,
        limit and remedy.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> deployment = deploy(trained, images=test.take(20))
    >>> deployment.plan.n_cores, deployment.rate_deviation < 1e-5
    (2, True)
    """
    presentation = presentation or Presentation(t_c=0.05, t_p=0.15)
    reference = model if isinstance(model, TrainedModel) else None
    original = convert(model, synapse=synapse) if isinstance(model, TrainedModel) else model
    original = original.with_tau_s(presentation.tau_s)
    presentation = dataclasses.replace(presentation, tau_s=None)
    original, stepping = with_chip_neurons(original, presentation.dt)
    on_chip, replaced = _with_chip_synapses(original)
    activity: dict[str, np.ndarray] = {}
    if images is None:
        shown = _random_images(original.input_shape)
    else:
        shown, given = calibration(original, images)
        activity = forward(on_chip, shown, presentation.dt)
    rates = {name: r.reshape(len(shown), -1) for name, r in activity.items() if name != "output"}
    plan = make_plan(
        on_chip,
        board,
        objective=objective,
        pop_type=pop_type,
        weight_bits=weight_bits,
        identity_parts=identity_parts,
        blocks=blocks,
        rates=rates,
        dt=presentation.dt,
    )
    if images is not None:
        plan = with_warnings(plan, on_chip, activity, given, presentation)
    deviation = _deviation(original, plan.model, shown, presentation.dt)
    if strict:
        plan.require()
    return Deployment(
        original, plan, (*stepping, *replaced, *plan.changes), deviation, presentation, reference,
        0 if images is None else len(shown),
    )  # fmt: skip


def _random_images(shape: tuple[int, ...]) -> np.ndarray:
    """Four inputs on which two networks that compute the same agree."""
    return np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)


def _with_chip_synapses(model: SpikingModel) -> tuple[SpikingModel, list[str]]:
    connections, replaced = [], []
    for connection in model.connections:
        synapse = connection.synapse
        if isinstance(synapse, nengo.Alpha):
            lowpass = chip_synapse(synapse)
            replaced.append(
                f"{connection.pre} -> {connection.post}: {synapse_label(synapse)} replaced by "
                f"{synapse_label(lowpass)}, of the same mean delay"
            )
            connection = dataclasses.replace(connection, synapse=lowpass)
        connections.append(connection)
    return dataclasses.replace(model, connections=tuple(connections)), replaced


def _deviation(before: SpikingModel, after: SpikingModel, shown: np.ndarray, dt: float) -> float:
    """Relative difference of the scores in rates; a lowering that changes them is our fault."""
    shown = shown.astype(np.float64)  # sums in another order differ less than weights then
    old, new = (forward(model, shown, dt)["output"] for model in (before, after))
    found = float(np.abs(new - old).max() / max(float(np.abs(old).max()), 1e-12))
    if found > _TOLERANCE:
        raise DeploymentError(
            f"the lowered network's scores differ from the original's by {found:.2g} of the "
            f"largest; expected at most {_TOLERANCE:g}. Please report this network"
        )
    return found
