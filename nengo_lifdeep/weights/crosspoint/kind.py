"""Cross-point arrays as the weights of a layer."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import ValidationError
from ...support.checks import instance, whole
from ...support.checks import seed as a_seed
from ..kind import Sizes, WeightKind
from .device import Device, Tables
from .pulses import Pulses
from .reads import Read

__all__ = ["CrossPoint"]

_PARTS: dict[str, type] = {"device": Device, "forward": Read, "backward": Read, "pulses": Pulses}


@dataclasses.dataclass(frozen=True)
class CrossPoint(WeightKind):
    """Weights in an array of resistive devices, which computes all three products of training.

    Forward read, transposed read and the update by coincidences of pulses go through the array
    (Gokmen, Onen & Haensch 2017); a bias is one more row, whose input is 1, and a convolution is
    one read for each patch. Trained by plain "sgd", whose learning rate is the pulses'.

    Parameters
    ----------
    device : Device
        Steps, bounds, and how much devices differ.
    forward : Read
        Noise, bound, converters and management of the read of the inputs.
    backward : Read
        Those of the read of the errors.
    pulses : Pulses
        Length of the pulse trains, and management of the update.
    per_weight : int
        Devices of every weight. They get the same pulses, and the mean of their reads is taken.
    seed : int
        Of the devices' differences. One kind for a network has another one in each layer.

    Examples
    --------
    >>> CrossPoint.managed().describe()
    'cross-point array, managed, 1 slot'

    References
    ----------
    T. Gokmen, M. Onen and W. Haensch (2017), "Training Deep Convolutional Neural Networks with
    Resistive Cross-Point Devices", Frontiers in Neuroscience 11:538, arXiv 1705.08014.
    """

    device: Device = Device()
    forward: Read = Read()
    backward: Read = Read()
    pulses: Pulses = Pulses()
    per_weight: int = 1
    seed: int = 0

    allowed = {
        **{name: instance(part) for name, part in _PARTS.items()},
        "per_weight": whole(1, 1000),
        "seed": a_seed,
    }
    everywhere = True
    layers = ("Dense", "Conv2D")

    @classmethod
    def managed(cls, length: int | None = 1, **fields: Any) -> CrossPoint:
        """With all three rules: noise on the way back, bound forwards, and update management.

        Parameters
        ----------
        length : int or None
            Slots of a pulse train.
        **fields
            As of `CrossPoint`, in place of what the rules would give.
        """
        usual: dict[str, Any] = {
            "forward": Read(bound_management=True),
            "backward": Read(noise_management=True),
            "pulses": Pulses(length, management=True),
        }
        return cls(**(usual | fields))

    def unfit(self, layer: Any) -> str:
        """Why it cannot be the weights of a layer; empty if it can.

        Parameters
        ----------
        layer : Layer
            The layer.
        """
        if getattr(layer, "groups", 1) != 1:
            return "groups need an array each; use weights of cross-point arrays with groups=1"
        return super().unfit(layer)

    def at(self, position: int) -> CrossPoint:
        """The same with devices of its own.

        Parameters
        ----------
        position : int
            Number of the layer.
        """
        return dataclasses.replace(self, seed=self.seed + position)

    def sizes(self, arrays: Sizes) -> Sizes:
        """With several devices per weight ``deviations (device, input, output)`` from their mean.

        Parameters
        ----------
        arrays : dict of str to tuple of int
            Shapes of kernel and bias.
        """
        if self.per_weight == 1:
            return arrays
        return {**arrays, "deviations": (self.per_weight, *_matrix(arrays))}

    def tables(self, rows: int, columns: int) -> Tables:
        """The devices of an array.

        Parameters
        ----------
        rows : int
            Inputs, that of a bias included.
        columns : int
            Outputs.
        """
        return self.device.tables((self.per_weight, rows, columns), self.seed)

    def as_array(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """The weights of all devices, ``(device, input, output)``, of a layer's arrays.

        Parameters
        ----------
        arrays : dict of str to array
            Kernel, bias and deviations.
        """
        kernel = arrays["kernel"]
        parts = [kernel.reshape(-1, kernel.shape[-1])]
        if "bias" in arrays:
            parts.append(arrays["bias"][np.newaxis])
        mean = np.concatenate(parts)[np.newaxis]
        return mean + arrays["deviations"] if "deviations" in arrays else mean

    def from_array(
        self, devices: np.ndarray, like: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """A layer's arrays, of the weights of all devices.

        Parameters
        ----------
        devices : (device, input, output) array
            The weights.
        like : dict of str to array
            Arrays of the same names and shapes.
        """
        mean = devices[0] if len(devices) == 1 else devices.mean(axis=0)
        n = mean.shape[0] - ("bias" in like)
        parts = {"kernel": mean[:n].reshape(like["kernel"].shape)}
        if "bias" in like:
            parts["bias"] = mean[n]
        if "deviations" in like:
            parts["deviations"] = devices - mean
        return {name: parts[name].astype(np.float32) for name in like}

    def held(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The weights within their devices' bounds.

        Parameters
        ----------
        arrays : dict of str to array
            Kernel, bias and deviations.
        """
        devices = self.as_array(arrays)
        tables = self.tables(*devices.shape[1:])
        # a mean and its deviations add up to float32's rounding
        near = 1e-6 * (self.per_weight > 1)
        if ((devices >= tables.low - near) & (devices <= tables.high + near)).all():
            return dict(arrays)
        return self.from_array(np.clip(devices, tables.low, tables.high), arrays)

    def start(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """As `held`: no array can be given weights beyond its bounds.

        Parameters
        ----------
        arrays : dict of str to array
            Kernel, bias and deviations.
        """
        return self.held(arrays)

    def describe(self) -> str:
        """The rules, slots and devices, e.g. ``"cross-point array, managed, 1 slot"``."""
        rules = {
            "NM": self.backward.noise_management or self.forward.noise_management,
            "BM": self.forward.bound_management or self.backward.bound_management,
            "UM": self.pulses.management,
        }
        used = [name for name, on in rules.items() if on]
        words = ["cross-point array"]
        words += ["managed"] if len(used) == len(rules) else [" + ".join(used)] if used else []
        slots = self.pulses.length
        words.append("ideal update" if slots is None else f"{slots} slot{'s' * (slots != 1)}")
        words += [f"{self.per_weight} devices per weight"] if self.per_weight > 1 else []
        return ", ".join(words)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; `types.weights_from_dict` turns it back."""
        return {"kind": type(self).__name__, **dataclasses.asdict(self)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> CrossPoint:
        """The kind with these fields, as they come out of JSON.

        Parameters
        ----------
        fields : dict
            As in `to_dict`, without ``kind``.
        """
        made = dict(fields)
        for name, part in _PARTS.items():
            if name in made:
                if not isinstance(made[name], Mapping):
                    raise ValidationError(f"weights CrossPoint: {name} is no description")
                made[name] = part(**made[name])
        return cls(**made)


def _matrix(arrays: Sizes) -> tuple[int, int]:
    """Inputs, that of a bias included, and outputs of an array."""
    kernel = arrays["kernel"]
    return math.prod(kernel[:-1]) + ("bias" in arrays), kernel[-1]
