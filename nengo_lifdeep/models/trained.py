"""A network trained in rates, as an inert value."""

from __future__ import annotations

import copy
import dataclasses
import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nengo
import numpy as np

from ..errors import ValidationError
from ..inputs.preprocessing import Preprocessing
from ..inputs.recommended import Recommended
from ..layers.architecture import Architecture
from ..layers.types import Shape
from ..neurons.counterparts import hard_counterpart
from ..neurons.parameters import neuron_from_dict, neuron_to_dict
from ..support.arrays.owned_arrays import ReadOnlyDict
from ..support.checks import (
    check_fields,
    checked,
    checked_names,
    function,
    instance,
    shown,
    word,
)
from ..support.checks.arrays import checked_numbers, plain_array
from ..support.files import damage_reported, grouped, read_record, write_record
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from ..weights.fingerprints import weights_fingerprint, with_members
from .normalization import without_normalization
from .two_scores import with_two_scores

__all__ = ["TrainedModel"]


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedModel:
    """A network trained in rates.

    A layer's output is the current ``J`` of the neurons after it: gain and threshold bias are
    already part of kernel and bias. The last layer's output is the class scores.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    weights : dict of dict of array
        Layer name -> array name -> array, float32; shapes as `Layer.arrays` says. The arrays are
        copied, unless nobody else can write to them, and cannot be changed.
    neuron : nengo.neurons.NeuronType
        The rate neuron after every hidden layer, of the layers of `Neurons` that have none of
        their own.
    preprocessing : Preprocessing
        From images in [0, 1] to network input.
    classes : tuple of str
        Names of the classes.
    history : dict
        What training recorded, one list per quantity.
    provenance : dict
        Versions, seed, options and data that led to the weights.

    Raises
    ------
    ValidationError
        If an array is missing, unknown, of a wrong shape, not finite, or holds no real numbers, or
        another field is of another kind.
    """

    architecture: Architecture
    weights: Mapping[str, Mapping[str, np.ndarray]]
    neuron: nengo.neurons.NeuronType
    preprocessing: Preprocessing = dataclasses.field(default_factory=Preprocessing)
    classes: tuple[str, ...] = ()
    history: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    provenance: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        arch = self.architecture
        if not isinstance(arch, Architecture):
            raise ValidationError(f"architecture is {shown(arch)}; expected an Architecture")
        if not isinstance(self.weights, Mapping) or not all(
            isinstance(arrays, Mapping) for arrays in self.weights.values()
        ):
            raise ValidationError("weights are no dict (layer name -> dict (array name -> array))")
        given = {(la, k) for la, arrays in self.weights.items() for k in arrays}
        checked: dict[str, dict[str, np.ndarray]] = {}
        for layer, shape in zip(arch.layers, arch.layer_inputs(), strict=True):
            for name, expected in layer.arrays(shape).items():
                given.discard((layer.name, name))
                checked.setdefault(layer.name, {})[name] = _checked(
                    self.weights, layer.name, name, expected
                )
        if given:
            raise ValidationError(f"weights for no layer of {arch.name!r}: {sorted(given)}")
        if not isinstance(self.neuron, nengo.neurons.NeuronType):
            raise ValidationError(
                f"neuron is {shown(self.neuron)}; expected a nengo.neurons.NeuronType, "
                "e.g. SoftLIF()"
            )
        set_field = functools.partial(object.__setattr__, self)
        set_field("weights", ReadOnlyDict({k: ReadOnlyDict(v) for k, v in checked.items()}))
        check_fields(
            self,
            preprocessing=instance(Preprocessing),
            classes=checked_names,
            history=_history,
            provenance=instance(Mapping),
        )
        for name in ("history", "provenance"):
            set_field(name, ReadOnlyDict(copy.deepcopy(dict(getattr(self, name)))))

    @property
    def neurons(self) -> dict[str, nengo.neurons.NeuronType]:
        """The neuron of every layer of neurons, by its name, in order."""
        return self.architecture.neurons(self.neuron)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Short name for the weights, by which trainings of one architecture are told apart.

        The same for the same numbers in every file, under every name of the network and with every
        neuron. Kernels count with 16 bits, as `save` may write them: a file of these is the same
        network. Factors and shifts of `Scale` layers count; where there are such layers, a second
        part after a hyphen names them.

        Examples
        --------
        >>> from nengo_lifdeep import pretrained
        >>> pretrained.load("digits-compact").fingerprint
        'f1d2f90a28a65a60'
        """
        return weights_fingerprint(self.weights, self.architecture.layers)

    @checked(change=function)
    def with_neurons(
        self, change: Callable[[nengo.neurons.NeuronType], nengo.neurons.NeuronType]
    ) -> TrainedModel:
        """The same weights with ``change(neuron)`` in place of every neuron.

        `Recommended` settings stay where the rate curves do, up to smoothing and noise: they were
        measured with these neurons.

        Parameters
        ----------
        change : callable
            Takes a neuron and returns its replacement.

        Examples
        --------
        >>> from nengo_lifdeep import pretrained
        >>> from nengo_lifdeep.neurons import hard_counterpart
        >>> hard = pretrained.load("digits-compact").with_neurons(hard_counterpart)
        >>> {type(neuron).__name__ for neuron in hard.neurons.values()}
        {'LIFRate'}
        """
        changed = dataclasses.replace(
            self,
            architecture=self.architecture.with_neurons(change),
            neuron=change(self.neuron),
        )
        if _curves(changed) == _curves(self):
            return changed
        return dataclasses.replace(changed, provenance=Recommended.removed(self.provenance))

    def without_normalization(self) -> TrainedModel:
        """The same function without BatchNormalization: folded into the kernel and bias before it.

        One that nothing before it can take becomes a `Scale` by channel.

        Examples
        --------
        >>> from nengo_lifdeep import pretrained
        >>> pretrained.load("digits-compact").without_normalization().architecture.name
        'digits-compact'
        """
        architecture, weights = without_normalization(self.architecture, self.weights)
        origin = with_members(self.provenance, weights, architecture.layers)
        return dataclasses.replace(
            self, architecture=architecture, weights=weights, provenance=origin
        )

    def with_two_scores(self) -> TrainedModel:
        """The network with the scores (0, x) of two classes where it gives one number x.

        For one output whose sigmoid is the probability of class 1; the softmax of (0, x) is that
        same probability. A network of one output that `train` was given two classes for has been
        widened already.

        Raises
        ------
        ValidationError
            If it does not end in one number that no neurons give.

        Examples
        --------
        >>> from nengo_lifdeep.training.random_features import untrained
        >>> untrained("breast-cancer-dense").with_two_scores().architecture.output_shape
        (2,)
        """
        architecture, weights = with_two_scores(self.architecture, self.weights)
        classes = self.classes if len(self.classes) == 2 else ()
        return dataclasses.replace(
            self, architecture=architecture, weights=weights, classes=classes
        )

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        counts, history = self.architecture.counts(), self.history
        layers = ", ".join(la.describe() for la in self.architecture.layers if la.has_weights)
        accuracy = history.get("val_accuracy") or history.get("accuracy")
        return html_card(
            f"{self.architecture.name}, trained in rates",
            [
                ("input", " x ".join(map(str, self.architecture.input_shape))),
                ("layers", layers),
                (
                    "size",
                    f"{counted(counts.neurons, 'neuron')}, {counted(counts.weights, 'weight')}",
                ),
                ("neuron", ", ".join(sorted({repr(n) for n in self.neurons.values()}))),
                ("classes", len(self.classes) or None),
                ("last epoch", f"{100 * accuracy[-1]:.1f} % right" if accuracy else None),
            ],
        )

    @checked(dtype=word("float32", "float16"))
    def save(self, path: str | os.PathLike[str], *, dtype: str = "float32") -> Path:
        """Write one file, atomically. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        dtype : {"float32", "float16"}
            Type of the kernels in the file: float16 takes half the room and rounds them to 11
            bits. Biases and normalisation, which hold the neurons' thresholds, stay as they are.

        Raises
        ------
        ValidationError
            If a kernel is too large for float16, or its layer has weights of another kind than
            floats, whose values float16 would move.
        """
        kinds = self.architecture.weight_kinds
        if dtype == "float16" and kinds:
            raise ValidationError(
                f"layers {', '.join(kinds)} have weights of another kind than floats, which "
                "dtype='float16' would move; save them with dtype='float32'"
            )
        preprocessing, mean = self.preprocessing.to_arrays()
        header = {
            "architecture": self.architecture.to_dict(),
            "neuron": neuron_to_dict(self.neuron),
            "preprocessing": preprocessing,
            "classes": list(self.classes),
            "history": dict(self.history),
            "provenance": dict(self.provenance),
        }
        arrays = {
            f"{la}/{k}": _in_half(v, la) if dtype == "float16" and k == "kernel" else v
            for la, group in self.weights.items()
            for k, v in group.items()
        }
        arrays.update({f"preprocessing/{k}": v for k, v in mean.items()})
        return write_record(path, "TrainedModel", header, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> TrainedModel:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header, arrays = read_record(path, "TrainedModel")
        with damage_reported(path):
            groups = grouped(arrays)
            preprocessing = Preprocessing.from_arrays(
                header["preprocessing"], groups.pop("preprocessing", {})
            )
            return cls(
                Architecture.from_dict(header["architecture"]),
                groups,
                neuron_from_dict(header["neuron"]),
                preprocessing,
                tuple(header["classes"]),
                header["history"],
                header["provenance"],
            )


def _in_half(kernel: np.ndarray, layer: str) -> np.ndarray:
    """A kernel in float16."""
    most = float(np.finfo(np.float16).max)
    largest = float(np.abs(kernel).max(initial=0))
    if largest > most:
        raise ValidationError(
            f"layer {layer!r}: the kernel holds {largest:g}, and float16 at most {most:g}; save it "
            "with dtype='float32'"
        )
    return kernel.astype(np.float16)


def _history(value: Any, what: str) -> Any:
    """Check of what training recorded."""
    if not isinstance(value, Mapping) or not all(map(_are_numbers, value.values())):
        raise ValidationError(f"{what} is no dict (name of a quantity -> list of numbers)")
    return value


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(
        isinstance(value, int | float | np.number) for value in values
    )


def _checked(
    weights: Mapping[str, Mapping[str, np.ndarray]], layer: str, name: str, expected: Shape
) -> np.ndarray:
    array = weights.get(layer, {}).get(name)
    if array is None:
        raise ValidationError(f"layer {layer!r}: its {name} {expected} is missing from the weights")
    given = plain_array(array, f"layer {layer!r}: {name}")
    if given.shape != expected:
        raise ValidationError(
            f"layer {layer!r}: {name} has shape {given.shape}; the architecture needs {expected}"
        )
    if given.dtype.kind == "f" and not np.isfinite(given).all():
        raise ValidationError(
            f"layer {layer!r}: {name} holds NaN or infinity; training diverged. Train with a "
            "smaller learning rate"
        )
    return checked_numbers(array, f"layer {layer!r}: {name}")


def _curves(trained: TrainedModel) -> list[nengo.neurons.NeuronType]:
    """The rate neurons with a hard threshold, layer by layer."""
    return [hard_counterpart(neuron) for neuron in trained.neurons.values()]
