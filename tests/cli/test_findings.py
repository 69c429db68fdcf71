"""What is wrong with a run is printed by every command that looks at images."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets import load
from nengo_lifdeep.layers import Conv2D, Dense, Flatten
from nengo_lifdeep.pretrained import load as load_pretrained

SILENT, DARK = "no neuron fires", "times darker"


@pytest.fixture(scope="module")
def silent_file(tmp_path_factory):
    """A network of digits whose first neurons are far below their threshold, trained form."""
    net = load_pretrained("digits-compact")
    weights = {name: dict(arrays) for name, arrays in net.weights.items()}
    for name in weights:
        if name != [la.name for la in net.architecture.layers if la.has_weights][-1]:
            weights[name]["bias"] = weights[name]["bias"] - np.float32(60)
    still = dataclasses.replace(net, weights=weights)
    return still.save(tmp_path_factory.mktemp("silent") / "silent.lifdeep")


@pytest.fixture(scope="module")
def dark_digits(tmp_path_factory):
    """Network and words for digits in MNIST's files, 16 of 255 at the brightest."""
    folder = tmp_path_factory.mktemp("dark")
    data = load("digits")
    for name, split in (("train", data.train.take(40)), ("t10k", data.test.take(40))):
        large = split.unit_images()[..., 0].repeat(3, axis=1).repeat(3, axis=2)
        dark = np.round(16 * np.pad(large, ((0, 0), (2, 2), (2, 2)))).astype(np.uint8)
        header = np.array([0x803, *dark.shape], ">i4").tobytes()
        (folder / f"{name}-images-idx3-ubyte").write_bytes(header + dark.tobytes())
        header = np.array([0x801, len(dark)], ">i4").tobytes()
        labels = split.labels.astype(np.uint8).tobytes()
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(header + labels)
    return ("mnist-compact", "--data", "mnist", "--data-dir", folder)


COMMANDS = {
    "evaluate": ("evaluate", "--n", 20, "-q"),
    "evaluate in spikes": ("evaluate", "-s", "events", "--n", 20, "-q"),
    "ladder": ("evaluate", "--ladder", "--n", 20, "-q"),
    "run": ("run", "--n", 10, "-q"),
    "deploy": ("deploy", "--n", 20, "-q"),
    "plan": ("deploy", "--plan"),
    "diagnose": ("diagnose", "--n", 10),
    "points": ("points", "--n", 20, "--tau-s", 3, "--t-p", 60, "--scale-rates", 1, "-q"),
}


def words(command, file, *more):
    name, *options = COMMANDS[command]
    return (name, file, *options, *more)


def said(result):
    """What was printed, in one line: tables break theirs."""
    return " ".join(result.stdout.replace("│", " ").split())


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "evaluate"])
def test_a_silent_network_is_named(lifdeep, silent_file, command):
    result = lifdeep(*words(command, silent_file, "--data", "digits"))
    assert result.exit_code == 0, result.output
    assert SILENT in said(result), result.stdout


def test_a_silent_network_in_rates_answers_alike(lifdeep, silent_file):
    result = lifdeep(*words("evaluate", silent_file, "--data", "digits"))
    assert "of 20 images get class" in said(result) or "all 20 images get class" in said(result)


@pytest.mark.parametrize("command", COMMANDS)
def test_dark_images_are_named(lifdeep, dark_digits, command):
    result = lifdeep(*words(command, *dark_digits))
    assert result.exit_code == 0, result.output
    assert DARK in said(result), result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_good_network_is_left_alone(lifdeep, command):
    result = lifdeep(*words(command, "digits-compact"))
    assert result.exit_code == 0, result.output
    assert "warning" not in said(result) and "error:" not in said(result), result.stdout


@pytest.mark.parametrize("command", ["run", "points"])
def test_rows_as_json_stay_rows(lifdeep, dark_digits, command):
    result = lifdeep(*words(command, *dark_digits, "--json"))
    assert isinstance(json.loads(result.stdout), list) and DARK in result.stderr


def test_a_plan_without_images_says_that_it_did_not_look(lifdeep, make_network, tmp_path):
    layers = [Conv2D(4, 3), Conv2D(4, 3), Flatten(), Dense(4)]
    file = make_network((8, 8, 1), layers).save(tmp_path / "net.lifdeep")
    result = lifdeep("deploy", file, "--plan")
    assert result.exit_code == 0, result.output
    assert "Every rule of the chip is kept" in said(result)
    assert "no images were given" in said(result)
    record = json.loads(lifdeep("deploy", file, "--plan", "--json").stdout)
    assert record["plan"]["findings"] == []
    assert [f["severity"] for f in record["findings"]] == ["note"]


def test_convert_leaves_the_scale_of_pixels_to_the_model(lifdeep, tmp_path):
    """A model that divides by 255 itself, and one of bytes that says nothing."""
    keras = pytest.importorskip("keras")
    L, data = keras.layers, load("digits")
    keras.utils.set_random_seed(2)
    front = [L.Conv2D(16, 3, activation="relu"), L.Flatten()]
    ends = [L.Dense(32, activation="relu"), L.Dense(10)]
    for name, first in (("says", [L.Rescaling(1 / 255)]), ("silent", [])):
        layers = [L.deserialize(L.serialize(la)) for la in (*front, *ends)]
        model = keras.Sequential([keras.Input((8, 8, 1)), *first, *layers])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(255 * data.train.unit_images(), data.train.labels, epochs=10, verbose=0)
        model.save(tmp_path / f"{name}.keras")
    more = ("--data", "digits", "--method", "normalise", "--n", 100, "--json", "-q")
    out = ("--out", tmp_path / "s.lifdeep")
    result = lifdeep("convert", tmp_path / "says.keras", *more, *out)
    assert result.exit_code == 0, result.output
    assert "255" not in result.stderr
    result = lifdeep("convert", tmp_path / "silent.keras", *more, *out)
    assert "255 times as bright" in result.stderr and "--pixels 255" in result.stderr
    result = lifdeep("convert", tmp_path / "silent.keras", *more, *out, "--pixels", 255)
    assert result.exit_code == 0 and "255 times" not in result.stderr


def test_a_silent_spiking_file_is_named_too(lifdeep, silent_file, tmp_path):
    from nengo_lifdeep.models import TrainedModel

    file = convert(TrainedModel.load(silent_file), synapse=0.003).save(tmp_path / "s.lifdeep")
    result = lifdeep("evaluate", file, "--data", "digits", "--n", 20, "-q")
    assert SILENT in said(result)
