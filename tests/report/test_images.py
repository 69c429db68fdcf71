"""Every plot, as pictures: compared with those that were looked at and found good.

Saved values only, and Matplotlib's own fonts. A changed unit in a label is 6 grey values of root
mean square and more; 2 are left for other builds of the rasteriser. Matplotlib 3.11 sets text in
another way (every picture differs by 20 to 40), so pictures of the versions before have a folder of
their own.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import matplotlib
import nengo
import numpy as np
import pytest
from packaging.version import Version

pytest.importorskip("pytest_mpl")

from nengo_lifdeep.analysis.voltages import Voltages
from nengo_lifdeep.energy import Counts
from nengo_lifdeep.evaluation.calibration import reliability
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.noise import AlphaRCNoise
from nengo_lifdeep.records import Evaluation, SpikeRecord, ValueEvaluation, ValueJudge
from nengo_lifdeep.report import plots
from nengo_lifdeep.theta import MeanField, degree_classes, follow

BASELINE = (
    "baseline" if Version(matplotlib.__version__) >= Version("3.11") else "baseline/before_3_11"
)
picture = pytest.mark.mpl_image_compare(
    baseline_dir=BASELINE, tolerance=2, style="default", savefig_kwargs={"dpi": 60}
)
LAYERS = {"neurons1": 400, "neurons2": 60}


def record() -> SpikeRecord:
    """Random spikes and scores that part as time passes; a fixed seed."""
    rng = np.random.default_rng(0)
    timing = Presentation(t_c=0.03, t_p=0.1)
    drift = np.linspace(0, 1, 100)[None, :, None] * np.eye(4)[[1, 2, 0]][:, None]
    outputs = (drift + 0.3 * rng.normal(size=(3, 100, 4))).astype(np.float32)
    rasters, counts, rates = {}, {}, {}
    for name, n in LAYERS.items():
        fired = rng.random((2, 100, n)) < 0.02
        rasters[name] = np.argwhere(fired).astype(np.int32)
        counts[name] = np.array([*fired.sum(axis=(1, 2)), 5])
        rates[name] = fired.mean(axis=(0, 1)) * 1000
    return SpikeRecord("events", "example", timing, outputs, rates, counts, rasters)


def evaluation() -> Evaluation:
    found = record()
    return dataclasses.replace(
        Evaluation.of(found, np.array([1, 2, 3]), data="three images"), rate_accuracy=1.0
    )


def counts() -> Counts:
    return Counts(
        {"neurons1": 800.0, "neurons2": 40.0}, {"neurons1": 5.2e4, "neurons2": 400.0},
        {"neurons1": 40000, "neurons2": 6000}, 25600, 90000, 460, 100, 3,
    )  # fmt: skip


@picture
def test_tuning_curve():
    return plots.tuning_curve([SoftLIF(), nengo.LIFRate(), nengo.RectifiedLinear(20)]).figure


@picture
def test_slope():
    return plots.slope([SoftLIF(), nengo.LIFRate()]).figure


@picture
def test_noise_histogram():
    return plots.noise_histogram(AlphaRCNoise(0.003), 40.0).figure


@picture
def test_training_history(trained: TrainedModel):
    return plots.training_history(trained).figure


@picture
def test_raster():
    return plots.raster(record()).figure


@picture
def test_class_evidence():
    return plots.class_evidence(record(), classes=("cat", "dog", "ship", "frog"), label=1).figure


@picture
def test_voltages():
    t = np.arange(1, 101) * 0.001
    values = np.stack([(t * rate) % 1 for rate in (35, 60, 20)], axis=1)
    fired = np.vstack([np.zeros((1, 3), bool), np.diff(values, axis=0) < 0])
    return plots.voltages(
        Voltages("example", "neurons2", np.array([3, 17, 40]), t, values, fired)
    ).figure


@picture
def test_accuracy_against_time():
    return plots.accuracy_against_time(evaluation()).figure


@picture
def test_accuracy_map():
    return plots.accuracy_map(evaluation()).figure


@picture
def test_layer_rates():
    return plots.layer_rates(evaluation()).figure


@picture
def test_synaptic_events():
    return plots.synaptic_events(counts()).figure


@picture
def test_energy_bars():
    return plots.energy_bars(counts()).figure


@picture
def test_confusion_matrix():
    return plots.confusion_matrix(evaluation()).figure


@picture
def test_core_map(spiking):
    return plots.core_map(make_plan(spiking, blocks={"neurons2": (9,)})).figure


def of_values() -> ValueEvaluation:
    """Values that settle; a fixed seed."""
    rng = np.random.default_rng(1)
    timing = Presentation(t_c=0.03, t_p=0.1)
    targets = rng.normal(50, 10, size=(20, 1)).astype(np.float32)
    judge = ValueJudge(targets, timing)
    judge.add(targets[:, None] + rng.normal(0, 20, size=(20, 100, 1)))
    rates = targets + rng.normal(0, 0.5, size=(20, 1))
    return ValueEvaluation(
        "events", "example", "twenty rows", timing, targets, judge.values, ("progress",),
        judge.in_time(), rate_values=rates,
    )  # fmt: skip


@picture
def test_error_against_time():
    return plots.error_against_time(of_values()).figure


@picture
def test_values_against_targets():
    return plots.values_against_targets(of_values()).figure


def graph() -> np.ndarray:
    """120 neurons; those that receive much send to those that receive much."""
    rng = np.random.default_rng(3)
    level = np.sort(rng.uniform(0.1, 0.9, 120))
    likely = np.clip(level[:, None] * (0.5 + 0.8 * (level[:, None] - 0.5) * (level - 0.5)), 0, 1)
    A = (rng.random((120, 120)) < likely).astype(int)
    np.fill_diagonal(A, 0)
    return A


@picture
def test_bifurcation_diagram():
    fields = {kappa: MeanField.homogeneous(0.0, kappa, 0.05) for kappa in (1.5, 1.0)}
    branches = {f"kappa {kappa}": follow(f, "eta0", -0.8) for kappa, f in fields.items()}
    return plots.bifurcation_diagram(branches).figure


@picture
def test_degree_degree():
    return plots.degree_degree(graph(), "in", "in", bins=6).figure


@picture
def test_rate_by_degree():
    classes = degree_classes(graph(), 5)
    field = MeanField.of(classes, -0.2, 1.5, 0.05)
    noise = np.random.default_rng(5).normal(0, 0.03, len(classes.members))
    rates = np.maximum(field.rates(field.fixed_point())[classes.members] + noise, 0)
    return plots.rate_by_degree(classes, rates, field).figure


@picture
def test_reliability_diagram():
    rng = np.random.default_rng(4)
    odds = np.exp(2 * rng.normal(size=(3000, 4)))
    shares = odds / odds.sum(axis=1, keepdims=True)
    labels = (rng.random(3000)[:, None] > shares.cumsum(axis=1)).sum(axis=1)
    flat = shares**0.5 / (shares**0.5).sum(axis=1, keepdims=True)
    found = {
        "as it is": reliability(shares, labels, 10),
        "too modest": reliability(flat, labels, 10),
    }
    return plots.reliability_diagram(found).figure


@picture
def test_class_map():
    x, y = np.meshgrid(np.linspace(-1, 2, 31), np.linspace(-1, 1, 21))
    shares = 1 / (1 + np.exp(-3 * (y - np.sin(2 * x))))
    points, labels = [[0.0, -0.5], [1.0, 0.2], [0.0, 0.6], [-0.5, 0.0]], [0, 0, 1, 1]
    return plots.class_map(shares, (-1, -1), (2, 1), points=points, labels=labels).figure


def test_every_plot_is_compared():
    """A plot joins this file, or is named here with the reason."""
    here = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    elsewhere = {"noise_spread", "save_picture"}  # takes measurements of its own; no plot
    assert set(plots.__all__) <= here | elsewhere
    assert matplotlib.get_backend()
    folder = Path(__file__).with_name("baseline")
    kept = [{path.name for path in each.glob("*.png")} for each in (folder, folder / "before_3_11")]
    assert kept[0] == kept[1] == {f"test_{name}.png" for name in here - {"every_plot_is_compared"}}
