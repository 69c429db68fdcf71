"""Networks inside a larger model onto Loihi: what NengoLoihi is told while it builds the model.

The populations of each network that read its input stay on the host and turn numbers into spikes,
the others are cut into cores as the plan says, and the scores are on the host again. The
connections are the plan's while NengoLoihi builds; afterwards the model is as its author wrote it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any, Protocol

import nengo
import numpy as np

from ..compat.contexts import nengo_defaults
from ..errors import DeploymentError, ValidationError
from ..loihi.board import Board
from ..loihi.matching import require_same_network
from ..loihi.plan import Plan, make_plan
from ..models import SpikingModel
from ..models.times import check_times
from ..support.checks import instance
from .wires import Wires, wire

__all__ = ["ChipPart", "placed_on_chip"]


class ChipPart(Protocol):
    """A network that holds a model: `nengo_lifdeep.exporters.nengo.SpikingNetwork`."""

    model: SpikingModel
    plan: Plan | None
    wires: Wires
    layers: dict[str, nengo.Ensemble]
    output: nengo.Node
    config: Any
    connections: list[nengo.Connection]
    nodes: list[nengo.Node]

    @property
    def ends(self) -> dict[str, Any]:
        """What its connections join."""


@contextmanager
def placed_on_chip(
    world: nengo.Network, builder_model: Any, nengo_loihi: ModuleType, parts: Sequence[Any]
) -> Iterator[None]:
    """Tell NengoLoihi where the parts of networks belong, for the length of a build.

    Parameters
    ----------
    world : nengo.Network
        What is built.
    builder_model : nengo_loihi.builder.Model
        What it is built into.
    nengo_loihi : module
        NengoLoihi.
    parts : sequence of SpikingNetwork
        The networks in it.

    Raises
    ------
    DeploymentError
        If a network breaks a rule of the chip (all broken rules are listed), if the user's
        ``on_chip`` cannot be followed, or if all together need more cores than the board has.
    ValidationError
        If a plan was made for another network, or a block has another shape than its layer.
    """
    nengo_loihi.add_params(world)
    plans: list[Plan] = []
    with ExitStack() as stack:
        for part in parts:
            check_times(part.model, builder_model.dt)
            if _stays_on_host(world, part):
                continue
            nengo_loihi.add_params(part)
            plans.append(_plan_of(world, part, builder_model.dt))
            stack.enter_context(_placed(world, part, plans[-1], nengo_loihi))
        if plans:
            _require_cores(plans)
        yield
    if plans:
        _warn_of_cores(plans, len(builder_model.blocks))


def _stays_on_host(world: nengo.Network, part: ChipPart) -> bool:
    """Whether the user keeps the whole network off the chip; refuse what lies between."""
    hosts = [p.name for p in part.model.on_host]
    told = {name: world.config[ensemble].on_chip for name, ensemble in part.layers.items()}
    if all(place is False for place in told.values()):
        return True
    kept = [p.name for p in part.model.on_chip if told[p.name] is False]
    if kept or any(told[name] for name in hosts):
        read = "reads" if len(hosts) == 1 else "read"
        found = ", ".join(f"{name!r}: {place}" for name, place in told.items() if place is not None)
        raise DeploymentError(
            f"network {part.model.name!r}: on_chip was set to {{{found}}}; expected "
            f"{', '.join(map(repr, hosts))} on the host, which {read} the input, and the others on "
            "the chip, which is the default, or on_chip = False for every layer, which leaves the "
            "whole network on the host"
        )
    return False


def _plan_of(world: nengo.Network, part: ChipPart, dt: float) -> Plan:
    plan: Plan
    blocks = dict(_blocks_of(world, part))
    if part.plan is not None:
        if blocks:
            raise ValidationError(
                f"network {part.model.name!r} has a plan, and block_shape was set for "
                f"{', '.join(blocks)} as well; expected one of them. Plan with "
                "make_plan(model, blocks=...), or leave out block_shape"
            )
        plan = instance(Plan)(part.plan, f"network {part.model.name!r}: plan")
        require_same_network(plan, part.model, dt)
    else:
        own = part.config[nengo.Connection]
        wanted = own if "pop_type" in own else world.config[nengo.Connection]
        plan = make_plan(part.model, blocks=blocks, pop_type=wanted.pop_type, dt=dt)
    try:
        plan.require()
    except DeploymentError as error:
        raise DeploymentError(
            f"{error}\nOr leave the whole network on the host: config[ensemble].on_chip = False "
            "for the ensembles in its layers"
        ) from error
    return plan


def _blocks_of(world: nengo.Network, part: ChipPart) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Blocks that the user set, by layer."""
    shapes = {p.name: p.shape for p in part.model.populations}
    for name, ensemble in part.layers.items():
        for config in (part.config, world.config):
            block = config[ensemble].block_shape
            if block is None:
                continue
            if block.ensemble_shape != shapes[name]:
                raise ValidationError(
                    f"network {part.model.name!r}, layer {name!r}: block_shape is for neurons of "
                    f"shape {block.ensemble_shape}; expected BlockShape({block.shape}, "
                    f"{shapes[name]})"
                )
            yield name, block.shape
            break


@contextmanager
def _placed(
    world: nengo.Network, part: ChipPart, plan: Plan, nengo_loihi: ModuleType
) -> Iterator[None]:
    hosts = {p.name for p in part.model.on_host}
    with ExitStack() as stack:
        wires = stack.enter_context(_rewired(part, plan.model))
        stack.enter_context(_scores_on_host(part.output))
        for name, ensemble in part.layers.items():
            stack.enter_context(_told(world.config, ensemble, on_chip=name not in hosts))
        for name, cut in plan.cuts.items():
            block = nengo_loihi.BlockShape(cut.block, cut.shape)
            # built with the network's own configuration; the world's says what is on the chip
            stack.enter_context(_told(part.config, part.layers[name], block_shape=block))
        for connection in wires.connections:
            stack.enter_context(_told(part.config, connection, pop_type=plan.pop_type))
        yield


@contextmanager
def _rewired(part: ChipPart, model: SpikingModel) -> Iterator[Wires]:
    """The network with the connections of a model that computes the same in the chip's stages."""
    if model is part.model:
        yield part.wires
        return
    before = part.connections[:], part.nodes[:]
    old = {id(wire) for wire in (*part.wires.connections, *part.wires.relays)}
    part.connections[:] = [c for c in part.connections if id(c) not in old]
    part.nodes[:] = [n for n in part.nodes if id(n) not in old]
    wires = None
    try:
        with nengo_defaults(), part:  # type: ignore[attr-defined]
            wires = wire(model, part.ends)
        yield wires
    finally:
        part.connections[:], part.nodes[:] = before
        for connection in wires.connections if wires else ():
            part.config.params.pop(connection, None)


@contextmanager
def _scores_on_host(output: nengo.Node) -> Iterator[None]:
    """Keep NengoLoihi from joining the read-out with connections after it, as it does at relays.

    A read-out joined with a user's connection onto the chip would be decoded there, with the sum
    of both synapses' time constants.
    """
    output.output = _as_it_is
    try:
        yield
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "'Node.size_out' is being overwritten")
            output.output = None


def _as_it_is(t: float, x: np.ndarray) -> np.ndarray:
    return x


@contextmanager
def _told(config: Any, obj: Any, **values: Any) -> Iterator[None]:
    """Parameters of an object in a configuration, for a while."""
    params = config[obj]
    before = {key: getattr(params, key) for key in values if key in params}
    for key, value in values.items():
        setattr(params, key, value)
    try:
        yield
    finally:
        for key in values:
            if key in before:
                setattr(params, key, before[key])
            else:
                delattr(params, key)


def _require_cores(plans: Sequence[Plan]) -> None:
    """All networks together against the largest board that one of them was planned for."""
    needed, board = sum(plan.n_cores for plan in plans), _board(plans)
    if needed > board.n_cores:
        networks = ", ".join(f"{plan.model.name!r} {plan.n_cores:,}" for plan in plans)
        raise DeploymentError(
            f"the networks in this model need {needed:,} cores of Loihi ({networks}) and board "
            f"{board.name!r} has {board.n_cores:,}; plan them for a larger one (network.plan = "
            "make_plan(network.model, 'nahuku-32')), or leave one on the host (on_chip = False for "
            "its layers)"
        )


def _warn_of_cores(plans: Sequence[Plan], n_cores: int) -> None:
    """The user's own ensembles too; the emulator does not count, and a board refuses."""
    board = _board(plans)
    if n_cores > board.n_cores:
        own = n_cores - sum(plan.n_cores for plan in plans)
        warnings.warn(
            f"this model takes {n_cores:,} cores of Loihi, {own:,} of them outside of its "
            f"networks, and board {board.name!r} has {board.n_cores:,}: the emulator runs it, the "
            "board would not. Leave ensembles on the host (config[ensemble].on_chip = False), or "
            "plan for a larger board (network.plan = make_plan(network.model, 'nahuku-32'))",
            stacklevel=2,
        )


def _board(plans: Sequence[Plan]) -> Board:
    return max((plan.board for plan in plans), key=lambda board: board.n_cores)
