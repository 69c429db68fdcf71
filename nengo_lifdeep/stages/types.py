"""Every linear stage by its name, as files store it.

Every stage maps ``(batch, *input_shape)`` to ``(batch, *output_shape)``. Their NumPy arithmetic is
the readable truth; `nengo_lifdeep.exporters.nengo` spells the same stages in Nengo.
"""

from __future__ import annotations

from .averages import AveragePool
from .dense import DenseMatrix, Elementwise
from .kernels import Convolution, LocalWindows
from .placement import Placement
from .sparse import SparseMatrix
from .stage import Stage, apply_stages
from .upsampling import Upsample

__all__ = [
    "STAGE_TYPES",
    "AveragePool",
    "Convolution",
    "DenseMatrix",
    "Elementwise",
    "LocalWindows",
    "Placement",
    "SparseMatrix",
    "Stage",
    "Upsample",
    "apply_stages",
]

STAGE_TYPES: dict[str, type[Stage]] = {
    cls.__name__: cls
    for cls in (
        Convolution,
        LocalWindows,
        AveragePool,
        DenseMatrix,
        Elementwise,
        SparseMatrix,
        Placement,
        Upsample,
    )
}
