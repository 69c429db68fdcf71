"""`train`: an architecture and labelled images in, a `TrainedModel` out, through NengoDL."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from nengo.neurons import NeuronType

from ..architecture import Architecture
from ..compat import import_nengo_dl
from ..datasets.base import Dataset, Split
from ..models import TrainedModel
from ..preprocessing import Augmentation, Preprocessing
from .batches import BatchStream, split_validation
from .graph import build_graph
from .initial import initial_weights
from .losses import accuracy, score_loss
from .optimizers import as_optimizer, learning_rates

__all__ = ["train"]


def train(
    architecture: Architecture,
    data: Split | Dataset,
    *,
    neuron: NeuronType,
    gain: float = 1.0,
    epochs: int = 10,
    batch_size: int = 100,
    optimizer: Any = "adam",
    learning_rate: Any = None,
    loss: str | Callable[[Any, Any], Any] = "sparse_categorical_crossentropy",
    callbacks: Sequence[Any] = (),
    validation_split: float = 0.0,
    preprocessing: Preprocessing | None = None,
    augmentation: Augmentation | None = None,
    seed: int = 0,
    progress: bool = True,
) -> TrainedModel:
    """Train (first version)."""
    nengo_dl = import_nengo_dl()
    classes: tuple[str, ...] = ()
    if isinstance(data, Dataset):
        classes, data = data.classes, data.train
    preprocessing = preprocessing or Preprocessing()
    training, validation = split_validation(data, validation_split, batch_size, seed)
    stream = BatchStream(training, batch_size, preprocessing, augmentation, seed)
    graph = build_graph(architecture, neuron, seed=seed)
    from .callbacks import Monitor, UserFunction

    history: dict[str, list[float]] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="No GPU support detected")
        simulator = nengo_dl.Simulator(
            graph.network, minibatch_size=batch_size, seed=seed, progress_bar=False
        )
    with simulator:
        graph.set_weights(initial_weights(architecture, neuron, gain, seed))
        simulator.compile(
            optimizer=as_optimizer(optimizer, learning_rate),
            loss={graph.output: score_loss(loss)},
            metrics={graph.output: [accuracy()]},
        )
        names = simulator.tensor_graph.io_names
        monitor = Monitor(
            graph.step, stream.steps, epochs, history, prefix=names[graph.output],
            rates=learning_rates(learning_rate, epochs), on_epoch=lambda done: False,
            progress=progress,
        )  # fmt: skip
        others = [UserFunction(c, history) if not hasattr(c, "set_model") else c for c in callbacks]
        options: dict[str, Any] = {}
        if validation is not None:
            held = BatchStream(validation, batch_size, preprocessing, shuffle=False)
            options["validation_data"] = held.dataset(
                range(1), names[graph.input], [names[graph.output]]
            )
        try:
            simulator.fit(
                stream.dataset(range(epochs), names[graph.input], [names[graph.output]]),
                epochs=epochs,
                steps_per_epoch=stream.steps,
                callbacks=[monitor, *others],
                verbose=0,
                **options,
            )
        finally:
            monitor.close()
        weights = graph.weights()
    return TrainedModel(
        architecture, weights, neuron, preprocessing, classes, history, {"seed": seed}
    )
