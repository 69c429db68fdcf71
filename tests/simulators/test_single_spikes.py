"""Single spikes are counted before rows are made of them, in every simulator that keeps rasters."""

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ConversionError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.records.recorded.single import MOST_SINGLE_SPIKES
from nengo_lifdeep.simulators import run
from nengo_lifdeep.simulators.collector import SpikeCollector
from nengo_lifdeep.stages.types import DenseMatrix

TIMING = Presentation(t_c=0.0, t_p=0.1)


def firing(bias, n=100):
    """Integrators without a refractory period: ``bias`` spikes per second."""
    into, out = np.ones((4, n), np.float32), np.zeros((n, 2), np.float32)
    return SpikingModel(
        "integrators",
        (1, 1, 4),
        (Population("a", (n,), nengo.SpikingRectifiedLinear(), np.full(n, bias)),),
        (
            Connection("input", "a", (DenseMatrix((4,), into),)),
            Connection("a", "output", (DenseMatrix((n,), out),)),
        ),
        np.zeros(2),
    )


def simulators():
    yield pytest.param("nengo", {}, id="nengo")
    yield pytest.param("events", {"engine": "numpy"}, id="events-numpy")
    yield pytest.param("events", {"engine": "numba"}, id="events-numba")
    yield pytest.param("nengo-dl", {}, id="nengo-dl", marks=[pytest.mark.slow, pytest.mark.tf])


@pytest.mark.parametrize(("simulator", "options"), simulators())
def test_more_than_memory_holds(simulator, options):
    """A million spikes per neuron and step: 10^10 rows, 110 GiB."""
    images, model = np.zeros((2, 1, 1, 4)), firing(1e9)
    if simulator == "events":
        pytest.importorskip("numba")
    record = run(model, images, simulator=simulator, presentation=TIMING, **options)
    assert record.spikes_per_image == pytest.approx(1e10, rel=0.02)
    with pytest.raises(ConversionError, match=r"single spikes .* GiB.*rasters"):
        run(model, images, simulator=simulator, presentation=TIMING, rasters=1, **options)


def test_several_spikes_per_step_are_kept():
    record = run(firing(3000.0, 2), np.zeros((1, 1, 1, 4)), simulator="nengo", presentation=TIMING,
                 rasters=1)  # fmt: skip
    steps, counts = np.unique(record.rasters["a"][:, 1], return_counts=True)
    assert counts.sum() == record.spikes_per_image and counts.max() == 6


def test_all_populations_and_images_together():
    collector = SpikeCollector("nengo", firing(0.0), TIMING, 2)
    collector.n_single = MOST_SINGLE_SPIKES - 10
    train = np.zeros((100, 100))
    train[0, 0] = 10
    collector.add_raster("a", 0, train)
    with pytest.raises(ConversionError, match="67,108,865 single spikes"):
        collector.add_rows("a", np.zeros((1, 3), np.int32))


def test_more_spikes_than_are_counted():
    with pytest.raises(ConversionError, match="'a': 1e.* spikes in one image"):
        run(firing(1e28), np.zeros((1, 1, 1, 4)), simulator="nengo", presentation=TIMING)
