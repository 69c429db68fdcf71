"""Whether the numbers of a network stay within what float32 or float64 can hold."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...errors import ConversionError
from .synapse_steps import SynapseStep
from .targets import Target

__all__ = ["largest_input", "require_inputs"]

#: Share of the largest number of a type that currents may reach: what is added to them and
#: multiplied with them must not overflow either.
_HEADROOM = 1e-3


def largest_input(targets: Sequence[Target], dtype: type[np.floating]) -> float:
    """The largest input value with which no current of a network can overflow.

    Bounds are those of every neuron firing as often as it can. Of integrate-and-fire neurons that
    is `NeuronStep.most`, which the engines check.

    Parameters
    ----------
    targets : sequence of Target
        The populations and their sources.
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.

    Raises
    ------
    ConversionError
        If currents could overflow whatever the input.
    """
    limit = _HEADROOM * float(np.finfo(dtype).max)
    counts = {t.name: t.neuron.most if t.neuron and t.neuron.integrates else 1.0 for t in targets}
    most = math.inf
    for target in targets:
        gain = _accumulated(target.synapse)
        current = float(np.abs(target.bias).max(initial=0.0))
        per_input = 0.0
        for source in target.sources:
            reach = (
                gain * abs(source.scale) * math.prod(stage.largest_sum for stage in source.stages)
            )
            if source.pre == "input":
                per_input += reach
            else:
                current += reach * counts[source.pre]
        if not current <= limit:
            raise ConversionError(_overflow(target.name, current, dtype))
        if per_input:
            most = min(most, (limit - current) / per_input)
    return most


def require_inputs(values: np.ndarray, most: float, dtype: type[np.floating]) -> None:
    """Raise `ConversionError` if an input value is beyond `largest_input`.

    Parameters
    ----------
    values : array of float
        Input values, of any shape.
    most : float
        The largest absolute value.
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.
    """
    largest = max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))
    if not largest <= most:
        raise ConversionError(
            f"inputs up to {largest:.3g} may drive currents beyond what {dtype.__name__} can hold; "
            f"expected at most {most:.3g}. Check the preprocessing and the first layer's weights"
        )


def _accumulated(synapse: SynapseStep) -> float:
    """How large a synapse's numbers become under a constant current of one, before its scale."""
    if synapse.forgets:
        return 1.0
    lost = max(1 - synapse.decay, 1e-16)
    return (1 + abs(synapse.coupling) / lost) / lost


def _overflow(name: str, current: float, dtype: type[np.floating]) -> str:
    instead = "use dtype='float64', or scale" if dtype is np.float32 else "scale"
    return (
        f"{name}: currents may reach {current:.3g}, more than {dtype.__name__} can hold; {instead} "
        "weights and biases down"
    )
