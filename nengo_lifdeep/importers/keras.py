"""Keras models (keras 3 or tf_keras, whichever the object is of) as our architecture and weights.

Neither framework is imported here: the model brings its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..architecture import Architecture
from ..errors import DataError, UnsupportedLayerError, ValidationError
from ..layers import Layer, Neurons
from ..models import TrainedModel
from ..preprocessing import Preprocessing
from .keras_chain import KerasLayer, chain
from .keras_layers import translate
from .keras_weights import read_weights

__all__ = ["architecture_from_keras", "from_keras", "weights_from_keras"]


def from_keras(
    model: Any, *, preprocessing: Preprocessing | None = None, classes: tuple[str, ...] = ()
) -> TrainedModel:
    """A trained Keras model as a network of rectified linear neurons, weights included.

    It can be evaluated in rates, converted without training, or trained on as SoftLIF through
    ``train(net.architecture, ..., initial_weights=net.weights)``. Converted neurons integrate and
    fire at their activation in Hz, which is slow: ``convert(net, scale_firing_rates=200)``.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        As for `architecture_from_keras`.
    preprocessing : Preprocessing, optional
        From images in [0, 1] to what the model takes, e.g. ``Preprocessing(scale=255.0)`` for a
        model of pixels from 0 to 255.
    classes : tuple of str
        Names of the classes; numbers by default.

    Raises
    ------
    UnsupportedLayerError, ValidationError, DataError
        As `architecture_from_keras` and `weights_from_keras`.

    Examples
    --------
    >>> import keras  # doctest: +SKIP
    >>> model = keras.models.load_model("mine.keras")  # doctest: +SKIP
    >>> spiking = convert(from_keras(model), scale_firing_rates=200)  # doctest: +SKIP
    """
    import nengo

    architecture, weights = architecture_from_keras(model), weights_from_keras(model)
    named = classes or tuple(map(str, range(architecture.output_shape[-1])))
    return TrainedModel(
        architecture,
        weights,
        nengo.RectifiedLinear(),
        preprocessing or Preprocessing(),
        named,
        provenance={"imported from": f"Keras model {model.name!r}"},
    )


def architecture_from_keras(model: Any) -> Architecture:
    """The architecture of a Keras model.

    Conv2D, DepthwiseConv2D, SeparableConv2D (as one kernel), Dense, AveragePooling2D,
    GlobalAveragePooling2D, Flatten, Dropout, BatchNormalization and (tf_keras)
    LocallyConnected2D are taken over; every ReLU, be it an
    ``activation=`` or a layer, becomes `Neurons`; a final softmax is dropped.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        Sequential, or Functional from one input to one output without branches.

    Returns
    -------
    Architecture
        Named as the model; its layers are named by position (``conv1``, ``neurons1``, ...).

    Raises
    ------
    UnsupportedLayerError
        If a layer, an option of one, or the way they are connected has no counterpart. The
        message gives the layer's name and position and what to use instead.
    ValidationError
        If ``model`` is no Keras model or its input shape is not fixed.

    Examples
    --------
    >>> import keras  # doctest: +SKIP
    >>> model = keras.Sequential([
    ...     keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, activation="relu"),
    ...     keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax"),
    ... ])  # doctest: +SKIP
    >>> [layer.name for layer in architecture_from_keras(model).layers]  # doctest: +SKIP
    ['conv1', 'neurons1', 'flatten1', 'dense1']
    """
    return _translate(model)[0]


def weights_from_keras(model: Any) -> dict[str, dict[str, np.ndarray]]:
    """The weights of a Keras model, by the layer names of `architecture_from_keras`.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        As for `architecture_from_keras`.

    Returns
    -------
    dict of dict of float32 arrays
        Conv2D ``kernel`` (row, column, input channel, filter) and ``bias`` (filter,);
        LocallyConnected2D ``kernel`` (output row, output column, row x column x input channel,
        filter) and ``bias`` (output row, output column, filter); Dense ``kernel`` (input, unit)
        and ``bias`` (unit,); BatchNormalization ``gamma``, ``beta``, ``moving_mean``,
        ``moving_variance`` (channel,). A layer without a bias has no ``bias``.

    Raises
    ------
    UnsupportedLayerError, ValidationError
        As `architecture_from_keras`.
    DataError
        If a weight is NaN or infinite.
    """
    architecture, origins = _translate(model)
    weights = {}
    for layer, shape in zip(architecture.layers, architecture.layer_inputs(), strict=True):
        keras = origins.get(layer.name)
        arrays = {} if keras is None else read_weights(keras, layer, shape)
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                raise DataError(
                    f"Keras {keras}: its {name} has values that are NaN or infinite; the model did "
                    "not train. Train it again with a smaller learning rate"
                )
        if arrays:
            weights[layer.name] = arrays
    return weights


def _translate(model: Any) -> tuple[Architecture, dict[str, KerasLayer]]:
    """The architecture, and the Keras layer that each named layer comes from."""
    input_shape, keras_layers = chain(model)
    layers: list[Layer] = []
    origins: list[KerasLayer] = []
    shape = input_shape
    for keras in keras_layers:
        try:
            translated = translate(keras, shape, last=keras is keras_layers[-1])
            for layer in translated:
                shape = layer.output_shape(shape)
        except ValidationError as error:
            raise keras.refuse(str(error)) from error
        layers += translated
        origins += [keras] * len(translated)
    _check_activations(layers, origins)
    try:
        architecture = Architecture(input_shape, tuple(layers), model.name)
    except ValidationError as error:
        raise UnsupportedLayerError(f"Keras model {model.name!r}: {error}") from error
    names = [layer.name for layer in architecture.layers]
    return architecture, dict(zip(names, origins, strict=True))


def _check_activations(layers: list[Layer], origins: list[KerasLayer]) -> None:
    """Refuse linear stacks and misplaced normalisation in Keras's own words and positions."""
    waiting: KerasLayer | None = None  # layer with weights whose activation has not come yet
    previous: Layer | None = None
    for layer, keras in zip(layers, origins, strict=True):
        if layer.has_weights and waiting is not None:
            raise keras.refuse(
                f"no activation stands between it and {waiting}; give the earlier one "
                "activation='relu', or merge the two"
            )
        if type(layer).__name__ == "BatchNormalization" and not (previous and previous.has_weights):
            raise keras.refuse(
                "it must stand directly behind a layer with weights and before its activation, as "
                "in Conv2D(...), BatchNormalization(), ReLU()"
            )
        if isinstance(layer, Neurons):
            if waiting is None:
                raise keras.refuse("an activation needs a layer with weights in front of it")
            waiting = None
        waiting = keras if layer.has_weights else waiting
        previous = layer
    if waiting is None:
        raise UnsupportedLayerError(
            f"Keras {origins[-1]}: the model must end with a Dense layer (the read-out) with "
            "softmax or no activation"
            if origins
            else "the Keras model has no layers that could be imported"
        )
