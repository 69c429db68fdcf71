"""A network over all steps of a window as one `tf_keras` model. Importing it imports TensorFlow."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from nengo.neurons import NeuronType

from ...compat import import_tensorflow, import_tf_keras
from ...layers.architecture import Architecture
from ...layers.types import (
    BatchNormalization,
    Branch,
    Concatenate,
    Dropout,
    Layer,
    Scale,
    Shortcut,
)
from ..rate_targets import RateBand
from ..settings.spike_based import DERIVATIVES, SpikeBased
from ..tensorflow.layers import keras_layer
from .convolutions.operation import applied
from .membrane import accumulated, fire
from .order import roles, rules_of
from .rule import MembraneRule, sensitivity, step
from .steps import Steps
from .units import read_out_leak

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["SpikeNetwork"]


class SpikeNetwork(keras.Model):
    """Layers and neurons from the image to the read-out.

    Parameters
    ----------
    architecture : Architecture
        The layers, as `require_spike_trainable` passed them.
    neuron : StepLIF
        The network's neuron, whose leak the read-out has too.
    method : SpikeBased
        Steps and derivative.
    step : tf.Variable
        Number of the training step, for dropout.
    seed : int
        For dropout.
    bands : dict of str to RateBand, optional
        Rate targets by layer of neurons.
    """

    def __init__(
        self, architecture: Architecture, neuron: NeuronType, method: SpikeBased, step: Any,
        seed: int, bands: Mapping[str, RateBand] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name="spikes")
        self.architecture, self.method, self.bands = architecture, method, dict(bands or {})
        common: dict[str, Any] = {
            "n_steps": method.n_steps,
            "derivative": method.derivative,
            "alpha": method.alpha or DERIVATIVES[method.derivative] or 1.0,
            "leak_correction": method.leak_correction,
            "gate": method.gate,
            "through_reset": method.through_reset,
        }
        self.rules = {
            name: MembraneRule(**common, **rule)
            for name, rule in rules_of(architecture, neuron, method).items()
        }
        self.read_out = MembraneRule(**common, leak=read_out_leak(neuron, method))
        self.members: dict[str, Any] = {}
        raw = {layer.name: still for layer, _, still in roles(architecture)}
        shapes = zip(architecture.layers, architecture.layer_inputs(), strict=True)
        for i, (layer, shape) in enumerate(shapes):
            computed = getattr(layer, "projection", layer)
            if computed is None or layer.fires or isinstance(layer, Branch | Concatenate):
                continue
            if isinstance(computed, Scale) and not raw[layer.name]:  # a current, in Nengo's unit
                shift = np.asarray(computed.shift) * method.dt
                computed = dataclasses.replace(computed, shift=shift)
            member = keras_layer(computed, shape, step, seed + 1000 * i)
            with tf.name_scope(layer.name):
                member.build((None, *shape))
            self.members[layer.name] = member
        self.built = True

    def call(self, inputs: Any, training: Any = None) -> Any:
        """The read-out at the end of the window.

        Parameters
        ----------
        inputs : dict
            ``"input"``: (batch, n_steps or 1, pixel) tensor of what the network sees.
        training : bool, optional
            Whether the network is training.
        """
        frames = inputs["input"]
        batch, n, _ = frames.shape
        rows = tf.reshape(
            tf.transpose(frames, (1, 0, 2)), (n, batch, *self.architecture.input_shape)
        )
        held = self._held(batch, training)
        self.training_now = training is not None and training is not False
        scores = (
            self._by_errors(rows, held) if self.method.accumulated else self._by_steps(rows, held)
        )
        return {"output": scores[:, None]}

    def _held(self, batch: int, training: Any) -> dict[str, Any]:
        """Masks of dropout, the same in all steps of a batch; nothing outside of training."""
        if training is None or training is False:
            return {}
        shapes = zip(self.architecture.layers, self.architecture.layer_inputs(), strict=True)
        return {
            layer.name: self.members[layer.name].call(tf.ones((batch, *shape)), training=training)
            for layer, shape in shapes
            if isinstance(layer, Dropout)
        }

    def _walk(
        self, image: Steps, held: dict[str, Any], neurons: Callable[..., Steps], times: int = 1
    ) -> Steps:
        """The value after the last layer; ``neurons(name, charge)`` makes spikes of charges.

        Values may be sums over ``times`` steps, in each of which constants are added.
        """
        value = image
        known = {"input": image}
        for layer in self.architecture.layers:
            read = known[layer.reads] if layer.reads else value
            value = neurons(layer.name, value) if layer.fires else self._after(
                layer, value, read, held, times
            )  # fmt: skip
            known[layer.name] = value
        return value

    def _after(
        self, layer: Layer, value: Steps, read: Steps, held: dict[str, Any], times: int = 1
    ) -> Steps:
        if isinstance(layer, Branch):
            return read
        if isinstance(layer, Dropout):
            if layer.name not in held:
                return value
            masked = value.by_step() * held[layer.name]
            return value._replace(values=tf.reshape(masked, value.values.shape))
        if isinstance(layer, Shortcut | Concatenate):
            n = max(value.n, read.n)
            member = self.members.get(layer.name)
            added = read if member is None else _computed(member, read)
            both = value.repeated(n), added.repeated(n)
            return Steps(tf.concat(both, -1) if isinstance(layer, Concatenate) else sum(both), n)
        member = self.members[layer.name]
        if isinstance(layer, BatchNormalization):  # over images and steps, as currents come
            return Steps(member.call(value.values, training=self.training_now), value.n)
        if times > 1 and (isinstance(layer, Scale) or getattr(layer, "use_bias", False)):
            return Steps(member.call(value.values / times) * times, value.n)
        return _computed(member, value)

    def _by_steps(self, rows: Any, held: dict[str, Any]) -> Any:
        """All steps of a layer at once, then the next layer."""

        def neurons(name: str, charge: Steps) -> Steps:
            spikes = fire(charge.by_step(), self.rules[name])
            self._regularise(name, tf.reduce_mean(spikes, 0))
            flat = tf.reshape(spikes, (-1, *spikes.shape[2:]))
            return Steps(flat, self.method.n_steps, self.method.derivative == "lee2020")

        image = Steps(tf.reshape(rows, (-1, *rows.shape[2:])), rows.shape[0])
        last = self._walk(image, held, neurons)
        return accumulated(last.by_step(), self.read_out, 1 / self.method.n_steps)

    def _by_errors(self, rows: Any, held: dict[str, Any]) -> Any:
        """All layers step by step, then one backward pass through what each added up.

        The backward pass sees a neuron as ``a' net``: its derivative times everything that arrived.
        """
        n, batch = self.method.n_steps, rows.shape[1]
        scores, states = self._run(rows, held)

        def counted(name: str, charge: Steps) -> Steps:
            _, trace, count = states[name]
            slope = sensitivity(trace, count, self.rules[name])
            net = charge.values
            fired = count + slope * (net - tf.stop_gradient(net))
            self._regularise(name, fired / n)
            return Steps(fired, 1)

        shown = tf.reduce_sum(rows, 0) * (n / rows.shape[0])
        net = self._walk(Steps(shown, 1), held, counted, n).values / n
        tf.debugging.assert_equal(tf.shape(net)[0], batch)
        return scores + net - tf.stop_gradient(net)

    def _regularise(self, name: str, spikes: Any) -> None:
        """Add the loss of a rate target; ``spikes`` are per step, by image and neuron."""
        band = self.bands.get(name)
        if band is not None:
            self.add_loss(band.loss(1.0)(None, spikes[None] / self.method.dt))

    def _run(self, rows: Any, held: dict[str, Any]) -> tuple[Any, dict[str, tuple[Any, ...]]]:
        """Read-out, and of every population what is left of voltages, traces and counts."""
        n_given, batch = rows.shape[0], rows.shape[1]
        shapes = zip(self.architecture.layers, self.architecture.shapes()[1:], strict=True)
        zeros = {la.name: tf.zeros((batch, *shape), rows.dtype) for la, shape in shapes if la.fires}
        start = {name: (zero, zero, zero) for name, zero in zeros.items()}
        leak = self.read_out.leak

        def body(t: Any, scores: Any, states: dict[str, Any]) -> Any:
            after: dict[str, Any] = {}

            def neurons(name: str, charge: Steps) -> Steps:
                voltage, trace, count = states[name]
                rule = self.rules[name]
                spikes, _, left = step(voltage, charge.values, rule)
                after[name] = left, rule.leak * trace + spikes, count + spikes
                return Steps(spikes, 1)

            row = rows[0] if n_given == 1 else rows[t]
            charge = self._walk(Steps(row, 1), held, neurons).values
            return t + 1, leak * (scores + charge), after

        scores = tf.zeros((batch, math.prod(self.architecture.output_shape)), rows.dtype)
        until = functools.partial(_before, self.method.n_steps)
        loop = tf.while_loop(until, body, (0, scores, start), parallel_iterations=1)
        _, scores, states = tf.nest.map_structure(tf.stop_gradient, loop)
        return scores / self.method.n_steps, states


def _computed(member: Any, value: Steps) -> Steps:
    return Steps(applied(member, value.values, value.at_spikes), value.n)


def _before(n_steps: int, t: Any, *_: Any) -> Any:
    return t < n_steps
