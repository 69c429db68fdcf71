"""Simulators of a user's own Nengo model with converted networks in it."""

from __future__ import annotations

import inspect
from typing import Any

import nengo

from ..compat.contexts import apart_from_open_networks
from ..errors import ValidationError
from ..support.checks import checked, instance, real, text
from .registry import get_simulator, names

__all__ = ["simulator"]


@checked(network=instance(nengo.Network), name=text, dt=real(above=0))
def simulator(
    network: nengo.Network, name: str = "nengo", dt: float = 0.001, **options: Any
) -> Any:
    """Open a simulator of a larger Nengo model that has converted networks in it.

    It is the simulator's own class (`nengo.Simulator`, ``nengo_dl.Simulator`` or
    ``nengo_loihi.Simulator``), made to work on today's stack. For NengoLoihi each `SpikingNetwork`
    is planned: populations that read its input stay on the host, the others go onto the chip, its
    scores are on the host. The model stays as you wrote it and can be opened in several simulators,
    one after another. Everything else in the model is placed by ``on_chip``, as always with
    NengoLoihi.

    Parameters
    ----------
    network : nengo.Network
        The model.
    name : {"nengo", "nengo-dl", "loihi"}
        The simulator.
    dt : float
        Step in seconds.
    **options : object
        Other arguments of the simulator's class, e.g. ``minibatch_size=16`` for ``"nengo-dl"``, or
        ``target="simreal"`` for ``"loihi"``. There is no progress bar unless ``progress_bar=True``.

    Returns
    -------
    nengo.Simulator, nengo_dl.Simulator or nengo_loihi.Simulator
        To be closed, or used in a ``with`` statement.

    Raises
    ------
    ValidationError
        If the simulator does not exist, takes no larger models, or has no such option.
    MissingDependencyError
        If its package is not installed.
    ConversionError
        If a network has a time constant far shorter than the step, or noise that NengoDL cannot
        draw.
    DeploymentError
        If a network breaks a rule of the chip (all broken rules are listed with layer and remedy),
        or NengoLoihi cannot build the model.

    Examples
    --------
    >>> import nengo
    >>> from nengo_lifdeep import SpikingNetwork, convert, pretrained
    >>> with nengo.Network(seed=0) as world:
    ...     classifier = SpikingNetwork(convert(pretrained.load("digits-compact"), synapse=0.005))
    ...     eye = nengo.Node(lambda t: [t] * 64)
    ...     _ = nengo.Connection(eye, classifier.input, synapse=None)
    ...     scores = nengo.Probe(classifier.output)
    >>> with simulator(world, "nengo") as sim:
    ...     sim.run(0.05)
    >>> sim.data[scores].shape
    (50, 10)
    """
    record = get_simulator(name)
    if not record.whole_models:
        raise ValidationError(
            f"simulator {name!r} runs a network on images and no larger models; expected one of "
            f"{', '.join(names(whole_models=True))}"
        )
    module = record.load()
    known = [*inspect.signature(module.simulator_class()).parameters][1:]
    for option in options:
        if option not in known:
            raise ValidationError(
                f"the simulator of {name!r} has no argument {option!r}; expected {', '.join(known)}"
            )
    with apart_from_open_networks():  # what simulators add while they build is not the model's
        return module.opened(network, dt=dt, **{"progress_bar": False, **options})
