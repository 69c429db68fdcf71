"""Choose how every layer is cut into cores, from the last to the first.

The output axons of a core depend on the cut of the next layer, so the next layer is cut first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import DeploymentError, ValidationError
from ..models import SpikingModel
from ..support.checks import is_whole, shown
from ..support.words.counted import counted
from .cut import Core, Cut, as_image, candidate_cuts
from .draft import ChipLayer, CoreUse
from .memory import WEIGHT_BITS
from .number_range import NumberRange, number_range
from .population_axons import PopulationAxons
from .wiring import Wiring, wiring_of

__all__ = ["OBJECTIVES", "cut_layers"]

#: what a search may make least
OBJECTIVES = ("cores", "traffic")

#: wiring and cut of the layers after a layer
Readers = list[tuple[Wiring, Cut]]


def cut_layers(
    model: SpikingModel,
    *,
    objective: str = "cores",
    pop_type: int = 32,
    blocks: Mapping[str, Any] | None = None,
    dt: float = 0.001,
    weight_bits: int = 8,
) -> tuple[ChipLayer, ...]:
    """All populations but the first, cut.

    Parameters
    ----------
    model : SpikingModel
        In the chip's stages: one per connection between populations.
    objective : {"cores", "traffic"}
        Fewest cores, or fewest cores that a spike must be delivered to.
    pop_type : {32, 16}
        Format of the axons of convolutions.
    blocks : dict of str to tuple or int, optional
        Blocks for some layers, instead of a search; they are taken even if they do not fit.
    dt : float
        Step in seconds.
    weight_bits : int
        Bits per weight, sign included.

    Raises
    ------
    ValidationError
        If the objective or the format is unknown, or a block names no layer on the chip.
    """
    if objective not in OBJECTIVES:
        raise ValidationError(
            f"objective is {objective!r}; expected one of {', '.join(OBJECTIVES)}"
        )
    if pop_type not in (16, 32):
        raise ValidationError(f"pop_type is {pop_type!r}; expected 16 or 32")
    if weight_bits not in WEIGHT_BITS:
        widths = ", ".join(map(str, WEIGHT_BITS))
        raise ValidationError(f"weight_bits is {weight_bits!r}; expected one of {widths}")
    given = dict(blocks or {})
    names = [p.name for p in model.populations[1:]]
    if set(given) - set(names):
        raise ValidationError(
            f"blocks names {sorted(set(given) - set(names))}; layers on the chip are {names}"
        )
    wires = {
        id(c): wiring_of(c.stages[-1], pop_type, weight_bits)
        for c in model.connections
        if c.pre != "input" and c.post in names
    }
    found: dict[str, ChipLayer] = {}
    for population in reversed(model.populations[1:]):
        # pixels on the chip are refused by a rule
        into = tuple((c, wires[id(c)]) for c in model.connections
                     if c.post == population.name and id(c) in wires)  # fmt: skip
        layer = ChipLayer(population, into)
        readers: Readers = [
            (wires[id(c)], cut)
            for c in model.connections
            if c.pre == population.name
            and c.post in found
            and (cut := found[c.post].cut) is not None
        ]
        found[population.name] = _cut(layer, readers, objective, given.get(population.name), dt)
    return tuple(found[name] for name in names)


def _cut(layer: ChipLayer, readers: Readers, objective: str, block: Any, dt: float) -> ChipLayer:
    shape = as_image(layer.population.shape)
    if block is not None:
        try:
            return _finished(layer, Cut(shape, _as_block(block, layer)), readers, dt)
        except DeploymentError as error:
            return dataclasses.replace(layer, lacking=str(error))
    least = _first_excess(layer, Cut(shape, (1, 1, 1)), readers, n_cores=1)
    if least:  # a single neuron on a core is too much: no cut can help
        return dataclasses.replace(layer, lacking=f"one neuron alone: {'; '.join(least)}")
    best: tuple[tuple[float, float], Cut] | None = None
    closest: tuple[int, list[str]] | None = None
    for cut in candidate_cuts(shape):
        cost = _cost(layer, cut, objective)
        if best is not None and cost >= best[0]:
            continue
        excess = _first_excess(layer, cut, readers)
        if not excess:
            best = cost, cut
            if objective == "cores":
                break
        elif closest is None or len(excess) <= closest[0]:
            closest = len(excess), excess
    if best is None:
        lacking = "; ".join(closest[1]) if closest else "no cut has at most 1,024 neurons per core"
        return dataclasses.replace(layer, lacking=f"{shape} fits in no cut; the closest: {lacking}")
    return _finished(layer, best[1], readers, dt)


def _as_block(block: Any, layer: ChipLayer) -> tuple[int, int, int]:
    shape = layer.population.shape
    given = block if isinstance(block, tuple | list | np.ndarray) else (block,)
    if len(given) != len(shape) or not all(is_whole(n) for n in given):
        form = "(rows, columns, channels)" if len(shape) == 3 else "a number of units"
        raise DeploymentError(
            f"block {shown(block)} was given for the shape {shape}; expected "
            f"{counted(len(shape), 'whole number')}, {form}"
        )
    return as_image(tuple(int(n) for n in given))


def _cost(layer: ChipLayer, cut: Cut, objective: str) -> tuple[float, float]:
    if objective == "cores":
        return float(cut.n_cores), 0.0
    spikes = sum(wiring.n_sources * wiring.deliveries(cut) for _, wiring in layer.into)
    return spikes, float(cut.n_cores)


def _first_excess(
    layer: ChipLayer, cut: Cut, readers: Readers, n_cores: int | None = None
) -> list[str]:
    """What the first core that is too full lacks; nothing if all fit.

    Cores from the middle of the image on: those at the border hear fewer pixels.
    """
    cores = list(cut.cores())
    middle = len(cores) // 2
    for core in [*cores[middle:], *cores[:middle]][:n_cores]:
        excess = _use(layer, cut, core, readers, exact=False).excess()
        if excess:
            return excess
    return []


def _use(layer: ChipLayer, cut: Cut, core: Core, readers: Readers, exact: bool) -> CoreUse:
    ins = [wiring.use(cut, core, exact) for _, wiring in layer.into]
    out = sum(wiring.out_axons(core, cut, after) for wiring, after in readers)
    return CoreUse(core.n_neurons, sum(n for n, _ in ins), out, sum(bits for _, bits in ins))


def _finished(layer: ChipLayer, cut: Cut, readers: Readers, dt: float) -> ChipLayer:
    layer = dataclasses.replace(layer, cut=cut)
    cores = list(cut.cores())
    uses = tuple(_use(layer, cut, core, readers, exact=True) for core in cores)
    return dataclasses.replace(layer, cores=uses, numbers=_numbers(layer, cut, cores, dt))


def _numbers(
    layer: ChipLayer, cut: Cut, cores: list[Core], dt: float
) -> tuple[NumberRange | str, ...]:
    """Integers of every core; cores with the same weights and largest bias share them."""
    made: dict[Any, NumberRange | str] = {}
    found = []
    for core in cores:
        bias = layer.bias(core)
        shared = [w.taps(core) if isinstance(w, PopulationAxons) else core for _, w in layer.into]
        key = (core.channels, *shared, float(abs(bias).max(initial=0)))
        if key not in made:
            weights = [wiring.weights(cut, core) for _, wiring in layer.into]
            try:
                made[key] = number_range(weights, bias, layer.tau_s, layer.population.neuron, dt)
            except DeploymentError as error:
                made[key] = str(error)
        found.append(made[key])
    return tuple(found)
