"""What the neurons of a layer look for: their weights as pictures."""

from __future__ import annotations

import numpy as np

from ..errors import ValidationError
from ..models import SpikingModel
from .showing import tiled

__all__ = ["filtered", "filters"]


def filtered(model: SpikingModel) -> tuple[str, ...]:
    """Names of the populations whose weights are pictures: windows of an image, or the whole.

    Parameters
    ----------
    model : SpikingModel
        The network.

    Examples
    --------
    >>> from nengo_lifdeep import convert, pretrained
    >>> filtered(convert(pretrained.load("digits-compact")))
    ('neurons1', 'neurons2', 'neurons3')
    """
    return tuple(p.name for p in model.populations if _kernel(model, p.name) is not None)


def filters(model: SpikingModel, name: str) -> np.ndarray:
    """The strongest 16 filters of a population, side by side, in [-1, 1].

    Parameters
    ----------
    model : SpikingModel
        The network.
    name : str
        One of `filtered`.

    Returns
    -------
    (row, column) array
        Means over the channels that they read, divided by the largest; zeros between filters.

    Raises
    ------
    ValidationError
        If the weights of that population are no pictures.

    Examples
    --------
    >>> from nengo_lifdeep import convert, pretrained
    >>> filters(convert(pretrained.load("digits-compact")), "neurons1").shape
    (7, 31)
    """
    kernel = _kernel(model, name)
    if kernel is None:
        raise ValidationError(
            f"the weights of {name!r} are no pictures; expected one of {', '.join(filtered(model))}"
        )
    means = kernel.mean(axis=2)
    picture = tiled(means, np.abs(means))
    return picture / (np.abs(picture).max() or 1.0)


def _kernel(model: SpikingModel, name: str) -> np.ndarray | None:
    """Weights to a population, (row, column, channel, filter); None if they are no pictures."""
    shapes = {"input": model.input_shape, **{p.name: p.shape for p in model.populations}}
    for connection in model.connections:
        if connection.post != name:
            continue
        shape = shapes[connection.pre]
        for stage in connection.stages:
            kernel = getattr(stage, "kernel", None)
            if isinstance(kernel, np.ndarray) and kernel.ndim == 4:
                return kernel if min(kernel.shape[:2]) > 1 else None
            matrix = getattr(stage, "matrix", None)
            if isinstance(matrix, np.ndarray) and len(shape) == 3 and min(shape[:2]) > 1:
                return matrix.reshape(*shape, -1)
            shape = stage.output_shape
    return None
