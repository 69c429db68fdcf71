"""What leads from one population of a spiking network to the next."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

import nengo
import numpy as np

from ..errors import ValidationError
from ..layers.types import Shape
from ..neurons.synapses import synapse_from_dict, synapse_to_dict
from ..stages.nonlinear import NONLINEAR_STAGES
from ..stages.types import STAGE_TYPES, Stage
from ..support.short_repr import short_repr

__all__ = ["Connection", "longest_way"]


@dataclasses.dataclass(frozen=True, eq=False)
class Connection:
    """Linear stages from one population (or ``"input"``) to the next (or ``"output"``).

    Parameters
    ----------
    pre, post : str
        Names of populations, ``"input"`` or ``"output"``.
    stages : tuple of Stage
        Applied in this order.
    synapse : nengo.synapses.Synapse or None
        Filter of the spikes on this connection: alpha or lowpass. `nengo.Simulator` runs any
        other too; files cannot hold it.

    Raises
    ------
    ValidationError
        If a field is of another kind, or there is no stage.
    """

    pre: str
    post: str
    stages: tuple[Stage, ...]
    synapse: nengo.synapses.Synapse | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        where = f"connection {self.pre!r} -> {self.post!r}:"
        stages = self.stages
        if not isinstance(stages, tuple) or not all(isinstance(s, Stage) for s in stages):
            raise ValidationError(f"{where} stages are {stages!r}; expected a tuple of stages")
        if not stages:
            raise ValidationError(f"{where} there is no stage; expected one or more")
        if not isinstance(self.synapse, nengo.synapses.Synapse | None):
            raise ValidationError(
                f"{where} synapse is {self.synapse!r}; expected a nengo.synapses.Synapse or None"
            )
        tau = getattr(self.synapse, "tau", 0.0)
        if not (np.isfinite(tau) and tau >= 0):
            raise ValidationError(f"{where} synapse has time constant {tau} s; expected >= 0")

    def check_shapes(self, shapes: Mapping[str, Shape]) -> None:
        """Whether it leads from one population of a network to another, and its stages fit.

        Parameters
        ----------
        shapes : dict of str to tuple of int
            Shapes of the populations, of ``"input"`` and of ``"output"``.

        Raises
        ------
        ValidationError
            If an end is missing, or shapes do not fit together; it names the connection.
        """
        where = f"connection {self.pre!r} -> {self.post!r}"
        for end, other in ((self.pre, "output"), (self.post, "input")):
            if end not in shapes:
                raise ValidationError(f"{where}: there is no population {end!r}")
            if end == other:
                raise ValidationError(
                    f"{where}: expected from 'input' or a population, to 'output'"
                )
        shape = shapes[self.pre]
        for stage in self.stages:
            if math.prod(stage.input_shape) != math.prod(shape):
                raise ValidationError(
                    f"{where}: {type(stage).__name__} takes {stage.input_shape}, but gets {shape}"
                )
            shape = stage.output_shape
        if math.prod(shape) != math.prod(shapes[self.post]):
            raise ValidationError(
                f"{where}: ends in shape {shape}, but {self.post!r} has {shapes[self.post]}"
            )

    def to_header(self, key: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
        """What a file says of it; its arrays are put into ``arrays``.

        Parameters
        ----------
        key : str
            What the names of its arrays begin with.
        arrays : dict of str to array
            Arrays of the file by their names.

        Raises
        ------
        ConversionError
            If its synapse is neither alpha nor lowpass nor none.
        """
        stages = []
        for i, stage in enumerate(self.stages):
            stages.append({"type": type(stage).__name__, **stage.options()})
            arrays.update({f"{key}/{i}.{name}": getattr(stage, name) for name in stage.arrays})
        return {
            "pre": self.pre,
            "post": self.post,
            "stages": stages,
            "synapse": synapse_to_dict(self.synapse, f"connection {self.pre!r} -> {self.post!r}"),
        }

    @classmethod
    def from_header(cls, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Connection:
        """The connection that a file describes.

        Parameters
        ----------
        header : dict
            As `to_header` gave it.
        arrays : dict of str to array
            Its arrays, by name.
        """
        stages: list[Stage] = []
        for i, entry in enumerate(header["stages"]):
            kind = {**STAGE_TYPES, **NONLINEAR_STAGES}[entry["type"]]
            options = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
            del options["type"]
            options.update({name: arrays[f"{i}.{name}"] for name in kind.arrays})
            stages.append(kind(**options))
        synapse = synapse_from_dict(header["synapse"])
        return cls(header["pre"], header["post"], tuple(stages), synapse)


def longest_way(connections: Iterable[Connection], pre: str) -> int:
    """How many connections the longest way from a population to the output has; 0 without a way.

    In whatever order the connections are. Those that lead back to a population that the way has
    passed are left out.

    Parameters
    ----------
    connections : iterable of Connection
        All of a network.
    pre : str
        Name of the population.

    Examples
    --------
    >>> from nengo_lifdeep.stages.types import DenseMatrix
    >>> same = (DenseMatrix((2,), np.eye(2, dtype=np.float32)),)
    >>> ends = [("b", "output"), ("a", "b"), ("b", "a"), ("a", "output")]
    >>> longest_way([Connection(pre, post, same) for pre, post in ends], "a")
    2
    """
    after: dict[str, list[str]] = {}
    for connection in connections:
        after.setdefault(connection.pre, []).append(connection.post)
    nowhere = -math.inf
    known: dict[str, float] = {"output": 0}
    passed, left = [pre], {pre: list(after.get(pre, ()))}  # depth first, of any depth
    while passed:
        name = passed[-1]
        if left[name]:
            post = left[name].pop()
            if post not in known and post not in left:
                passed.append(post)
                left[post] = list(after.get(post, ()))
        else:
            onward = (1 + known.get(post, nowhere) for post in after.get(name, ()))
            known[name] = max(onward, default=nowhere)
            passed.pop()
    return int(max(known[pre], 0))
