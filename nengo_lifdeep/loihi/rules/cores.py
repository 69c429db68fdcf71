"""Rules on cores and boards: axons, memory, how many there are.

Quoted texts are nengo-loihi 1.1's own.
"""

from __future__ import annotations

from ...support.words.counted import counted
from ..board import CORE_LIMITS, SYNAPSE_FORMATS
from ..draft import ChipLayer, Draft
from ..population_axons import PopulationAxons
from .told import Rule, Told, ends

__all__ = ["CORE_RULES"]


def layers_fit_onto_cores(draft: Draft) -> Told:
    """Upstream: "Input axons (5000) exceeded max (4096)", and so on for each limit."""
    for layer in draft.layers:
        if layer.cut is None:
            yield "error", layer.name, layer.lacking, _remedy(layer)
            continue
        broken: dict[str, int] = {}
        for use in layer.cores:
            for phrase in use.excess():
                broken[phrase] = broken.get(phrase, 0) + 1
        for phrase, n in broken.items():
            yield (
                "error", layer.name, f"{phrase} on {n} of {len(layer.cores)} cores",
                "omit blocks= so that the block is searched, or give a smaller one",
            )  # fmt: skip


def axons_of_16_bits_start_at_every_fourth_neuron(draft: Draft) -> Told:
    """Upstream: an AttributeError for "Pop16 axons must have all compartment bases modulo 4"."""
    if draft.pop_type != 16:
        return
    for layer in draft.layers:
        for connection, wiring in layer.into:
            if layer.cut is None or not isinstance(wiring, PopulationAxons):
                continue
            if any(wiring.unaligned(core) for core in layer.cut.cores()):
                yield (
                    "error", ends(connection),
                    f"{layer.cut.block[2]} channels per core, which is not a multiple of 4",
                    "use filters and channels per core in multiples of 4, or pop_type=32",
                )  # fmt: skip
            if wiring.source[2] > 32:
                yield (
                    "warning", ends(connection),
                    f"{wiring.source[2]} channels; more than 32 run in the emulator only",
                    "use pop_type=32 for the board",
                )  # fmt: skip


def cores_are_on_the_board(draft: Draft) -> Told:
    """Upstream: "The network needs more chips than requested"; the emulator never counts."""
    if draft.n_cores > draft.board.n_cores:
        yield (
            "error", draft.model.name,
            f"{counted(draft.n_cores, 'core')}; board {draft.board.name!r} has "
            f"{draft.board.n_cores}",
            "choose a larger board, or a network with fewer or smaller layers",
        )  # fmt: skip


def settings_of_a_core_are_few(draft: Draft) -> Told:
    """Upstream: asserted on the board only."""
    for layer in draft.layers:
        if len(layer.into) > SYNAPSE_FORMATS:
            yield (
                "error", layer.name,
                f"{len(layer.into)} connections; {SYNAPSE_FORMATS} synapse formats fit",
                "join connections",
            )  # fmt: skip


def _remedy(layer: ChipLayer) -> str:
    if "in axons" in layer.lacking:
        most = CORE_LIMITS["in_axons"]
        if any(isinstance(wiring, PopulationAxons) for _, wiring in layer.into):
            return "give the layer fewer input pixels: a stride, or pooling"
        return (
            f"every core needs one axon per neuron that sends spikes to it, and has {most:,}: "
            "use pooling with strides equal to its size (its axons are shared), smaller windows, "
            "fewer channels, or a narrower layer before it"
        )
    if "out axons" in layer.lacking:
        return "make the layer after it narrower, so that it takes fewer cores; or pop_type=16"
    return "use smaller kernels, fewer channels, or a stride"


CORE_RULES: tuple[Rule, ...] = (
    layers_fit_onto_cores, axons_of_16_bits_start_at_every_fourth_neuron, cores_are_on_the_board,
    settings_of_a_core_are_few,
)  # fmt: skip
