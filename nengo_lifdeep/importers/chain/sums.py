"""Residual sums: one path with weights of its own, every other one as a Shortcut."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import BatchNormalization, Dropout, Shape, Shortcut
from ...stages.grouping import full_kernel
from ..folding.kernels import Kernel, summed
from ..folding.layers import Affine, Windows
from ..folding.region import folded, single
from ..folding.steps import Scaled, Step, by_channel
from .graph import Graph, Node
from .placed import Placed

__all__ = ["Path", "sum_of_paths", "without_bias"]


class Walk(Protocol):
    """What is asked of a walk through a graph."""

    graph: Graph

    def ancestors(self, name: str) -> set[str]:
        """Names of all nodes that lead to a node."""

    def fires(self, name: str) -> bool:
        """Whether the values of a node are what neurons gave."""

    def shape(self, name: str) -> Shape:
        """Shape of one image after a node."""


@dataclasses.dataclass(eq=False)
class Path:
    """Linear layers from one source.

    Parameters
    ----------
    source : str
        Neurons, a concatenation or the input.
    entries : list of Placed
        In order.
    sums : list of Node
        Sums that it is a side of, the last one first.
    """

    source: str
    entries: list[Placed]
    sums: list[Node] = dataclasses.field(default_factory=list)


def without_bias(entries: list[Placed]) -> list[Placed]:
    """The same layers without what they add, for all paths of a sum but one.

    Parameters
    ----------
    entries : list of Placed
        Linear layers after the sum.
    """
    made = []
    for entry in entries:
        layer: Any = entry.layer
        arrays = {name: a for name, a in entry.arrays.items() if name != "bias"}
        if isinstance(layer, BatchNormalization):
            scale = arrays["gamma"] / np.sqrt(arrays["moving_variance"] + layer.epsilon)
            layer, arrays = Affine(), {"scale": scale, "shift": np.zeros_like(scale)}
        elif isinstance(layer, Affine):
            arrays = {**arrays, "shift": np.zeros(1)}
        elif hasattr(layer, "use_bias"):
            layer = dataclasses.replace(layer, use_bias=False)
        made.append(dataclasses.replace(entry, layer=layer, arrays=arrays))
    return made


def sum_of_paths(paths: list[Path], chain: Walk, *, is_last: bool) -> tuple[list[Placed], str]:
    """The layers of the path that goes on, Shortcuts for the others, and where it goes on.

    Parameters
    ----------
    paths : list of Path
        What is added up.
    chain : Walk
        Who comes before whom.
    is_last : bool
        Whether the sum is the output.

    Raises
    ------
    UnsupportedLayerError
        If more than one path has weights that are no 1 x 1 convolution, or one that is added
        comes from no neurons.
    """
    node = paths[0].sums[-1]
    if is_last:
        raise UnsupportedLayerError(
            f"{node.where}: a sum cannot be the read-out; put an activation and Dense after it"
        )
    by_source: dict[str, list[Path]] = {}
    for path in paths:
        by_source.setdefault(path.source, []).append(path)
    mains = [s for s in by_source if all(o == s or o in chain.ancestors(s) for o in by_source)]
    if not mains:
        raise UnsupportedLayerError(
            f"{node.where}: adds {' and '.join(map(repr, by_source))}, which stand beside each "
            "other; one side of a sum must come after the other, or concatenate the two"
        )
    (main,) = mains
    shape = chain.shape(main)
    entries = _common(by_source[main], shape, node)
    for source, own in by_source.items():
        if source != main:
            entries.append(_shortcut(own, source, chain, node))
    return entries, main


def _common(paths: list[Path], shape: Shape, node: Node) -> list[Placed]:
    """The paths of one source as one."""
    if len(paths) == 1:
        return folded(paths[0].entries, shape, node.where, is_last=False)
    step = _added(paths, shape, node)
    what: Any = step.what
    layer = Windows(what.kernel.shape[3], what.kernel.shape[:2], what.strides, what.pads)
    arrays = {"kernel": what.kernel, "bias": what.bias}
    entry = Placed(layer, arrays, node.where, node.name)
    return folded([entry], shape, node.where, is_last=False)


def _added(paths: list[Path], shape: Shape, node: Node) -> Step:
    """Several convolutions of the same image as one."""
    total: Kernel | None = None
    for path in paths:
        kernel = _kernel(single(path.entries, shape), shape)
        if kernel is None:
            raise UnsupportedLayerError(
                f"{node.where}: adds two paths from the same layer, which are not both convolutions"
            )
        total = kernel if total is None else summed(total, kernel)
        if total is None:
            raise UnsupportedLayerError(f"{node.where}: adds convolutions with other strides")
    assert total is not None
    return Step(total, Placed(Windows(), {}, node.where, node.name), shape)


def _kernel(steps: list[Step], shape: Shape) -> Kernel | None:
    """One convolution, or None if the steps are something else."""
    if not steps and len(shape) == 3:
        channels = shape[2]
        return Kernel(np.ones((1, 1, 1, channels)), np.zeros(channels), groups=channels)
    what = steps[0].what if len(steps) == 1 else None
    if isinstance(what, Kernel):
        return what
    if isinstance(what, Scaled) and len(shape) == 3:
        scale, shift = by_channel(what.scale, shape), by_channel(what.shift, shape)
        if scale is not None and shift is not None:
            return Kernel(scale[None, None, None], shift, groups=shape[2])
    return None


def _shortcut(paths: list[Path], source: str, chain: Walk, node: Node) -> Placed:
    """What is added to the path that goes on."""
    if source == chain.graph.input_name:
        raise UnsupportedLayerError(
            f"{node.where}: adds the image itself; put neurons between the image and the sum"
        )
    if not chain.fires(source):
        raise UnsupportedLayerError(
            f"{node.where}: adds the branches {source!r}, which end in no neurons; put ReLUs "
            "before the concatenation"
        )
    shape = chain.shape(source)
    entries = [e for path in paths for e in path.entries if not isinstance(e.layer, Dropout)]
    if not entries:
        if len(paths) > 1:
            raise UnsupportedLayerError(f"{node.where}: adds {source!r} twice; multiply it by 2")
        return Placed(Shortcut("?"), {}, node.where, node.name, source)
    kernel = _added(paths, shape, node).what if len(paths) > 1 else _kernel(
        single(entries, shape), shape
    )  # fmt: skip
    if (
        not isinstance(kernel, Kernel)
        or kernel.kernel.shape[:2] != (1, 1)
        or any(map(any, kernel.pads))
    ):
        kinds = ", ".join(dict.fromkeys(e.layer.describe() for e in entries))
        raise UnsupportedLayerError(
            f"{node.where}: adds {source!r} through {kinds}; the side that does not go on can be "
            "the output of earlier neurons as it is, or through one 1 x 1 convolution (and its "
            "BatchNormalization). The activation comes after the sum"
        )
    arrays = {
        "kernel": full_kernel(kernel.kernel, kernel.groups).astype(np.float32),
        "bias": kernel.bias.astype(np.float32),
    }
    layer = Shortcut("?", kernel.kernel.shape[3], kernel.strides)
    return Placed(layer, arrays, node.where, node.name, source)
