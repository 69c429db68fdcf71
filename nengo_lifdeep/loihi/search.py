"""Choose how every layer is cut into cores, from the last to the first.

The output axons of a core depend on the cut of the next layer, so the next layer is cut first. A
layer that leads back to itself has those of the cut that is tried. One that leads back to a layer
before it is cut before that one's cut is known, so all layers are cut again until nothing changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import DeploymentError, ValidationError
from ..models import Connection, SpikingModel
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

#: wiring and cut of the layers that hear a layer; None for the layer itself, however it is cut
Readers = list[tuple[Wiring, Cut | None]]

#: times that all layers are cut at most, where some lead back
_ROUNDS = 4


def cut_layers(
    model: SpikingModel,
    *,
    objective: str = "cores",
    pop_type: int = 32,
    blocks: Mapping[str, Any] | None = None,
    dt: float = 0.001,
    weight_bits: int = 8,
) -> tuple[ChipLayer, ...]:
    """All populations on the chip, cut.

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
    names = [p.name for p in model.on_chip]
    if set(given) - set(names):
        raise ValidationError(
            f"blocks names {sorted(set(given) - set(names))}; layers on the chip are {names}"
        )
    wires = {
        id(c): wiring_of(c.stages[-1], pop_type, weight_bits)
        for c in model.connections
        if c.pre != "input" and c.post in names
    }
    links = [(c, wires[id(c)]) for c in model.connections if id(c) in wires]
    place = {name: i for i, name in enumerate(names)}
    # spikes that lead back to the host take no axons
    back = any(c.pre in place and place[c.pre] > place[c.post] for c, _ in links)
    found: dict[str, ChipLayer] = {}
    for _ in range(_ROUNDS if back else 1):
        before = {name: layer.cut for name, layer in found.items()}
        for population in reversed(model.on_chip):
            name = population.name
            layer = ChipLayer(population, tuple(link for link in links if link[0].post == name))
            readers = _readers(name, links, found)
            found[name] = _cut(layer, readers, objective, given.get(name), dt)
        if before == {name: layer.cut for name, layer in found.items()}:
            break
    if back:  # counted with the cuts that were chosen last, whatever a search has seen
        found |= {name: _counted(found[name], _readers(name, links, found)) for name in names}
    return tuple(found[name] for name in names)


def _readers(
    name: str, links: list[tuple[Connection, Wiring]], found: Mapping[str, ChipLayer]
) -> Readers:
    """Who hears a layer, as far as the others are cut."""
    own: Readers = [(wiring, None) for c, wiring in links if c.pre == c.post == name]
    others = [(wiring, found[c.post].cut) for c, wiring in links
              if c.pre == name != c.post and c.post in found]  # fmt: skip
    return own + [(wiring, cut) for wiring, cut in others if cut is not None]


def _cut(layer: ChipLayer, readers: Readers, objective: str, block: Any, dt: float) -> ChipLayer:
    shape = as_image(layer.population.shape)
    if block is not None:
        try:
            return _finished(layer, Cut(shape, _as_block(block, layer)), readers, dt)
        except DeploymentError as error:
            return dataclasses.replace(layer, lacking=str(error))
    others: Readers = [(wiring, cut) for wiring, cut in readers if cut is not None]
    least = _first_excess(layer, Cut(shape, (1, 1, 1)), others, n_cores=1)
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
    out = sum(
        wiring.out_axons(core, cut, cut if after is None else after) for wiring, after in readers
    )
    return CoreUse(core.n_neurons, sum(n for n, _ in ins), out, sum(bits for _, bits in ins))


def _finished(layer: ChipLayer, cut: Cut, readers: Readers, dt: float) -> ChipLayer:
    layer = _counted(dataclasses.replace(layer, cut=cut), readers)
    return dataclasses.replace(layer, numbers=_numbers(layer, cut, list(cut.cores()), dt))


def _counted(layer: ChipLayer, readers: Readers) -> ChipLayer:
    """With what every core needs, if it is cut."""
    cut = layer.cut
    if cut is None:
        return layer
    uses = tuple(_use(layer, cut, core, readers, exact=True) for core in cut.cores())
    return dataclasses.replace(layer, cores=uses)


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
