"""What `train` was asked for: checked, with every default decided, before anything is built."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from nengo.neurons import NeuronType

from ..datasets.base import Split, labelled
from ..errors import TrainingError
from ..herding.method import Herding
from ..inputs.augmentation import Augmentation
from ..inputs.preprocessing import Preprocessing
from ..jobs.fingerprints import fingerprint
from ..layers.architecture import Architecture
from ..layers.types import BatchNormalization
from ..neurons.parameters import neuron_to_dict
from ..records.input_range import warn_if_dark
from ..support.short_repr import short_repr
from ..weights.kind import WeightKind
from . import initial
from .batches import BatchStream, split_validation
from .graph import TrainingGraph, build_graph
from .herding.epochs import HerdingRun
from .herding.initial import small_weights
from .herding.order import herding_rates, refuse_of_rates, require_classes, require_herdable
from .rate_targets import RateBand, rate_bands
from .replicas.graph import KerasGraph, build_keras_graph
from .replicas.strategy import require_divisible
from .request import (
    as_architecture,
    check_fit,
    check_numbers,
    check_rate_neuron,
    check_weights,
    data_arrays,
)
from .session import TrainingRun
from .settings.arrays import has_arrays, require_pulses
from .settings.chances import require_chances
from .settings.early_stopping import EarlyStopping
from .settings.losses import check_loss, default_loss, loss_name
from .settings.optimizers import as_optimizer, current_rate, describe_optimizer, learning_rates
from .settings.schedules import OneCycle
from .settings.spike_based import SpikeBased
from .single.arrays import ArrayRun, suits
from .spikes.graph import SpikeGraph, build_spike_graph
from .spikes.initial import initial_charges
from .spikes.order import require_spike_trainable
from .spikes.units import in_steps
from .trainable import require_trainable

__all__ = ["Prepared"]

#: images per step where no number is asked for
_USUAL_BATCH = 100

Weights = dict[str, dict[str, np.ndarray]]


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """A training that has been checked.

    Attributes
    ----------
    architecture : Architecture
    neuron : nengo.neurons.NeuronType
        Of layers that have none of their own.
    split, training : Split
        All labelled images, and those to learn from.
    validation : Split or None
        Those held back.
    source : str
        Where the images come from.
    classes : tuple of str
    preprocessing, augmentation : Preprocessing, Augmentation or None
    bands : dict of str to RateBand
        Rate targets by layer of neurons.
    rule : EarlyStopping or None
    start : dict of dict of array
        Initial weights.
    optimizer : tf_keras optimiser
    rates : list of float or None
        Learning rate of every epoch, where it is a function of the epoch.
    loss : str or callable
    epochs, batch_size, seed : int
    gain, validation_split : float
    method : SpikeBased, Herding or None
        How it is trained on spikes or by them; None in rates. Of `SpikeBased` the initial weights
        are in steps.
    strategy : tf.distribute.Strategy or None
        Whose devices share every batch.
    products : str
        Type in which is multiplied.
    continues : bool
        Whether it begins with weights that were given, such as those of another training.
    """

    architecture: Architecture
    neuron: NeuronType
    split: Split
    training: Split
    validation: Split | None
    source: str
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    augmentation: Augmentation | None
    bands: Mapping[str, RateBand]
    rule: EarlyStopping | None
    start: Weights
    optimizer: Any
    rates: list[float] | None
    loss: str | Callable[[Any, Any], Any]
    epochs: int
    batch_size: int
    seed: int
    gain: float
    validation_split: float
    method: SpikeBased | Herding | None = None
    strategy: Any = None
    products: str = "float32"
    continues: bool = False

    __repr__ = short_repr

    @classmethod
    def of(
        cls,
        architecture: Any,
        data: Any,
        *,
        neuron: NeuronType,
        gain: float,
        epochs: int,
        batch_size: int | None,
        optimizer: Any,
        learning_rate: Any,
        loss: str | Callable[[Any, Any], Any] | None,
        task: str | None,
        validation_split: float,
        preprocessing: Preprocessing,
        augmentation: Augmentation | None,
        rate_targets: Any,
        early_stopping: EarlyStopping | int | None,
        seed: int,
        initial_weights: Mapping[str, Mapping[str, np.ndarray]] | None,
        kernel_initializer: str,
        weights: WeightKind | Mapping[str, WeightKind | None] | None,
        method: SpikeBased | Herding | None = None,
        strategy: Any = None,
        products: str = "float32",
    ) -> Prepared:
        """Check the arguments of `train`, which describes them.

        Parameters
        ----------
        architecture, data, neuron, gain, epochs, batch_size, optimizer, learning_rate, loss, task
            As in `train`.
        validation_split, preprocessing, augmentation, rate_targets, early_stopping, seed
            As in `train`.
        initial_weights, kernel_initializer, weights, method, products
            As in `train`.
        strategy : tf.distribute.Strategy, optional
            Whose scope is open.

        Raises
        ------
        DataError, TrainingError
            As `train`.
        """
        layers = as_architecture(architecture)
        if weights is not None:
            layers = layers.with_weights(weights)
        if strategy is not None:
            _refuse_undivided(method, layers)
        if isinstance(method, Herding):
            require_herdable(layers, neuron)
            refuse_of_rates(
                batch_size=batch_size, optimizer=optimizer, loss=loss, rate_targets=rate_targets,
                weights=layers.weight_kinds or None,
            )  # fmt: skip
            batch_size, loss = 1, "mean_squared_error"
        elif method is None:
            require_trainable(layers)
        else:
            require_spike_trainable(layers, neuron)
            _refuse_accumulated(method, layers)
        batch_size = _USUAL_BATCH if batch_size is None else batch_size
        films, source, classes = labelled(data, "train", task)
        split = films.frames
        binary = not split.has_values and layers.output_shape == (1,)
        if isinstance(method, Herding):
            require_classes(layers, binary)
        else:
            loss = default_loss(split.has_values, binary) if loss is None else loss
            check_loss(loss, split.has_values, binary)
        check_numbers(epochs, batch_size, gain, seed)
        if method is None:
            check_rate_neuron(neuron)
            for name, own in layers.neurons(neuron).items():
                check_rate_neuron(own, name)
        check_fit(layers, split, preprocessing, augmentation, batch_size)
        warn_if_dark(films, float(np.max(preprocessing.factor)), stacklevel=4)
        if strategy is not None:
            require_divisible(batch_size, strategy.num_replicas_in_sync)
        bands = rate_bands(rate_targets, layers, neuron)
        rule = _stopping_rule(early_stopping, validation_split)
        # whole films are held back: frames of one film are too much alike
        at_least = -(-batch_size // films.n_frames)
        learnt, held = split_validation(films, validation_split, at_least, seed)
        training, validation = learnt.frames, None if held is None else held.frames
        if initial_weights is not None:
            start = check_weights(initial_weights, layers)
            if isinstance(method, SpikeBased):
                start = in_steps(start, layers, neuron, method)
        elif isinstance(method, Herding) and kernel_initializer == "response":
            start = small_weights(layers, gain, seed)
        elif not isinstance(method, SpikeBased):
            start = initial.initial_weights(layers, neuron, gain, seed, kernel_initializer)
        else:
            start = initial_charges(layers, neuron, gain, seed, kernel_initializer)
        start = {
            name: layers.weight_kinds[name].start(arrays) if name in layers.weight_kinds else arrays
            for name, arrays in start.items()
        }
        if isinstance(learning_rate, OneCycle) and not isinstance(method, Herding):
            learning_rate = learning_rate.over(epochs * (len(training) // batch_size))
        rates: list[float] | None
        if isinstance(method, Herding):
            optimizer, rates = None, herding_rates(learning_rate, epochs, method)
        else:
            rates = learning_rates(learning_rate, epochs)
            usual = "sgd" if has_arrays(layers) else "adam"
            optimizer = as_optimizer(usual if optimizer is None else optimizer, learning_rate)
            if has_arrays(layers):
                require_pulses(layers, optimizer, method)
            require_chances(layers, optimizer, method)
        _refuse_few_bits(products, layers, method)
        assert loss is not None
        return cls(
            layers, neuron, split, training, validation, source, classes, preprocessing,
            augmentation, bands, rule, start,
            optimizer, rates, loss, epochs, batch_size, seed, gain, validation_split, method,
            strategy,
            products,
            initial_weights is not None,
        )  # fmt: skip

    @functools.cached_property
    def options(self) -> dict[str, Any]:
        """All that must agree when the run is resumed, as a checkpoint gives it back."""
        options = {
            "architecture": self.architecture.to_dict(),
            "neuron": neuron_to_dict(self.neuron),
            "gain": float(self.gain),
            "batch_size": int(self.batch_size),
            "optimizer": None if self.optimizer is None else describe_optimizer(self.optimizer),
            "loss": loss_name(self.loss),
            "validation_split": float(self.validation_split),
            "preprocessing": _preprocessing_record(self.preprocessing),
            "augmentation": None if self.augmentation is None else self.augmentation.to_dict(),
            "rate_targets": {name: vars(band) for name, band in self.bands.items()},
            "early_stopping": None if self.rule is None else self.rule.to_dict(),
            "initial_weights": fingerprint(*[a for g in self.start.values() for a in g.values()]),
            "data": fingerprint(*data_arrays(self.split)),
            "seed": int(self.seed),
        }
        if self.products != "float32":
            options["products"] = self.products
        if self.method is not None:
            options["method"] = self.method.to_dict()
        found: dict[str, Any] = json.loads(json.dumps(options))
        return found

    def run(
        self, directory: str | os.PathLike[str] | None, callbacks: Sequence[Any] = ()
    ) -> TrainingRun | HerdingRun | ArrayRun:
        """The run, ready to be executed.

        Parameters
        ----------
        directory : path-like or None
            Where its checkpoint is.
        callbacks : sequence
            As in `train`; those of Keras need its loop.
        """
        if isinstance(self.method, Herding):
            return self._herding(self.method, directory)
        if self.batch_size == 1 and self.method is None and has_arrays(self.architecture):
            found = self._by_image(directory, callbacks)
            if found is not None:
                return found
        held: BatchStream | None = None
        coded: dict[str, Any] = {}
        if self.method is not None and self.method.coding is not None:
            coded = {"coding": self.method.coding, "window": self.method.window}
        if self.validation is not None:
            held = BatchStream(
                self.validation, self.batch_size, self.preprocessing, shuffle=False, **coded
            )
        options = self.options
        stream = BatchStream(
            self.training, self.batch_size, self.preprocessing, self.augmentation, self.seed,
            **coded,
        )  # fmt: skip
        graph = self._graph()
        return TrainingRun(
            graph,
            stream,
            held,
            options,
            self.epochs,
            self.rates,
            {} if self.method is not None else self.bands,  # on spikes the network adds them
            self.rule,
            directory,
            1 if self.strategy is None else self.strategy.num_replicas_in_sync,
        )

    def _herding(self, method: Herding, directory: str | os.PathLike[str] | None) -> HerdingRun:
        held = self.validation
        streams = (
            BatchStream(self.training, 1, self.preprocessing, self.augmentation, self.seed),
            None if held is None else BatchStream(held, 1, self.preprocessing, shuffle=False),
        )
        return HerdingRun(
            self.architecture, streams[0], self.options, self.epochs, self.rates, self.rule,
            directory, method=method, validation=streams[1],
        )  # fmt: skip

    def _by_image(
        self, directory: str | os.PathLike[str] | None, callbacks: Sequence[Any]
    ) -> ArrayRun | None:
        """The run without NengoDL, where there is one; its weights are the same to rounding."""
        rate = self.optimizer._learning_rate
        of_keras = [each for each in callbacks if hasattr(each, "on_epoch_end")]
        others = (self.validation, self.bands, callable(rate), self.split.has_values, of_keras)
        neurons = self.architecture.neurons(self.neuron)
        if not suits(self.architecture, neurons, self.loss, others):
            return None
        rates = self.rates or [float(self.optimizer.learning_rate)] * self.epochs
        stream = BatchStream(self.training, 1, self.preprocessing, self.augmentation, self.seed)
        return ArrayRun(
            self.architecture, stream, self.options, self.epochs, rates, self.rule, directory,
            neurons=neurons,
        )  # fmt: skip

    def _graph(self) -> TrainingGraph | KerasGraph | SpikeGraph:
        if isinstance(self.method, SpikeBased):
            return build_spike_graph(
                self.architecture,
                self.neuron,
                self.method,
                self.seed,
                bands=self.bands,
            )
        if self.strategy is not None:
            return build_keras_graph(
                self.architecture,
                self.neuron,
                self.batch_size,
                seed=self.seed,
                rate_layers=self.bands,
            )
        return build_graph(
            self.architecture,
            self.neuron,
            seed=self.seed,
            rate_layers=self.bands,
            learning_rate=lambda: current_rate(self.optimizer),
        )


def _refuse_undivided(method: SpikeBased | Herding | None, layers: Architecture) -> None:
    """Refuse what cannot be shared out among devices."""
    if method is not None:
        raise TrainingError(
            f"strategy is of training in rates, and method is {type(method).__name__}; leave one "
            "of them out"
        )
    if has_arrays(layers):
        raise TrainingError(
            "strategy was given, but cross-point arrays are written pulse after pulse, image after "
            "image; leave it out, or train other weights"
        )


def _refuse_accumulated(method: SpikeBased, layers: Architecture) -> None:
    """Refuse what has no one error per neuron for the whole window."""
    normal = [la.name for la in layers.layers if isinstance(la, BatchNormalization)]
    if method.accumulated and normal:
        raise TrainingError(
            f"SpikeBased(accumulated=True) runs step by step, and {', '.join(normal)} normalises "
            "over all steps of the window at once; train without accumulated, or leave the "
            "normalisation out"
        )


def _refuse_few_bits(products: str, layers: Architecture, method: Any) -> None:
    """Refuse products in bfloat16 where something else multiplies."""
    if products != "float32" and (method is not None or has_arrays(layers)):
        what = "cross-point arrays" if method is None else f"method={type(method).__name__}"
        raise TrainingError(
            f"products is {products!r}, which is for training in rates, and here {what} "
            "multiplies; leave products out"
        )


def _stopping_rule(
    early_stopping: EarlyStopping | int | None, validation_split: float
) -> EarlyStopping | None:
    if early_stopping is None:
        return None
    if not validation_split:
        raise TrainingError("early_stopping needs validation images; give validation_split=0.1")
    if isinstance(early_stopping, EarlyStopping):
        return early_stopping
    return EarlyStopping(early_stopping)


def _preprocessing_record(preprocessing: Preprocessing) -> dict[str, Any]:
    header, arrays = preprocessing.to_arrays()
    return {**header, **{name: fingerprint(array) for name, array in arrays.items()}}
