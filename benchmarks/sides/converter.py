"""NengoDL's Converter, as its documentation's example converts a Keras model."""

from __future__ import annotations

import time
import warnings

import numpy as np

from nengo_lifdeep.compat import import_nengo_dl, import_tf_keras

from .keras_model import keras_model
from .task import Round, Task

__all__ = ["Converter"]


class Converter:
    """`nengo_dl.Converter` on the tf_keras model, probing the output only.

    The documentation's way to make neurons fire faster, a factor on their input, bends the LIF
    curve; the neuron given here has its time constants and amplitude scaled instead, so that the
    network stays the same.
    """

    def __init__(self, task: Task, steps: int) -> None:
        if task.has_local_layers:
            raise LookupError("the Converter has no native locally connected layer")
        nengo_dl, keras = import_nengo_dl(), import_tf_keras()
        model = keras_model(task)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            converter = nengo_dl.Converter(
                model,
                swap_activations={keras.activations.relu: task.neuron},
                synapse=task.synapse,
            )
        fallbacks = sum("TensorNode" in str(warning.message) for warning in caught)
        self.task, self.steps = task, steps
        self.notes = [] if steps == task.timing.n_steps else [f"{steps} steps per round"]
        if fallbacks:
            self.notes.append(f"{fallbacks} layers left to TensorNodes")
        self.input = converter.inputs[model.inputs[0]]
        self.output = converter.outputs[model.outputs[0]]
        images = task.inputs.reshape(len(task.data), 1, -1)
        self.tiled = np.tile(images, (1, steps, 1))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "No GPU support detected")
            self.simulator = nengo_dl.Simulator(
                converter.net, minibatch_size=len(images), progress_bar=False
            )

    def round(self) -> Round:
        """One call of `predict`."""
        start = time.perf_counter()
        outputs = self.simulator.predict({self.input: self.tiled}, verbose=0)[self.output]
        seconds = time.perf_counter() - start
        accuracy = self.task.accuracy(outputs) if self.steps == self.task.timing.n_steps else None
        return Round(seconds, len(self.tiled) * self.steps, accuracy)

    def close(self) -> None:
        """Close the simulator."""
        self.simulator.close()
