"""What a layer is: its shapes, its arrays, its size, and how it is written to files."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, ClassVar

from ..errors import ValidationError
from ..support.checks import MOST_UNITS, Check, check_fields, checked, sizes, text
from .windows import reach

__all__ = ["Layer", "Pair", "Shape", "require_image"]


Shape = tuple[int, ...]

#: Rows and columns: an int or a pair when a layer is written, always a pair once it is built.
Pair = Any


@dataclasses.dataclass(frozen=True)
class Layer:
    """One step of an architecture. ``name`` is filled in by the `Architecture`.

    Parameters
    ----------
    name : str
        Name of the layer; the `Architecture` fills it in.
    """

    name: str = dataclasses.field(default="", kw_only=True)

    #: whether the layer has trained weights between neurons
    has_weights: ClassVar[bool] = False
    #: whether it is a population of neurons
    fires: ClassVar[bool] = False
    #: what to use in its place, of layers that are not linear and have no spikes; else empty
    instead: ClassVar[str] = ""
    #: what its name begins with where none is given; its class in small letters if empty
    stem: ClassVar[str] = ""
    #: what each of its fields may be
    allowed: ClassVar[Mapping[str, Check]] = {"name": text}

    def __post_init__(self) -> None:
        name = self.name if isinstance(self.name, str) and self.name else type(self).__name__
        check_fields(self, where=f"layer {name!r}: ", **self.allowed)

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """Shape after the layer for input of ``shape``; `ValidationError` if it does not fit.

        Parameters
        ----------
        shape : tuple of int
            Shape of the input, without the batch: ``(row, column, channel)`` or ``(unit,)``.
        """
        return shape

    @checked(shape=sizes)
    def arrays(self, shape: Shape) -> dict[str, Shape]:
        """Names and shapes of the arrays that it holds for input of ``shape``.

        Parameters
        ----------
        shape : tuple of int
            Shape of the input, without the batch: ``(row, column, channel)`` or ``(unit,)``.

        Returns
        -------
        dict of str to tuple of int
            Empty for a layer that is not trained. A ``kernel`` ends in the axis of its outputs.
        """
        return {}

    @property
    def reads(self) -> str:
        """Name of the earlier layer whose output it takes (or ``"input"``); else empty."""
        return ""

    @property
    def adds(self) -> str:
        """Name of the earlier layer whose output it adds to the current value; else empty."""
        return ""

    @property
    def constant(self) -> int:
        """What it adds to linear maps: nothing (0), one number for each channel (1), others (2)."""
        return int(getattr(self, "use_bias", False))

    @property
    def numbers(self) -> tuple[Any, ...]:
        """What training may have left in its fields, of layers that keep it there; else empty."""
        return ()

    def _joined(self, shape: Shape, source: Shape) -> Shape:
        """Shape after the layer, of the shape before it and that of the layer that it reads.

        Parameters
        ----------
        shape : tuple of int
            Shape of the value before it, without the batch.
        source : tuple of int
            Shape of what it reads; ``shape`` itself for a layer that reads no other.
        """
        return self.output_shape(shape)

    @checked(shape=sizes)
    def n_neurons(self, shape: Shape) -> int:
        """Number of neurons for input of ``shape``.

        Parameters
        ----------
        shape : tuple of int
            Shape of the input, without the batch: ``(row, column, channel)`` or ``(unit,)``.
        """
        return math.prod(shape) if self.fires else 0

    @checked(shape=sizes)
    def n_pooled(self, shape: Shape) -> int:
        """Inputs that it pools, for input of ``shape``.

        Parameters
        ----------
        shape : tuple of int
            Shape of the input, without the batch: ``(row, column, channel)`` or ``(unit,)``.
        """
        return 0

    @checked(shape=sizes)
    def n_weights(self, shape: Shape) -> int:
        """Number of trained weights (without biases) for input of ``shape``.

        Parameters
        ----------
        shape : tuple of int
            Shape of the input, without the batch: ``(row, column, channel)`` or ``(unit,)``.
        """
        return 0

    @checked(shape=sizes)
    def n_synapses(self, shape: Shape) -> int:
        """Connections with convolutions unrolled and padded edges counted, as the papers count.

        Parameters
        ----------
        shape : tuple of int
            Shape of the input, without the batch: ``(row, column, channel)`` or ``(unit,)``.
        """
        return 0

    def describe(self) -> str:
        """One short phrase for tables, e.g. ``"Conv2D 64 5x5 same"``."""
        return type(self).__name__

    def _options(self) -> dict[str, Any]:
        """Its fields, JSON-ready; `_from_options` turns them back."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    @classmethod
    def _from_options(cls, options: Mapping[str, Any]) -> Layer:
        """The layer with the fields that `_options` gave.

        Parameters
        ----------
        options : dict
            Fields by name, as they come out of JSON.
        """
        fields: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in options.items()
        }
        return cls(**fields)

    def _refuse(self, message: str) -> ValidationError:
        return ValidationError(f"layer {self.name or type(self).__name__!r}: {message}")


def require_image(
    layer: Layer,
    shape: Shape,
    window: tuple[int, int],
    padding: str,
    strides: tuple[int, int] = (1, 1),
) -> None:
    """Refuse input that is no image, smaller than the window, or far smaller than its padding.

    Parameters
    ----------
    layer : Layer
        The layer, which the message names.
    shape : tuple of int
        Shape of its input, without the batch.
    window : (int, int)
        Rows and columns of its window, in pixels.
    padding : {"valid", "same"}
        Whether windows stay inside the image.
    strides : (int, int)
        Steps between windows, in pixels.

    Raises
    ------
    ValidationError
    """
    if len(shape) != 3:
        raise layer._refuse(f"input has shape {shape}; expected an image (row, column, channel)")
    if padding == "valid" and (shape[0] < window[0] or shape[1] < window[1]):
        raise layer._refuse(
            f"window {window} does not fit into input {shape}; use padding='same' or pool less"
        )
    if max(*window, *strides) > MOST_UNITS:
        raise layer._refuse(
            f"window {window} and strides {strides}; expected at most {MOST_UNITS:,} each"
        )
    whole, most = reach(shape[:2], window, strides, padding)
    if whole > most:
        raise layer._refuse(
            f"window {window} with strides {strides} reaches over {whole:,} pixels, most of them "
            f"outside of the image of {shape[:2]}; expected at most {most:,}"
        )
