"""The learner as a Nengo network: neurons, nodes for gates, and a learning rule."""

from __future__ import annotations

import dataclasses
from typing import Any

import nengo
import numpy as np

from ..compat.contexts import nengo_defaults
from ..errors import ConversionError, DataError
from ..neurons.herding import RectifiedHerding, SignedHerding
from ..support.checks import checked_number, instance
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .given import image_rows, target_rows
from .learner import SpikingMLP
from .learning_rule import CountedSpikes

__all__ = ["LearnerNetwork", "learner_network"]


@dataclasses.dataclass(frozen=True, eq=False)
class LearnerNetwork:
    """A Nengo network that shows images and learns from them.

    Attributes
    ----------
    network : nengo.Network
        To be run for ``n_steps`` steps of ``dt`` per image, and one more, in which the last change
        of the weights takes effect.
    spikes : list of nengo.Probe
        Of the input and each layer, of height ``1 / dt``.
    drive : nengo.Probe
        What reaches the outputs in a step, times ``1 / dt``.
    errors : list of nengo.Probe
        Error spikes of each layer that the gate let through.
    weights : list of nengo.Probe
        Of each layer, ``(step, out, in)``: those that a step used.
    """

    network: nengo.Network
    spikes: list[nengo.Probe]
    drive: nengo.Probe
    errors: list[nengo.Probe]
    weights: list[nengo.Probe]

    __repr__ = short_repr


def learner_network(
    mlp: SpikingMLP, images: Any, targets: Any, dt: float = 0.001
) -> LearnerNetwork:
    """Build a network that does what ``mlp.partial_fit(images, targets)`` would do.

    Layers fire once per step here, as currents are added up in Nengo: ``order="step"``. Errors go
    back through weights of their own, which the same rule keeps equal to those that go forward.

    Parameters
    ----------
    mlp : SpikingMLP
        Where to begin; it is not changed. Small: every step is one of Nengo's.
    images, targets
        As for `SpikingMLP.partial_fit`.
    dt : float
        Length of a step, in seconds.

    Raises
    ------
    ConversionError
        If the method is one that Nengo's steps do not have.
    DataError
        If images and targets do not fit the network.
    ValidationError
        If ``mlp`` is no network, or ``dt`` no time.
    """
    instance(SpikingMLP)(mlp, "mlp")
    dt = checked_number(dt, "dt", low=1e-9, high=1e3)
    method = mlp.method
    resets = method.forward_reset, method.backward_reset
    if method.order != "step" or method.smoothed or method.sparsity or resets != ("zero", "none"):
        raise ConversionError(
            f"{method} has no Nengo network; expected order='step', forward_reset='zero', "
            "backward_reset='none', neither smoothed nor a sparsity"
        )
    assert method.n_steps is not None
    T, matrices = method.n_steps, mlp.weights
    shown, aims = image_rows(images, mlp.sizes[0]), target_rows(targets, mlp.sizes[-1])
    if len(shown) != len(aims):
        raise DataError(
            f"{counted(len(shown), 'image')} and {counted(len(aims), 'label')}; expected one each"
        )
    if not len(shown):
        raise DataError("there are no images; expected at least one")
    ends = np.cumsum(mlp.sizes)
    backs = np.split(mlp.residues["back"], ends[:-1])
    with nengo_defaults(), nengo.Network(label="spiking MLP that learns") as network:
        pixels = nengo.Node(_held(shown, T, dt), label="images")
        wanted = nengo.Node(_held(-aims, T, dt), label="negative targets")
        layers = [_neurons(SignedHerding(restart=T * dt), mlp.sizes[0], "input")]
        _wire(pixels, layers[0])
        rules: list[Any] = []
        sums, connections = [], []
        for number, matrix in enumerate(matrices, start=1):
            total = nengo.Node(size_in=matrix.shape[1], label=f"sums {number}")
            layer = _neurons(RectifiedHerding(restart=T * dt), matrix.shape[1], f"layer {number}")
            rule = CountedSpikes(mlp.learning_rate, T, method.rule == "fsgd")
            forward = _wire(layers[-1], total, transform=matrix.T, learning_rule_type=rule)
            _wire(total, layer)
            layers.append(layer)
            sums.append(total)
            connections.append(forward)
            rules.append(forward.learning_rule)
        aim = _neurons(SignedHerding(restart=T * dt), mlp.sizes[-1], "target")
        _wire(wanted, aim)
        error = nengo.Node(size_in=mlp.sizes[-1], label="error counter")
        _wire(aim, error)
        _wire(layers[-1], error)
        errors: list[nengo.Probe] = []
        source: Any = error
        for number in range(len(matrices), 0, -1):
            n = mlp.sizes[number]
            gate = nengo.Node(_gate(n, T, dt), size_in=2 * n, size_out=n, label=f"gate {number}")
            _wire(sums[number - 1], gate[:n])
            _wire(source, gate[n:])
            _wire(gate, rules[number - 1])
            errors.insert(0, nengo.Probe(gate))
            if number > 1:
                passed = _neurons(
                    SignedHerding(), n, f"errors {number}"
                )  # whole spikes: as they are
                _wire(gate, passed)
                back = _neurons(
                    SignedHerding(initial_state={"voltage": backs[number - 1]}),
                    mlp.sizes[number - 1], f"back {number - 1}",
                )  # fmt: skip
                rule = CountedSpikes(mlp.learning_rate, T, method.rule == "fsgd", transposed=True)
                backward = _wire(
                    passed, back, transform=matrices[number - 1], learning_rule_type=rule
                )
                _wire(layers[number - 1], backward.learning_rule)
                source = back
        probes = [nengo.Probe(layer) for layer in layers]
        drive = nengo.Probe(sums[-1])
        weights = [nengo.Probe(connection, "weights") for connection in connections]
    return LearnerNetwork(network, probes, drive, errors, weights)


def _neurons(kind: Any, n: int, label: str) -> Any:
    ones, zeros = np.ones(n), np.zeros(n)
    ensemble = nengo.Ensemble(
        n, 1, gain=ones, bias=zeros, encoders=np.ones((n, 1)), neuron_type=kind, label=label
    )
    return ensemble.neurons


def _wire(pre: Any, post: Any, **settings: Any) -> nengo.Connection:
    """A connection that takes no time."""
    return nengo.Connection(pre, post, synapse=None, **settings)


def _held(rows: np.ndarray, n_steps: int, dt: float) -> Any:
    """Each row for its steps, in units per step; zeros afterwards."""

    def shown(t: float) -> np.ndarray:
        image = (round(t / dt) - 1) // n_steps
        return rows[image] / dt if image < len(rows) else np.zeros(rows.shape[1])

    return shown


def _gate(n: int, n_steps: int, dt: float) -> Any:
    """Error spikes pass where what came in since the image's onset is 0 or more."""
    total = np.zeros(n)

    def gate(t: float, x: np.ndarray) -> np.ndarray:
        if (round(t / dt) - 1) % n_steps == 0:
            total[:] = 0
        total[:] += x[:n]
        return np.where(total >= 0, x[n:], 0.0)

    return gate
