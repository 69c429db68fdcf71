"""Parse command-line values for synapses, noise models, input codings, neurons and times."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from nengo.neurons import NeuronType

    from ..inputs.presentation import Presentation
    from ..models import SpikingModel, TrainedModel
    from ..weights.kind import WeightKind

__all__ = [
    "NEURON_PRESETS",
    "coding_of",
    "in_milliseconds",
    "in_steps_of",
    "neuron_and_gain",
    "noise_of",
    "presentation_of",
    "seconds_of",
    "size_of",
    "synapse_of",
    "weights_of",
]

#: time constants from here on were probably meant in ms
_TOO_LONG = 0.5

#: options in ms, and below what they were probably meant in seconds: a presentation is a step at
#: least, and a time constant below a twentieth of a step does nothing
_LEAST = {"--t-c": 1.0, "--t-p": 1.0, "--tau-rc": 0.05, "--tau-ref": 0.05, "--tau-s": 0.05}
_NEVER_0 = ("--t-p", "--tau-rc")

#: besides the papers' rows by data set (`neurons.PAPER_PARAMETERS`)
NEURON_PRESETS = ("mnist", "svhn", "cifar10", "cifar100", "imagenet", "lif", "relu")


def seconds_of(text: str, option: str) -> float:
    """A time constant from ``"0.003"``, ``"0.003s"`` or ``"3ms"``, in seconds.

    Parameters
    ----------
    text : str
        What was written.
    option : str
        The option, for errors.

    Examples
    --------
    >>> seconds_of("3ms", "--synapse"), seconds_of("0.003", "--synapse")
    (0.003, 0.003)
    """
    number, factor = text.strip().lower(), 1.0
    if number.endswith("ms"):
        number, factor = number[:-2], 1e-3
    elif number.endswith("s"):
        number = number[:-1]
    try:
        value = float(number) * factor
    except ValueError as error:
        message = f"{text!r} is no time; write 3ms or 0.003 (seconds)"
        raise typer.BadParameter(message, param_hint=option) from error
    if not 0 <= value < _TOO_LONG:
        hint = f"; did you mean {number}ms?" if value >= _TOO_LONG else ""
        message = f"{text!r} is {value:g} s; expected 0 to {_TOO_LONG} s{hint}"
        raise typer.BadParameter(message, param_hint=option)
    return value


def synapse_of(text: str, option: str = "--synapse") -> Any:
    """A synapse from ``"none"``, ``"alpha:3ms"`` or ``"lowpass:0.005"``.

    Parameters
    ----------
    text : str
        Name and time constant, in seconds, or in ms with the unit.
    option : str
        Name of the option in error messages.
    """
    from ..neurons.synapses import SYNAPSE_TYPES

    kind, _, value = text.lower().partition(":")
    if kind == "none" and not value:
        return None
    if kind not in SYNAPSE_TYPES or not value:
        message = f"{text!r}; write none, alpha:3ms or lowpass:5ms"
        raise typer.BadParameter(message, param_hint=option)
    return SYNAPSE_TYPES[kind](seconds_of(value, option))


def noise_of(text: str, option: str = "--noise") -> Any:
    """A noise model from ``"none"``, ``"gaussian:10"`` (Hz) or ``"alpha-rc:3ms"`` and its like.

    Parameters
    ----------
    text : str
        Name and parameter, in Hz, in seconds, or in ms with the unit.
    option : str
        Name of the option in error messages.
    """
    from .. import noise

    models = {
        "alpha": noise.AlphaNoise,
        "alpha-rc": noise.AlphaRCNoise,
        "lowpass": noise.LowpassNoise,
        "lowpass-rc": noise.LowpassRCNoise,
    }
    kind, _, value = text.lower().partition(":")
    if kind == "none" and not value:
        return None
    if kind == "gaussian" and value:
        try:
            return noise.GaussianNoise(float(value.removesuffix("hz")))
        except ValueError as error:
            raise typer.BadParameter(f"{text!r}: {error}", param_hint=option) from error
    if kind not in models or not value:
        message = f"{text!r}; write none, gaussian:10 (Hz), or {', '.join(models)} with a time: "
        raise typer.BadParameter(message + "alpha-rc:3ms", param_hint=option)
    return models[kind](seconds_of(value, option))


def coding_of(text: str, seed: int = 0, option: str = "--coding") -> Any:
    """An input coding from ``"none"``, ``"poisson:200Hz"``, ``"bernoulli:200"``, ``"latency"``.

    Parameters
    ----------
    text : str
        Name and rate, in Hz.
    seed : int
        Seed of all random numbers.
    option : str
        Name of the option in error messages.

    Examples
    --------
    >>> coding_of("poisson:200Hz")
    PoissonCoding(max_rate=200.0, seed=0)
    """
    from ..inputs.coding import BernoulliCoding, LatencyCoding, PoissonCoding

    kinds = {"bernoulli": BernoulliCoding, "poisson": PoissonCoding}
    kind, _, value = text.lower().partition(":")
    if kind == "none" and not value:
        return None
    if kind == "latency" and not value:
        return LatencyCoding()
    if kind not in kinds or not value:
        message = f"{text!r}; write none, latency, poisson:200Hz or bernoulli:200Hz"
        raise typer.BadParameter(message, param_hint=option)
    try:
        return kinds[kind](float(value.removesuffix("hz")), seed)
    except ValueError as error:
        message = f"{text!r}: {error}; write a rate in Hz: {kind}:200Hz"
        raise typer.BadParameter(message, param_hint=option) from error


def neuron_and_gain(
    preset: str, noise: str | None, gain: float | None, **changes: float | None
) -> tuple[NeuronType, float]:
    """A rate neuron and the gain of the initial weights from a preset and changes to it.

    Parameters
    ----------
    preset : str
        One of `NEURON_PRESETS`.
    noise : str, optional
        As for `noise_of`; the preset's own by default.
    gain : float, optional
        The preset's own by default.
    **changes : float or None
        tau_rc and tau_ref in seconds, sigma, amplitude.
    """
    import nengo

    from ..neurons import PAPER_PARAMETERS, neuron_to_dict, replaced

    if preset not in NEURON_PRESETS:
        message = f"{preset!r}; expected one of {', '.join(NEURON_PRESETS)}"
        raise typer.BadParameter(message, param_hint="--neuron")
    own_gain = 1.0
    if preset == "relu":
        neuron: Any = nengo.RectifiedLinear()
    elif preset == "lif":
        neuron = nengo.LIFRate(tau_rc=0.022, tau_ref=0.002, amplitude=0.063)
    else:
        neuron, own_gain = PAPER_PARAMETERS[preset].neuron, PAPER_PARAMETERS[preset].gain
    own = neuron_to_dict(neuron)
    given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    useless = sorted(set(given) - set(own))
    if noise is not None and "noise" not in own:
        useless.append("noise")
    if useless:
        message = f"{preset!r} neurons have no {', '.join(useless)}; leave that option out"
        raise typer.BadParameter(message, param_hint="--neuron")
    if noise is not None:
        given["noise"] = noise_of(noise)
    return replaced(neuron, **given), own_gain if gain is None else gain


def size_of(text: str, option: str = "--size") -> tuple[int, int]:
    """Rows and columns of a picture from ``"32"`` or ``"24x32"``.

    Parameters
    ----------
    text : str
        Pixels.
    option : str
        Name of the option in error messages.

    Examples
    --------
    >>> size_of("32"), size_of("24x32")
    ((32, 32), (24, 32))
    """
    parts = text.lower().replace(" ", "").split("x")
    pair = parts * 2 if len(parts) == 1 else parts
    if len(pair) != 2 or not all(p.isdecimal() and p.isascii() and 0 < int(p) for p in pair):
        message = f"{text!r} is no size; write pixels: 32, or rows x columns: 24x32"
        raise typer.BadParameter(message, param_hint=option)
    return int(pair[0]), int(pair[1])


def in_steps_of(timing: Presentation, network: TrainedModel | SpikingModel) -> Presentation:
    """The same times, in the steps that an imported network was made for.

    Parameters
    ----------
    timing : Presentation
        Times from the command line.
    network : TrainedModel or SpikingModel
        The network.
    """
    step = network.provenance.get("dt")
    return timing if step is None else dataclasses.replace(timing, dt=float(step))


def in_milliseconds(value: float | None, option: str) -> float | None:
    """The seconds of an option that is in ms; refused if it was probably meant in seconds.

    Parameters
    ----------
    value : float or None
        What was given, in ms; None if nothing was.
    option : str
        Which option, one of those whose least values are known.

    Raises
    ------
    typer.BadParameter
        If it is above 0 and below the least value, and says what the same number of seconds is.

    Examples
    --------
    >>> in_milliseconds(20.0, "--tau-rc"), in_milliseconds(None, "--tau-rc")
    (0.02, None)
    """
    if value is None:
        return None
    if 0 < value < _LEAST[option]:
        raise typer.BadParameter(
            f"{value:g} is taken in milliseconds; expected {'' if option in _NEVER_0 else '0 or '}"
            f"at least {_LEAST[option]:g}. {value:g} s are {option} {1e3 * value:g}",
            param_hint=option,
        )
    return value / 1e3


def presentation_of(
    tau_s: float | None, t_c: float, t_p: float, no_reset: bool = False
) -> Presentation:
    """A presentation from times in ms.

    Parameters
    ----------
    tau_s : float or None
        Time constant of the synapses, in ms.
    t_c : float
        Start of the average, in ms.
    t_p : float
        Presentation time, in ms.
    no_reset : bool
        Whether images follow one another without a reset.
    """
    from ..inputs.presentation import Presentation

    return Presentation(
        tau_s=in_milliseconds(tau_s, "--tau-s"),
        t_c=in_milliseconds(t_c, "--t-c") or 0.0,
        t_p=in_milliseconds(t_p, "--t-p") or 0.0,
        reset=not no_reset,
    )


def weights_of(text: str, option: str = "--weights") -> WeightKind | None:
    """A kind of weights from ``"float"``, ``"rounded:4"``, ``"binary"``, ``"crosspoint:managed"``.

    Parameters
    ----------
    text : str
        Name, and the number of bits or "managed".
    option : str
        Name of the option in error messages.

    Examples
    --------
    >>> weights_of("rounded:4")
    Rounded(bits=4)
    """
    from ..errors import ValidationError
    from ..weights import Binary, CrossPoint, Rounded

    kind, colon, value = text.strip().lower().partition(":")
    if kind == "float" and not value:
        return None
    if kind == "binary" and not colon:
        return Binary()
    if kind == "binary" and value == "relaxed":
        return Binary(scale=1.2, draw="relaxed", temperature=0.3)
    if kind == "crosspoint" and (value == "managed" or not colon):
        return CrossPoint.managed() if value else CrossPoint()
    try:
        if kind == "rounded" and value.isdecimal():
            return Rounded(int(value))
    except ValidationError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
    raise typer.BadParameter(
        f"{text!r}; write float, rounded:4, binary, binary:relaxed, crosspoint or "
        "crosspoint:managed",
        param_hint=option,
    )
