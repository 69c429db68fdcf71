"""Measure the factors that bring the firing of every population to a target rate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..datasets.base import Split
from ..errors import ValidationError
from ..inputs.inputs import Inputs, still
from ..inputs.presentation import Presentation
from ..models import SpikingModel, TrainedModel
from ..models.expected import network
from ..records.input_range import InputRange
from ..support.checks import checked, real
from .rates import forward
from .swap import convert

__all__ = ["RateScales", "rate_scales"]


class RateScales(dict[str, float]):
    """Population -> factor on its rates; remembers on which images they were measured.

    Attributes
    ----------
    inputs : InputRange
        Of those images; `convert` puts it into the provenance of a network that has none.
    """

    def __init__(self, factors: Mapping[str, float], inputs: InputRange) -> None:
        super().__init__(factors)
        self.inputs = inputs


@checked(model=network, target_rate=real(above=0, unit="Hz"), percentile=real(above=0, high=100))
def rate_scales(
    model: TrainedModel | SpikingModel,
    images: Split | np.ndarray,
    *,
    target_rate: float = 150.0,
    percentile: float = 99.9,
) -> RateScales:
    """Factors for ``convert(..., scale_firing_rates=)``: each population's high rates at a target.

    What "data-based normalisation" does for integrate-and-fire neurons (Diehl et al. 2015, with
    the maximum; Rueckauer et al. 2017, section 2.2.2, with a percentile): the rate that only few
    activities exceed becomes ``target_rate``. Rates follow the trained activities as before; what
    changes is how many spikes carry them.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    images : Split or (n, row, column, channel) array
        Training images; some hundred are enough.
    target_rate : float
        In Hz. Neurons fire at most once a step: at 1 ms, far below 1,000.
    percentile : float
        Of the activities above zero, over images and neurons of a population.

    Returns
    -------
    RateScales
        A dict: population -> factor; 1 for a population that never fires on these images.

    Raises
    ------
    ValidationError
        If the target is not positive, or the percentile not in (0, 100].

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> scales = rate_scales(trained, test.take(50), target_rate=100)
    >>> faster = convert(trained, scale_firing_rates=scales)
    >>> again = rate_scales(faster, test.take(50), target_rate=100)
    >>> bool(np.allclose(list(again.values()), 1, rtol=1e-4))
    True
    """
    if not 0 < target_rate < float("inf"):
        raise ValidationError(f"target_rate is {target_rate!r}; expected a rate above 0 Hz")
    if not 0 < percentile <= 100:
        raise ValidationError(f"percentile is {percentile!r}; expected above 0, up to 100")
    if isinstance(model, TrainedModel):  # factors on the trained rates, whatever is recommended
        spiking = convert(model, scale_firing_rates=1.0)
    else:
        spiking = model
    inputs = Inputs.of(spiking, still(images), Presentation(), None)
    activity = forward(spiking, inputs.chunk(0, len(inputs)))
    scales = {}
    for population in spiking.populations:
        firing = activity[population.name]
        firing = firing[firing > 0]
        high = float(np.percentile(firing, percentile)) if firing.size else target_rate
        scales[population.name] = target_rate / high
    return RateScales(scales, InputRange.of(images if isinstance(images, Split) else inputs.images))
