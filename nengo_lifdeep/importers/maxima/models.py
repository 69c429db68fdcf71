"""`pooling_cost` of models of Keras, ONNX and PyTorch."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets.base import Dataset, Split
from ...errors import ValidationError
from ...inputs.preprocessing import Preprocessing
from ...models import TrainedModel
from ...support.checks import checked, instance, optional, text
from ..keras.model import read_keras
from ..onnx.model import read_file, read_onnx
from ..torch.module import exported
from .cost import Original, PoolingCost, measured

__all__ = ["pooling_cost"]


@checked(
    images=instance(Split, Dataset, np.ndarray),
    preprocessing=optional(instance(Preprocessing)),
    output=optional(text),
)
def pooling_cost(
    model: Any,
    images: Split | Dataset | np.ndarray,
    *,
    preprocessing: Preprocessing | None = None,
    output: str | None = None,
) -> PoolingCost:
    """What ``max_pooling="average"`` costs: errors of a model as it is, and as it is imported.

    The model runs in its own framework: Keras, onnxruntime, or ONNX's reference evaluator where
    onnxruntime is not installed (much slower). After two minutes the rest of the images is left
    out, and the result says how many were used. The same is measured on up to 500 images when
    ``from_keras``, ``from_onnx`` or ``from_torch`` get ``images=``, and is a warning then.

    Parameters
    ----------
    model : keras.Model, tf_keras.Model, onnx.ModelProto, torch.nn.Module or path-like
        A trained model with max pooling, or its ``.keras``, ``.h5`` or ``.onnx`` file. A PyTorch
        module takes ``(batch, channel, row, column)``.
    images : Split, Dataset or (n, row, column, channel) array
        What is measured on; of a data set the test images. Without labels there are no errors, and
        only the same answers are counted.
    preprocessing : Preprocessing, optional
        As for `from_keras`.
    output : str, optional
        Name of the output, of a model that has several.

    Returns
    -------
    PoolingCost

    Raises
    ------
    ValidationError
        If the model has no max pooling.
    LifdeepError
        If the model cannot be imported or run, or the images do not fit it.

    Examples
    --------
    >>> print(pooling_cost("mine.keras", data.test))  # doctest: +SKIP
    error 8.80 % with max pooling (95 %: 6.62 to 11.61), 35.20 % with averages (31.14 to 39.48), \
the same answer to 66.4 % of 500 images
    """
    network, original = _read(model, images, preprocessing, output)
    if original is None:
        raise ValidationError(
            f"{network.provenance['imported from']} has no max pooling; nothing is replaced, and "
            "nothing to measure"
        )
    return measured(network, original, images)


def _read(
    model: Any, images: Any, preprocessing: Preprocessing | None, output: str | None
) -> tuple[TrainedModel, Original | None]:
    how: dict[str, Any] = {
        "preprocessing": preprocessing, "classes": (), "max_pooling": "average",
    }  # fmt: skip
    if isinstance(model, str | os.PathLike) and Path(model).suffix.lower() == ".onnx":
        path = Path(model)
        folder = path.absolute().parent
        return read_onnx(
            read_file(path), path.name, f"ONNX model {path.name!r}", output, folder, **how
        )
    if type(model).__name__ == "ModelProto":
        return read_onnx(model, "model", "ONNX model 'model'", output, None, **how)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        one = images.test if isinstance(images, Dataset) else images
        one = one.unit_images(slice(1)) if isinstance(one, Split) else one[:1]
        proto = exported(model, np.moveaxis(np.asarray(one, np.float32), -1, 1), None)
        return read_onnx(
            proto,
            type(model).__name__,
            f"PyTorch module {type(model).__name__!r}",
            output,
            None,
            **how,
        )
    return read_keras(model, output=output, **how)
