"""PyTorch modules as our architecture and weights, through PyTorch's own exporters to ONNX."""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import io
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...compat.requirements import import_optional
from ...datasets.base import Dataset, Split
from ...errors import UnsupportedLayerError, ValidationError
from ...inputs.preprocessing import Preprocessing
from ...models import TrainedModel
from ...support.checks import (
    checked,
    checked_names,
    flag,
    instance,
    optional,
    shown,
    text,
    word,
)
from ..onnx.model import network_of

__all__ = ["exported", "from_torch"]


@checked(
    preprocessing=optional(instance(Preprocessing)),
    classes=checked_names,
    max_pooling=word("keep", "average", "refuse"),
    output=optional(text),
    dynamo=optional(flag),
)
def from_torch(
    module: Any,
    example: Any,
    *,
    preprocessing: Preprocessing | None = None,
    classes: tuple[str, ...] = (),
    max_pooling: str = "keep",
    images: Split | Dataset | np.ndarray | None = None,
    output: str | None = None,
    dynamo: bool | None = None,
) -> TrainedModel:
    """A trained PyTorch module as a network of rectified linear neurons, weights included.

    The module is exported to ONNX in memory, in evaluation mode, and read by `from_onnx`: what is
    said there holds here. The module itself is left as it was.

    Parameters
    ----------
    module : torch.nn.Module
        Takes one tensor ``(batch, channel, row, column)``, ``(batch, channel, step)``, ``(batch,
        row, column)`` or ``(batch, features)``.
    example : torch.Tensor or array
        One or more inputs; their shape is that of the network's images.
    preprocessing : Preprocessing, optional
        From images in [0, 1] to what the module takes.
    classes : tuple of str
        Names of the classes; numbers by default.
    max_pooling : {"keep", "average", "refuse"}
        As for `from_keras`.
    images : Split, Dataset or (n, row, column, channel) array, optional
        As for `from_keras`.
    output : str, optional
        Name of the output in the export, of a module that has several.
    dynamo : bool, optional
        Which of PyTorch's exporters: ``torch.export`` (True) or TorchScript (False). By default
        the first, and the second where the first fails or `onnxscript` is missing.

    Returns
    -------
    TrainedModel

    Raises
    ------
    ValidationError
        If ``module`` is no module, or ``example`` no tensor with a batch axis.
    UnsupportedLayerError
        If PyTorch cannot export the module, or as `from_onnx`.
    MissingDependencyError
        If `torch` is not installed (extra ``torch``).

    Examples
    --------
    >>> import torch  # doctest: +SKIP
    >>> module = torch.nn.Sequential(
    ...     torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(),
    ...     torch.nn.Linear(8 * 26 * 26, 10),
    ... )  # doctest: +SKIP
    >>> net = from_torch(module, torch.zeros(1, 1, 28, 28))  # doctest: +SKIP
    """
    kind = type(module).__name__
    return network_of(
        exported(module, example, dynamo), kind, f"PyTorch module {kind!r}",
        preprocessing=preprocessing, classes=classes, max_pooling=max_pooling, images=images,
        output=output,
    )  # fmt: skip


def exported(module: Any, example: Any, dynamo: bool | None) -> Any:
    """A module as an ``onnx.ModelProto``.

    Parameters
    ----------
    module, example, dynamo
        As for `from_torch`.
    """
    torch = import_optional("torch")
    import_optional("onnx")
    if not isinstance(module, torch.nn.Module):
        raise ValidationError(
            f"module is {shown(module)}; expected a torch.nn.Module (of a checkpoint: build the "
            "module and load_state_dict into it)"
        )
    return _exported(torch, _in_float32(torch, module), _tensor(torch, example), dynamo)


def _in_float32(torch: Any, module: Any) -> Any:
    """The module, or a copy of one that computes in float64, float16 or bfloat16."""
    kinds = {part.dtype for part in (*module.parameters(), *module.buffers())}
    if not any(kind.is_floating_point and kind != torch.float32 for kind in kinds):
        return module
    return copy.deepcopy(module).float()


def _tensor(torch: Any, example: Any) -> Any:
    """One example as a tensor of float32."""
    try:
        tensor = torch.as_tensor(example)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValidationError(
            f"example is {shown(example)}; expected a tensor (batch, channel, row, column)"
        ) from error
    if tensor.ndim < 2 or tensor.numel() == 0:
        raise ValidationError(
            f"example has shape {tuple(tensor.shape)}; expected (batch, channel, row, column) or "
            "(batch, features): put an axis for the batch first, e.g. example[None]"
        )
    return tensor[:1].detach().float().cpu()


@contextlib.contextmanager
def _evaluating(torch: Any, module: Any) -> Iterator[None]:
    """The module in evaluation mode, and every part of it back in its own afterwards."""
    before = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with torch.no_grad(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            # a branch on values, of which tracing would keep the one that the example takes
            warnings.filterwarnings("error", message=".*to a Python boolean.*")
            yield
    finally:
        for part, training in before:
            part.training = training


def _exported(torch: Any, module: Any, tensor: Any, dynamo: bool | None) -> Any:
    """The module as an ``onnx.ModelProto``."""
    has_new = importlib.util.find_spec("onnxscript") is not None
    ways = [dynamo] if dynamo is not None else [True, False] if has_new else [False]
    where = next((p.device for p in module.parameters()), tensor.device)
    errors = []
    for new in ways:
        try:
            with _evaluating(torch, module):
                return _export(torch, module, tensor.to(where), new)
        except Exception as error:  # what the exporters raise is of no one kind
            errors.append(_cause(error))
    raise UnsupportedLayerError(
        f"PyTorch cannot export {type(module).__name__} for an input of shape "
        f"{tuple(tensor.shape)}: {'; '.join(errors)}. Try torch.onnx.export(module, (example,), "
        "'model.onnx') yourself, whose report says more"
    )


def _cause(error: BaseException) -> str:
    """What went wrong first, in one line: exporters put errors of their own around it."""
    found = error
    while (before := found.__cause__ or found.__context__) is not None:
        found = before
    if "Python boolean" in str(found):
        return (
            "it branches on the values of a tensor, of which an export would keep one way: decide "
            "by shapes or options instead"
        )
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(found)).strip().splitlines() or [repr(found)]
    return lines[0] if len(lines[0]) < 300 else f"{lines[0][:300]} ..."


def _export(torch: Any, module: Any, tensor: Any, new: bool) -> Any:
    onnx = import_optional("onnx")
    if new:
        return torch.onnx.export(module, (tensor,), dynamo=True, verbose=False).model_proto
    file = io.BytesIO()
    torch.onnx.export(module, (tensor,), file, dynamo=False)
    return onnx.load_model_from_string(file.getvalue())
