"""Networks on which engines and `nengo.Simulator` are compared, and the comparison itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    LocallyConnected2D,
    Shortcut,
)
from nengo_lifdeep.models import SpikingModel
from nengo_lifdeep.simulators import run

STEPS = 200

#: name -> input shape, layers
NETWORKS = {
    "dense": ((5, 6, 1), [Flatten(), Dense(50), Dense(40), Dense(35), Dense(5)]),
    "convolution with pooling": (
        (10, 9, 2),
        [Conv2D(8, 3, padding="same"), AveragePooling2D(3, 2, "same"), Conv2D(20, 3, 2), Flatten(),
         Dense(30), Dense(4)],
    ),
    "locally connected": (
        (8, 8, 1),
        [Conv2D(6, 3, 2, "same"), LocallyConnected2D(9, 3, padding="same"),
         LocallyConnected2D(5, 2), AveragePooling2D(2, padding="same"), Flatten(), Dense(3)],
    ),
    "groups": (
        (7, 7, 2),
        [Conv2D(8, 3), Conv2D(12, 3, padding="same", groups=4), Conv2D(36, 2, groups=2), Flatten(),
         Dense(3)],
    ),
    "residual sums": (
        (8, 7, 2),
        [Conv2D(20, 3, padding="same"), Conv2D(20, 3, padding="same"), Shortcut("neurons1"),
         Conv2D(6, 3, 2, "same"), Conv2D(6, 3, padding="same"), Shortcut("neurons3"),
         Shortcut("neurons2", 6, 2), AveragePooling2D(2), Flatten(), Dense(3)],
    ),
    "pool at the end": (
        (8, 8, 1),
        [Conv2D(6, 3), Conv2D(4, 3), AveragePooling2D(2), Flatten(), Dense(2)],
    ),
}  # fmt: skip


@pytest.fixture(params=list(NETWORKS))
def network(request, make_network):
    """A random trained network of each kind."""
    return make_network(*NETWORKS[request.param])


@pytest.fixture
def pooled(make_network):
    """A function that makes the network with convolutions and pooling, of any neuron."""
    return lambda neuron=None: make_network(*NETWORKS["convolution with pooling"], neuron=neuron)


@pytest.fixture
def images():
    """A function that makes random images for a model: dark, bright, and anything."""

    def make(model: SpikingModel, n: int = 3) -> np.ndarray:
        x = np.random.default_rng(3).uniform(size=(n, *model.input_shape))
        x[0] *= 0.2
        return x

    return make


@dataclasses.dataclass
class Difference:
    """Spikes of two runs: how many there are, and how many only one of the two has."""

    spikes: int = 0
    moved: int = 0
    outputs: float = 0.0

    @property
    def share(self) -> float:
        """Moved spikes; one that moved is missing here and new there."""
        return self.moved / 2 / self.spikes


@pytest.fixture
def compare():
    """A function that runs a model in two ways and counts the spikes that differ."""

    def difference(
        model: SpikingModel, x: np.ndarray, timing: Presentation | None = None, **options
    ) -> Difference:
        timing = timing or Presentation(t_p=STEPS / 1000)
        seed = options.setdefault("seed", 1)
        reference = run(model, x, simulator="nengo", presentation=timing, rasters=len(x), seed=seed)
        record = run(model, x, simulator="events", presentation=timing, rasters=len(x), **options)
        found = Difference(outputs=abs(record.outputs - reference.outputs).max())
        for name, rows in reference.rasters.items():
            expected = _counted(rows)
            got = _counted(record.rasters[name])
            found.spikes += len(rows)
            found.moved += sum(
                abs(expected.get(k, 0) - got.get(k, 0)) for k in expected.keys() | got.keys()
            )
            assert len(rows) > 100, f"{name} hardly fires; the comparison would be empty"
            np.testing.assert_allclose(
                record.layer_rates[name].sum(),
                len(record.rasters[name]) / (len(x) * timing.n_steps * timing.dt),
            )
            assert (record.image_spikes[name] == np.bincount(
                record.rasters[name][:, 0], minlength=len(x)
            )).all()  # fmt: skip
        return found

    return difference


def _counted(rows: np.ndarray) -> dict[tuple[int, ...], int]:
    unique, counts = np.unique(rows, axis=0, return_counts=True)
    return dict(zip(map(tuple, unique.tolist()), counts.tolist(), strict=True))
