"""Build a spiking model as a `nengo.Network` of native transforms."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import nengo
import numpy as np

from ..compat.quiet import accept_new_decoder_cache
from ..models import Connection, Population, SpikingModel
from ..models.expected import spiking_model
from ..models.times import check_times
from ..stages.types import Convolution, DenseMatrix, Elementwise, Stage
from ..support.checks import MOST_SEED, optional, whole
from ..support.checks.arrays import checked_array

__all__ = ["SpikingNetwork", "nengo_transform", "quiet_build"]


class SpikingNetwork(nengo.Network):
    """A converted network, ready for any Nengo simulator or for a place in a larger model.

    `nengo.Simulator` refuses to build it with a step of more than 23 times one of its time
    constants (`ConversionError`). How long images are shown is not known there, so time constants
    too long to answer in are for you to avoid; `convert` refuses those above 1 s.

    Parameters
    ----------
    model : SpikingModel
        What to build.
    input_output : callable or array, optional
        What the input node plays, as `nengo.Node` takes it; None makes it a relay into which
        other parts of a model can be connected.
    seed : int, optional
        Seed of the network; decides random initial voltages, which this package's simulators then
        replace by `initial_voltages` of each image.

    Attributes
    ----------
    input : nengo.Node
        The image, flattened row-major, of size ``rows * columns * channels``.
    output : nengo.Node
        The class scores.
    layers : dict of str to nengo.Ensemble
        The populations by name.

    Examples
    --------
    >>> import nengo
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> with nengo.Network(seed=0) as world:
    ...     classifier = SpikingNetwork(convert(trained_example()[0]))
    ...     eye = nengo.Node(0.5 * np.ones(classifier.input.size_in))
    ...     _ = nengo.Connection(eye, classifier.input, synapse=None)
    ...     scores = nengo.Probe(classifier.output)
    >>> with nengo.Simulator(world, progress_bar=False) as sim:
    ...     sim.run(0.05)
    """

    def __init__(
        self,
        model: SpikingModel,
        input_output: Callable[..., Any] | nengo.Process | np.ndarray | None = None,
        seed: int | None = None,
    ) -> None:
        model = spiking_model(model, "model")
        model.require_linear("Nengo")
        accept_new_decoder_cache()
        super().__init__(label=model.name, seed=optional(whole(0, MOST_SEED))(seed, "seed"))
        self.model = model
        size = int(np.prod(model.input_shape))
        with self:
            if input_output is None:
                self.input = nengo.Node(size_in=size, label="input")
            else:
                played = input_output
                if not callable(played) and not isinstance(played, nengo.Process):
                    played = checked_array(played, "input_output", shape=(size,), dtype=np.float64)
                self.input = nengo.Node(played, size_out=size, label="input")
            self.layers = {p.name: _ensemble(p, model.initial_voltage) for p in model.populations}
            self.output = nengo.Node(size_in=model.n_classes, label="output")
            bias = nengo.Node(model.output_bias, label="output bias")
            nengo.Connection(bias, self.output, synapse=None)
            ends = {name: ensemble.neurons for name, ensemble in self.layers.items()}
            ends.update(input=self.input, output=self.output)
            for connection in model.connections:
                _connect(connection, ends)


@nengo.builder.Builder.register(SpikingNetwork)
def _build(model: Any, network: SpikingNetwork, **options: Any) -> None:
    """Build a network where its step is known, in the user's own simulator too."""
    check_times(network.model, model.dt)
    nengo.builder.network.build_network(model, network, **options)


def nengo_transform(stage: Stage) -> nengo.transforms.Transform:
    """The Nengo transform that maps flat input to flat output as ``stage`` does.

    Parameters
    ----------
    stage : Stage
        The linear stage.
    """
    own = _TRANSFORMS.get(type(stage))
    if own is not None:
        return own(stage)
    matrix = stage.to_matrix().T.tocoo()
    indices = np.stack([matrix.row, matrix.col], axis=1)
    return nengo.Sparse(matrix.shape, indices=indices, init=matrix.data)


def _convolution(stage: Convolution) -> nengo.Convolution:
    return nengo.Convolution(
        n_filters=stage.kernel.shape[3],
        input_shape=stage.input_shape,
        kernel_size=stage.window,
        strides=stage.strides,
        padding=stage.padding,
        groups=stage.groups,
        init=stage.kernel,
    )


def _dense(stage: DenseMatrix) -> nengo.Dense:
    return nengo.Dense(stage.matrix.shape[::-1], init=stage.matrix.T)


def _diagonal(stage: Elementwise) -> nengo.Dense:
    diagonal = np.broadcast_to(stage.weight, stage.input_shape).ravel()
    return nengo.Dense((diagonal.size,) * 2, init=diagonal)


#: Nengo's own transforms, by type of stage; the others are sparse matrices.
_TRANSFORMS: dict[type[Stage], Callable[[Any], nengo.transforms.Transform]] = {
    Convolution: _convolution,
    DenseMatrix: _dense,
    Elementwise: _diagonal,
}


@contextmanager
def quiet_build() -> Iterator[None]:
    """Build a network without Nengo's warnings about rates that are not used.

    Nengo works out maximum rates and intercepts of every ensemble. Its formula has none for
    neurons silent at ``x = 1``; as gains and biases are given, nothing depends on them.

    Examples
    --------
    >>> with nengo.Network() as net:
    ...     _ = nengo.Ensemble(1, 1, gain=[1.0], bias=[-0.5], neuron_type=nengo.LIF())
    >>> with quiet_build(), nengo.Simulator(net, progress_bar=False) as sim:
    ...     sim.run(0.01)
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Non-finite values detected in `max_rates`")
        warnings.filterwarnings("ignore", ".* encountered in log1p", RuntimeWarning)
        warnings.filterwarnings("ignore", "divide by zero", RuntimeWarning, "nengo.neurons")
        yield


def _ensemble(population: Population, initial_voltage: str) -> nengo.Ensemble:
    return nengo.Ensemble(
        population.n_neurons,
        1,
        gain=np.ones(population.n_neurons),
        bias=np.broadcast_to(population.bias, population.shape).ravel(),
        neuron_type=_with_voltage(population.neuron, initial_voltage),
        label=population.name,
    )


def _with_voltage(neuron: nengo.neurons.NeuronType, start: str) -> nengo.neurons.NeuronType:
    """The neuron with its initial membrane voltage made explicit."""
    parameters = inspect.signature(type(neuron).__init__).parameters
    options = {name: getattr(neuron, name) for name in parameters if hasattr(neuron, name)}
    if "voltage" not in type(neuron).state:
        return neuron
    voltage = nengo.dists.Uniform(0, 1) if start == "uniform" else nengo.dists.Choice([0.0])
    return type(neuron)(**{**options, "initial_state": {"voltage": voltage}})


def _connect(connection: Connection, ends: dict[str, Any]) -> None:
    """Stages but the last end in relays; the synapse sits on the first, at the spikes."""
    pre = ends[connection.pre]
    synapse = connection.synapse
    for i, stage in enumerate(connection.stages):
        is_last = i == len(connection.stages) - 1
        post = ends[connection.post]
        if not is_last:
            size = int(np.prod(stage.output_shape))
            post = nengo.Node(size_in=size, label=f"{connection.post} {type(stage).__name__}")
        nengo.Connection(pre, post, transform=nengo_transform(stage), synapse=synapse)
        pre, synapse = post, None
