"""ONNX models (exported from PyTorch and others) as our architecture and weights.

ONNX images are ``(channel, row, column)``; ours are ``(row, column, channel)``. Kernels are
transposed, and dense weights after a flattened image permuted, so that the network takes our
images and gives the same scores.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ...compat.requirements import import_optional
from ...datasets.base import Dataset, Split
from ...errors import ModelFileError, UnsupportedLayerError, ValidationError
from ...inputs.preprocessing import Preprocessing
from ...models import TrainedModel
from ...support.checks import checked, checked_names, instance, optional, shown, text, word
from ..chain.assemble import assemble
from ..chain.graph import Graph
from ..chain.trained import as_trained, finite, looked_at, pixels_taken
from ..maxima.cost import Original, with_cost
from ..naming import called
from ..one_output import one_output
from .advice import MAXIMA
from .constants import Constants
from .ends import check_order, ends, entry, needed, takes_bytes
from .operation import Operation
from .ordering import finish
from .original import in_onnx
from .translations.layers import TRANSLATE
from .translator import Translator
from .weights import Weights

__all__ = ["from_onnx", "network_of", "read_file", "read_onnx"]

#: operator sets that were tried
_OPSETS = range(7, 29)


@checked(
    preprocessing=optional(instance(Preprocessing)),
    classes=checked_names,
    max_pooling=word("keep", "average", "refuse"),
    output=optional(text),
)
def from_onnx(
    model: Any,
    *,
    preprocessing: Preprocessing | None = None,
    classes: tuple[str, ...] = (),
    max_pooling: str = "keep",
    images: Split | Dataset | np.ndarray | None = None,
    output: str | None = None,
) -> TrainedModel:
    """A trained ONNX model as a network of rectified linear neurons, weights included.

    Convolutions and dense layers, normalisation, pooling, padding and arithmetic with constants
    between neurons become one layer with weights where that is exact. Relu, LeakyRelu, PRelu, Clip
    and HardSigmoid become neurons (all but Relu two each), sums residual sums, and concatenations
    layers side by side. Transpose, Reshape and their like are followed and leave no trace;
    arithmetic with constants right after the input becomes the preprocessing; a final Softmax or
    LogSoftmax is dropped, a final Sigmoid of one unit becomes two scores, 0 and its logit. PyTorch
    modules are read by `from_torch` directly.

    Parameters
    ----------
    model : path-like or onnx.ModelProto
        One input of shape ``(batch, channel, row, column)``, ``(batch, channel, step)``, ``(batch,
        row, column)`` or ``(batch, features)``. Weights may lie in files beside the model's.
    preprocessing : Preprocessing, optional
        From images in [0, 1] to what the model takes.
    classes : tuple of str
        Names of the classes; numbers by default.
    max_pooling : {"keep", "average", "refuse"}
        As for `from_keras`; LRN is always kept.
    images : Split, Dataset or (n, row, column, channel) array, optional
        As for `from_keras`.
    output : str, optional
        Name of the output, of a model that has several.

    Returns
    -------
    TrainedModel

    Raises
    ------
    ModelFileError
        If the file is damaged, of another kind, or its weights are stored in other files.
    UnsupportedLayerError
        If an operation, or how operations are connected, has no counterpart; it names the node.
    DataError
        If a weight is NaN or infinite.
    MissingDependencyError
        If `onnx` is not installed (extra ``onnx``).

    Examples
    --------
    >>> spiking = convert(from_onnx("model.onnx"), scale_firing_rates=200)  # doctest: +SKIP
    """
    if not isinstance(model, str | os.PathLike):
        return network_of(
            model, "model", "ONNX model 'model'", preprocessing=preprocessing, classes=classes,
            max_pooling=max_pooling, images=images, output=output,
        )  # fmt: skip
    path = Path(model)
    return network_of(
        read_file(path), path.name, f"ONNX model {path.name!r}", preprocessing=preprocessing,
        classes=classes, max_pooling=max_pooling, images=images, output=output,
        folder=path.absolute().parent,
    )  # fmt: skip


def network_of(
    proto: Any,
    name: str,
    origin: str,
    *,
    preprocessing: Preprocessing | None,
    classes: tuple[str, ...],
    max_pooling: str,
    images: Split | Dataset | np.ndarray | None,
    output: str | None,
    folder: Path | None = None,
) -> TrainedModel:
    """A trained network of a model in memory.

    Parameters
    ----------
    proto : onnx.ModelProto
        The model.
    name, origin : str
        How errors and the provenance call it.
    preprocessing, classes, max_pooling, images, output
        As for `from_onnx`.
    folder : Path, optional
        Where files with its weights lie.
    """
    network, original = read_onnx(
        proto, name, origin, output, folder,
        preprocessing=preprocessing, classes=classes, max_pooling=max_pooling,
    )  # fmt: skip
    return looked_at(with_cost(network, original, images), images)


def read_onnx(
    proto: Any,
    name: str,
    origin: str,
    output: str | None,
    folder: Path | None,
    *,
    preprocessing: Preprocessing | None,
    classes: tuple[str, ...],
    max_pooling: str,
) -> tuple[TrainedModel, Original | None]:
    """A model in memory as a network; and as it was trained, if max pooling was replaced.

    Parameters
    ----------
    proto, name, origin, output, folder, preprocessing, classes, max_pooling
        As for `network_of`.
    """
    opset = _check(proto, name)
    graph = proto.graph
    check_order(graph, name)
    reader = Weights(name, folder)
    if graph.sparse_initializer:
        raise UnsupportedLayerError(f"ONNX model {name!r} has sparse weights; save dense ones")
    weights = {tensor.name: reader.array(tensor) for tensor in graph.initializer}
    names = [value.name for value in graph.output]
    chosen = one_output(names, output, f"ONNX model {name!r}", "from_onnx")
    nodes = needed(graph, chosen)
    operations = [Operation.of(node, i) for i, node in nodes]
    input_name, batch, view = entry(graph, operations, weights, name)
    if preprocessing is None and takes_bytes(graph, input_name):
        preprocessing = Preprocessing(scale=255.0)
    constants = Constants(weights, opset)
    translator = Translator(input_name, view, batch, constants, chosen, max_pooling, TRANSLATE)
    translator.ends = ends(operations, chosen)
    for operation in operations:
        translator.add(operation)
    if chosen not in translator.made:
        raise UnsupportedLayerError(
            f"ONNX model {name!r}: its output {chosen!r} does not come from its input"
        )
    finish(translator, operations[-1])
    built = Graph(
        called(graph.name, name), input_name, translator.input_shape, translator.made,
        translator.output, translator.is_sigmoid,
    )  # fmt: skip
    imported = finite(assemble(built))
    network = as_trained(imported, preprocessing, classes, origin)
    pools = tuple(op.name or op.output for op in operations if op.kind in MAXIMA)
    if not pools or max_pooling != "average":
        return network, None
    before = pixels_taken(imported, preprocessing)
    run = in_onnx(
        proto, [node for _, node in nodes], weights, (input_name, batch, view), chosen, before
    )
    return network, Original(pools, run)


def read_file(path: str | os.PathLike[str]) -> Any:
    """The model in a file, its weights beside it not read.

    Parameters
    ----------
    path : path-like
        The file.

    Raises
    ------
    ModelFileError
        If there is none, or it is damaged.
    """
    onnx = import_optional("onnx")
    path = Path(path)
    if not path.is_file():
        raise ModelFileError(f"there is no file {path}")
    try:
        return onnx.load_model(path, load_external_data=False)
    except Exception as error:  # protobuf raises its own kinds
        raise ModelFileError(f"{path} is damaged, or no ONNX file: {error}") from error


def _check(proto: Any, name: str) -> int:
    """The operator set of a model that can be read."""
    onnx = import_optional("onnx")
    if not isinstance(proto, onnx.ModelProto):
        raise ValidationError(
            f"model is {shown(proto)}, which is no ONNX model; expected a path or onnx.ModelProto "
            "(of bytes: onnx.load_model_from_string)"
        )
    if not proto.graph.node:
        raise ModelFileError(f"{name} is damaged, or no ONNX file: it holds no operation")
    if proto.functions:
        raise UnsupportedLayerError(
            f"ONNX model {name!r} has functions of its own; export it with "
            "torch.onnx.export(..., export_modules_as_functions=False), or inline them with "
            "onnx.inliner.inline_local_functions"
        )
    versions = [o.version for o in proto.opset_import if o.domain in ("", "ai.onnx")]
    if not versions or versions[0] not in _OPSETS:
        raise UnsupportedLayerError(
            f"ONNX model {name!r} is of operator set {versions}; {_OPSETS[0]} to {_OPSETS[-1]} are "
            "known. Export it again with opset_version=17"
        )
    return int(versions[0])
