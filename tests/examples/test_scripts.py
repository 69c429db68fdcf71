"""Every other script runs, on as little as it takes."""

import os
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep.datasets import Split
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.importers.keras.model import from_keras
from nengo_lifdeep.models import TrainedModel

EXAMPLES = Path(__file__).parents[2] / "examples"
BENCHMARKS = EXAMPLES.parent / "benchmarks"
DATA = os.environ.get("NENGO_LIFDEEP_DATA")


def run_script(name, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")


@pytest.mark.tf
def test_noise_helps(monkeypatch, capsys):
    run_script("noise_helps.py", monkeypatch, "--epochs", "3", "--images", "40", "--seeds", "2")
    lines = capsys.readouterr().out.splitlines()
    assert sum("alpha-RC 3 ms" in line for line in lines) == 3  # two seeds and the mean


@pytest.mark.tf
def test_values_in_spikes(monkeypatch, capsys):
    words = ("--n", "6", "--simulator", "events", "--seeds", "2")
    run_script("values_in_spikes.py", monkeypatch, *words, "--epochs", "2")
    out = capsys.readouterr().out
    assert out.count("events, 2 seeds: r2") == 2 and out.count("psnr") == 2
    assert "events: mean absolute error by 110 ms" in out


@pytest.mark.tf
@pytest.mark.loihi
@pytest.mark.skipif(DATA is None, reason="NENGO_LIFDEEP_DATA names no folder with MNIST")
def test_mnist_compact(monkeypatch, capsys, tmp_path):
    run_script(
        "mnist_compact.py", monkeypatch,
        "--epochs", "1", "--images", "50", "--loihi-images", "5", "--out", str(tmp_path),
    )  # fmt: skip
    assert capsys.readouterr().out.count("error") == 3
    names = {path.name for path in tmp_path.iterdir()}
    assert {"trained.lifdeep", "spiking.lifdeep", "events.lifdeep", "loihi.lifdeep"} <= names


@pytest.mark.tf
def test_calibrated_noise(monkeypatch, capsys):
    run_script("calibrated_noise.py", monkeypatch, "--epochs", "2", "--seeds", "2")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[-3:]] == ["none", "AlphaRCNoise", "MeasuredNoise"]


@pytest.mark.tf
@pytest.mark.loihi
def test_binary_weights(monkeypatch, capsys):
    run_script("binary_weights.py", monkeypatch, "--epochs", "1", "--members", "1")
    lines = capsys.readouterr().out.splitlines()
    values = {line.split(":")[0]: line.split("; ")[-1] for line in lines[1:5]}
    assert values == {
        "real weights": "4,608", "signs, straight-through": "2", "likelier signs": "2",
        "signs drawn, member 1": "2",
    }  # fmt: skip
    memory = [int(line.split(" KB")[0].split()[-1]) for line in lines[5:]]
    assert len(memory) == 3 and memory[0] > memory[1] > memory[2] > 0


@pytest.mark.tf
@pytest.mark.loihi
def test_few_bits(monkeypatch, capsys):
    run_script("few_bits.py", monkeypatch, "--epochs", "1", "--more", "1", "--seeds", "1")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 2 * 4 + 3 and lines[1].startswith("8 bits, rounded:")


@pytest.mark.loihi
def test_keras_to_loihi(monkeypatch, capsys, tmp_path):
    pytest.importorskip("keras")
    run_script(
        "keras_to_loihi.py", monkeypatch,
        "--epochs", "8", "--images", "30", "--report", str(tmp_path),
    )  # fmt: skip
    assert "loihi-exact: error" in capsys.readouterr().out
    assert (tmp_path / "deployment.html").exists()


@pytest.mark.slow
@pytest.mark.tf
@pytest.mark.loihi
@pytest.mark.skipif(DATA is None, reason="NENGO_LIFDEEP_DATA names no folder with CIFAR-10")
def test_cifar10_on_loihi(monkeypatch, capsys, tmp_path):
    run_script(
        "cifar10_on_loihi.py", monkeypatch,
        "--epochs", "1", "--limit", "256", "--images", "2", "--out", str(tmp_path),
    )  # fmt: skip
    said = capsys.readouterr().out
    assert "cannot go onto Loihi" in said and "loihi-exact: error" in said


@pytest.mark.parametrize(
    ("simulator", "digits"), [("nengo", 5), pytest.param("loihi", 2, marks=pytest.mark.loihi)]
)
def test_saccading_eye(simulator, digits, monkeypatch, capsys):
    options = ("--digits", str(digits), "--seed", "3", "--simulator", simulator)
    run_script("saccading_eye.py", monkeypatch, *options)
    written, read = (line.split(":")[1].split() for line in capsys.readouterr().out.splitlines())
    assert len(written) == digits
    assert sum(a == b for a, b in zip(written, read, strict=True)) >= 0.8 * digits


@pytest.mark.tf
def test_keras_to_spikes(monkeypatch, capsys, tmp_path):
    pytest.importorskip("keras")
    run_script(
        "keras_to_spikes.py", monkeypatch, "--data", "digits", "--epochs", "2", "--tune", "1",
        "--images", "30", "--file", str(tmp_path / "net.keras"),
    )  # fmt: skip
    out = capsys.readouterr().out
    assert out.count("loses most") == 2 and out.split().count("stream") == 2


@pytest.mark.slow
@pytest.mark.tf
@pytest.mark.skipif(DATA is None, reason="needs CIFAR-10 in the folder NENGO_LIFDEEP_DATA")
def test_cifar10_residual(monkeypatch, capsys, tmp_path):
    """Two cycles and the hard curve on 256 images; the second starts from the first."""
    words = ["--epochs", "1", "1", "--sharpen", "1", "--limit", "256", "--images", "20"]
    run_script("cifar10_residual.py", monkeypatch, *words, "--out", str(tmp_path))
    out = capsys.readouterr().out
    assert out.count(": error") >= 3 and "cycle 2" in out and "events" in out
    assert (tmp_path / "spikes.lifdeep").exists()
    first, second = (TrainedModel.load(tmp_path / f"cycle{i}" / "trained.lifdeep") for i in (1, 2))
    start, end = (net.weights["conv1"]["kernel"] for net in (first, second))
    assert 0 < abs(end - start).max() < abs(start).max()


@pytest.mark.tf
def test_settings_of_the_digits_are_chosen_on_held_out_images(monkeypatch, capsys):
    run_script("digits_end_to_end.py", monkeypatch, "--choose", "1", "--epochs", "2")
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("learning rate") for line in lines) == 5
    errors = [float(line.split()[-2]) for line in lines if line.startswith("(tau_s")]
    assert len(errors) == 18 and errors == sorted(errors)


@pytest.mark.tf
@pytest.mark.parametrize("script", ["noise_helps.py", "calibrated_noise.py"])
def test_scripts_that_leave_the_test_images_alone(script, monkeypatch, capsys):
    from nengo_lifdeep import datasets

    whole = datasets.load("digits")
    monkeypatch.setattr(datasets, "load", lambda name: _Guarded(whole))
    words = ["--epochs", "1", "--seeds", "2", "--images", "40", "--validation"]
    run_script(script, monkeypatch, *words)
    assert "mean" in capsys.readouterr().out


@pytest.mark.tf
def test_settings_of_a_keras_network_are_chosen_on_held_out_images(monkeypatch, capsys, tmp_path):
    pytest.importorskip("keras")
    from nengo_lifdeep import datasets

    whole = datasets.load("digits")
    monkeypatch.setattr(datasets, "load", lambda name: _Guarded(whole))
    run_script(
        "keras_to_spikes.py", monkeypatch, "--data", "digits", "--epochs", "1", "--tune", "1",
        "--images", "40", "--file", str(tmp_path / "net.keras"), "--choose",
    )  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    for way in ("reset", "stream"):
        assert sum(line.startswith("(") and f"ms, {way}:" in line for line in lines) == 15
        assert sum(line.startswith("chosen") and f", {way}: " in line for line in lines) == 2


class _Guarded:
    """A data set whose test images nobody may touch."""

    def __init__(self, whole):
        self.held_out = whole.held_out


def test_deeper_layers_fire_too_fast_because_of_the_ripple():
    """None in the first layer; random voltages change nothing; slow synapses end it."""
    from nengo_lifdeep import convert, datasets, pretrained

    script = runpy.run_path(str(BENCHMARKS / "rate_excess.py"))
    excess, trained = script["excess"], pretrained.load("digits-compact")
    images = datasets.load("digits").test.take(20)
    none = excess(convert(trained, synapse=None), images)
    drawn = convert(trained, synapse=None, initial_voltage="uniform")
    free = excess(script["without_floor"](drawn), images)
    slow = excess(convert(trained, synapse=0.02), images)
    assert abs(none["neurons1"]) < 0.002 < 0.18 < none["neurons2"] < 0.30
    assert excess(drawn, images)["neurons2"] == pytest.approx(none["neurons2"], abs=0.01)
    assert 0.03 < free["neurons2"] < 0.5 * none["neurons2"]
    assert 0 < slow["neurons2"] < 0.015


@pytest.mark.tf
def test_what_average_pooling_costs(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["pooling_cost.py", "--epochs", "1", "--tune", "1"])
    runpy.run_path(str(BENCHMARKS / "pooling_cost.py"), run_name="__main__")
    out = capsys.readouterr().out
    assert "of 359 images" in out and "epochs of fine-tuning" in out and "events: error" in out


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_the_small_networks_of_keras_are_imported_exactly(name):
    keras = pytest.importorskip("keras")
    made = runpy.run_path(str(BENCHMARKS / "keras_blocks" / "networks.py"))["NETWORKS"][name]
    keras.utils.set_random_seed(1)
    model = made()
    images = np.random.default_rng(1).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    norms = [la for la in model.layers if isinstance(la, keras.layers.BatchNormalization)]
    for norm in norms:
        norm.momentum = 0.0
    model(images.astype(np.float32), training=True)  # so that every layer has its own statistics
    expected = np.asarray(model(images.astype(np.float32)))
    found = evaluate(from_keras(model), Split(images, expected.argmax(axis=1)))
    assert len(norms) > 20 and np.ptp(expected) > 0.1
    assert found.error == 0
