"""Every simulator as one record; the rest of the package reads what it needs from there.

A new simulator is a module with a function ``simulate`` and one entry of `SIMULATORS`.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import LifdeepError, ValidationError
from ..support.checks import check_fields, checked, each, flag, instance, optional, shown, text
from ..support.words.similar import did_you_mean
from .options import EventOptions, ExactOptions, LoihiOptions, Options

if TYPE_CHECKING:
    from ..inputs.inputs import Inputs
    from ..inputs.presentation import Presentation
    from ..loihi.plan import Plan
    from ..models import SpikingModel
    from ..records import SpikeRecord

__all__ = ["SIMULATORS", "Simulator", "get_simulator", "names", "shared_options"]


class SimulatorFunction(Protocol):
    """What a simulator's module offers under the name ``simulate``."""

    def __call__(
        self,
        model: SpikingModel,
        inputs: Inputs,
        presentation: Presentation,
        options: Any,
    ) -> SpikeRecord: ...


def _options_class(value: Any, what: str) -> type[Options]:
    if not isinstance(value, type) or not issubclass(value, Options):
        raise ValidationError(f"{what} is {shown(value)}; expected Options or a class of its own")
    return value


@dataclasses.dataclass(frozen=True)
class Simulator:
    """What is known about a simulator without importing it.

    Parameters
    ----------
    name : str
        What users write.
    module : str
        Where ``simulate`` is: relative to this folder (``".rate"``), or absolute. The module may
        offer ``require_model(model)`` too, which raises a `LifdeepError` for a network that it
        cannot run; of one on the chip ``require_model(model, plan=None)``.
    summary : str
        What it promises, in one line.
    title : str
        How reports name it, e.g. ``"nengo.Simulator"``; the name by default.
    needs : tuple of str
        Packages besides the required ones, as importable names of `compat.requirements.EXTRAS`.
    on_chip : bool
        Whether it runs the chip's neurons and synapses: networks get lowpass synapses for it.
    spikes : bool
        Whether neurons spike in it, step by step.
    takes_time : bool
        Whether it shows inputs that change over time.
    whole_models : bool
        Whether it runs a user's own Nengo model with networks in it: its module offers
        ``simulator_class()`` and ``opened(network, **options)`` then.
    batched : bool
        Whether the last bits of a result may depend on how many images are computed together.
    judged_by : str, optional
        The simulator whose spikes it has to reproduce; None for references and without spikes.
    colour : str
        Of its curves in all pictures, as ``"#rrggbb"``.
    options : type
        `Options`, or a class of its own that adds to them.

    Examples
    --------
    >>> SIMULATORS["loihi-exact"].judged_by, SIMULATORS["loihi-exact"].on_chip
    ('loihi', True)
    """

    name: str
    module: str
    summary: str
    title: str = ""
    needs: tuple[str, ...] = ()
    on_chip: bool = False
    spikes: bool = True
    takes_time: bool = True
    whole_models: bool = False
    batched: bool = False
    judged_by: str | None = "nengo"
    colour: str = "#666666"
    options: type[Options] = Options

    def __post_init__(self) -> None:
        check_fields(
            self, name=text, module=text, summary=text, title=text,
            needs=each(text, "names of packages"), on_chip=flag, spikes=flag, takes_time=flag,
            whole_models=flag, batched=flag, judged_by=optional(text), colour=text,
            options=_options_class,
        )  # fmt: skip
        object.__setattr__(self, "title", self.title or self.name)

    def load(self) -> Any:
        """Its module; what the module needs besides is imported when it runs."""
        return importlib.import_module(self.module, __package__)

    @property
    def simulate(self) -> SimulatorFunction:
        """The function that runs it."""
        return self.load().simulate

    @property
    def own_options(self) -> tuple[str, ...]:
        """Names of the options that not every simulator has."""
        return tuple(name for name in self.options.names() if name not in Options.names())

    @checked(given=instance(Mapping))
    def options_of(self, given: Mapping[str, Any]) -> Options:
        """Its options from keyword arguments.

        Parameters
        ----------
        given : dict
            Names and values of the options.

        Raises
        ------
        ValidationError
            If it has no option of a name; other simulators that have it are named.
        """
        for name in given:
            if name not in self.options.names():
                raise ValidationError(_no_option(name, [self]))
        return self.options(**given)

    def require_installed(self) -> None:
        """Raise unless the packages that it needs are there.

        Raises
        ------
        MissingDependencyError
            If a package is not installed.
        """
        from ..compat.requirements import require  # compat imports Nengo

        for package in self.needs:
            require(package)

    def require(self, model: SpikingModel, *, plan: Plan | None = None) -> None:
        """Raise unless it is installed and can run a network.

        Parameters
        ----------
        model : SpikingModel
            The spiking network.
        plan : Plan, optional
            Of a simulator on the chip: the cores that the network was planned for; by default
            those of ``make_plan(model)``.

        Raises
        ------
        MissingDependencyError
            If a package is not installed.
        LifdeepError
            Of the kind that running the network would raise.
        """
        self.require_installed()
        _check_given(model, plan)
        check = getattr(self.load(), "require_model", None)
        if check is not None:
            check(model, **({} if plan is None or not self.on_chip else {"plan": plan}))

    def refusal(self, model: SpikingModel, *, plan: Plan | None = None) -> str | None:
        """Why it cannot run a network here; None if it can.

        Parameters
        ----------
        model : SpikingModel
            The spiking network.
        plan : Plan, optional
            As for `require`.

        Examples
        --------
        >>> from nengo_lifdeep import convert
        >>> from nengo_lifdeep.training.random_features import trained_example
        >>> print(SIMULATORS["nengo"].refusal(convert(trained_example()[0])))
        None
        """
        _check_given(model, plan)
        try:
            self.require(model, plan=plan)
        except (LifdeepError, ImportError) as error:
            return str(error)
        return None


def _check_given(model: Any, plan: Any) -> None:
    from ..loihi.plan import Plan  # models import Nengo
    from ..models.expected import spiking_model

    spiking_model(model, "model")
    optional(instance(Plan))(plan, "plan")


#: Name -> record. Colours are Okabe and Ito's, distinguishable with any kind of colour vision.
SIMULATORS: dict[str, Simulator] = {
    each.name: each
    for each in (
        Simulator(
            "rate",
            ".rate",
            "no time: every neuron at the rate its current demands",
            spikes=False,
            takes_time=False,
            batched=True,
            judged_by=None,
            colour="#000000",
        ),
        Simulator(
            "events",
            ".events",
            "event-driven, many images at a time: equal to nengo, spike by spike",
            needs=("numba",),
            colour="#CC79A7",
            options=EventOptions,
        ),
        Simulator(
            "nengo",
            ".nengo",
            "nengo.Simulator, one image at a time: the reference",
            title="nengo.Simulator",
            whole_models=True,
            judged_by=None,
            colour="#0072B2",
        ),
        Simulator(
            "nengo-dl",
            ".nengo_dl",
            "NengoDL, many images at a time: equal to nengo to float32",
            whole_models=True,
            needs=("nengo_dl",),
            batched=True,
            colour="#D55E00",
        ),
        Simulator(
            "loihi-exact",
            ".loihi_exact",
            "the same integers as loihi's emulator, many images at a time",
            needs=("nengo_loihi", "numba"),
            on_chip=True,
            takes_time=False,
            judged_by="loihi",
            colour="#E69F00",
            options=ExactOptions,
        ),
        Simulator(
            "loihi",
            ".loihi",
            "nengo-loihi's emulator of the chip, or the board: integers",
            title="nengo_loihi.Simulator",
            needs=("nengo_loihi",),
            on_chip=True,
            takes_time=False,
            whole_models=True,
            judged_by=None,
            colour="#009E73",
            options=LoihiOptions,
        ),
    )
}


def get_simulator(name: str) -> Simulator:
    """The simulator of that name; `ValidationError` lists the names there are.

    Parameters
    ----------
    name : str
        Name of the simulator.
    """
    if not isinstance(name, str) or name not in SIMULATORS:
        raise ValidationError(
            f"there is no simulator {shown(name)}; expected one of {', '.join(SIMULATORS)}"
            f"{did_you_mean(name, SIMULATORS)}"
        )
    return SIMULATORS[name]


def names(**properties: Any) -> tuple[str, ...]:
    """Names of the simulators with these properties.

    Parameters
    ----------
    **properties : object
        Names of fields or properties of `Simulator`, and their values.

    Examples
    --------
    >>> names(takes_time=True), names(on_chip=True)
    (('events', 'nengo', 'nengo-dl'), ('loihi-exact', 'loihi'))
    """
    return tuple(
        name
        for name, simulator in SIMULATORS.items()
        if all(getattr(simulator, key) == value for key, value in properties.items())
    )


def shared_options(given: Mapping[str, Any], simulators: Iterable[str]) -> list[dict[str, Any]]:
    """Options for several simulators: each gets those that it has.

    Parameters
    ----------
    given : dict
        Options by name.
    simulators : iterable of str
        Where they shall go.

    Returns
    -------
    list of dict
        One for each simulator.

    Raises
    ------
    ValidationError
        If none of the simulators has an option.

    Examples
    --------
    >>> shared_options({"seed": 1, "target": "sim"}, ["events", "loihi"])
    [{'seed': 1}, {'seed': 1, 'target': 'sim'}]
    """
    chosen = [get_simulator(name) for name in simulators]
    for name in given:
        known = any(name in each.options.names() for each in chosen)
        if not known and name not in Options.names():
            raise ValidationError(_no_option(name, chosen))
    return [{k: v for k, v in given.items() if k in each.options.names()} for each in chosen]


def _no_option(name: str, asked: list[Simulator]) -> str:
    """The error message for an option that no simulator of a call has."""
    others = [key for key, each in SIMULATORS.items() if name in each.options.names()]
    subject = " and ".join(repr(each.name) for each in asked) or "rates"
    has = "have" if len(asked) != 1 else "has"
    if others:
        return (
            f"{subject} {has} no option {name!r}; it is one of simulator "
            f"{' and '.join(map(repr, others))}. Leave it out, or choose that simulator"
        )
    expected = dict.fromkeys(n for each in asked for n in each.options.names())
    return (
        f"no simulator has an option {name!r}; {subject} {has} {', '.join(expected)}"
        if expected
        else f"no simulator has an option {name!r}"
    )
