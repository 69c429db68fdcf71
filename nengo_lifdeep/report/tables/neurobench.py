"""A table of evaluations under NeuroBench's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...records import Evaluation, ValueEvaluation
from ...records.outputs.neurobench import LABEL
from ...support.checks import checked, each, instance
from .grid import Column, Grid

__all__ = ["neurobench_table"]

_COLUMNS = (
    Column("simulator", "simulator"),
    Column("footprint", "Footprint [bytes]", ",d"),
    Column("connection_sparsity", "ConnectionSparsity", ".4f"),
    Column("activation_sparsity", "ActivationSparsity", ".4f"),
    Column("effective_acs", "Effective_ACs", ",.0f"),
    Column("effective_macs", "Effective_MACs", ",.0f"),
    Column("effective_macs_once", "the same, first layer once", ",.0f"),
    Column("dense", "Dense", ",.0f"),
)


@checked(evaluations=each(instance(Evaluation, ValueEvaluation), "evaluations"))
def neurobench_table(evaluations: Sequence[Evaluation | ValueEvaluation]) -> Grid:
    """One row per evaluation: what its harness would print, per image.

    Parameters
    ----------
    evaluations : sequence of Evaluation or ValueEvaluation
        With counted operations.

    Raises
    ------
    ValidationError
        If operations were not counted.
    """
    rows = []
    for evaluation in evaluations:
        found = evaluation.neurobench()
        each_step: dict[str, Any] = found["SynapticOperations"]
        once = found["SynapticOperations, first layer once"]
        rows.append(
            {
                "simulator": evaluation.simulator,
                "footprint": int(found["Footprint"]),
                "connection_sparsity": found["ConnectionSparsity"],
                "activation_sparsity": found["ActivationSparsity"],
                "effective_acs": each_step["Effective_ACs"],
                "effective_macs": each_step["Effective_MACs"],
                "effective_macs_once": once["Effective_MACs"],
                "dense": each_step["Dense"],
            }
        )
    return Grid(f"NeuroBench ({LABEL})", _COLUMNS, tuple(rows))
