"""What may be written for synapses, noise, neurons and times."""

from __future__ import annotations

import re

import nengo
import pytest
import typer

from nengo_lifdeep import noise
from nengo_lifdeep.cli.app import app
from nengo_lifdeep.cli.words import (
    NEURON_PRESETS,
    coding_of,
    in_milliseconds,
    neuron_and_gain,
    noise_of,
    presentation_of,
    synapse_of,
    weights_of,
)
from nengo_lifdeep.inputs.coding import BernoulliCoding, PoissonCoding
from nengo_lifdeep.inputs.presentation import Presentation


@pytest.mark.parametrize(
    ("text", "synapse"),
    [
        ("none", None),
        ("alpha:3ms", nengo.Alpha(0.003)),
        ("alpha:0.003", nengo.Alpha(0.003)),
        ("LOWPASS:0.005s", nengo.Lowpass(0.005)),
    ],
)
def test_synapses(text, synapse):
    assert synapse_of(text) == synapse


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("none", None),
        ("gaussian:10", noise.GaussianNoise(10.0)),
        ("alpha:0.003", noise.AlphaNoise(0.003)),
        ("alpha-rc:3ms", noise.AlphaRCNoise(0.003)),
        ("lowpass:5ms", noise.LowpassNoise(0.005)),
        ("lowpass-rc:5ms", noise.LowpassRCNoise(0.005)),
    ],
)
def test_noise(text, model):
    assert noise_of(text) == model


@pytest.mark.parametrize("text", ["alpha", "alpha:", "alpha:x", "alpha:-3ms", "none:3", "box:3ms"])
def test_wrong_words_are_refused(text):
    with pytest.raises(typer.BadParameter):
        synapse_of(text)
    with pytest.raises(typer.BadParameter):
        noise_of(text)


@pytest.mark.parametrize(
    ("text", "coding"),
    [
        ("none", None),
        ("poisson:200Hz", PoissonCoding(200.0, seed=3)),
        ("Bernoulli:62.5", BernoulliCoding(62.5, seed=3)),
    ],
)
def test_codings(text, coding):
    assert coding_of(text, seed=3) == coding


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("poisson", "write none, latency, poisson:200Hz or bernoulli:200Hz"),
        ("none:3", "write none"),
        ("rank:3Hz", "write none"),
        ("poisson:3ms", "could not convert .* write a rate in Hz: poisson:200Hz"),
        ("bernoulli:-5Hz", "max_rate is -5.0; expected a finite number above 0"),
    ],
)
def test_wrong_codings_are_refused(text, message):
    with pytest.raises(typer.BadParameter, match=message):
        coding_of(text)


def test_seconds_that_were_meant_as_ms_are_noticed():
    with pytest.raises(typer.BadParameter, match="did you mean 3ms"):
        synapse_of("alpha:3")


@pytest.mark.parametrize("seconds", [0.02, 0.002, 1e-5])
@pytest.mark.parametrize("option", ["--tau-rc", "--tau-ref", "--tau-s", "--t-c", "--t-p"])
def test_ms_that_were_meant_as_seconds_are_noticed(option, seconds):
    with pytest.raises(typer.BadParameter, match=f"are {option} {1e3 * seconds:g}$") as caught:
        in_milliseconds(seconds, option)
    assert ("expected 0 or" in str(caught.value)) is (option not in ("--tau-rc", "--t-p"))
    assert in_milliseconds(1e3 * seconds + 1, option) == (1e3 * seconds + 1) / 1e3
    assert in_milliseconds(0.0, option) == 0.0


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--out", "x.lifdeep", "--tau-rc", "0.02"),
        ("train", "--out", "x.lifdeep", "--tau-ref", "0.002"),
        ("points", "digits-compact", "--tau-s", "3", "--tau-s", "0.005"),
        ("points", "digits-compact", "--t-p", "0.1"),
        ("evaluate", "digits-compact", "-s", "events", "--t-p", "0.15"),
        ("evaluate", "digits-compact", "-s", "events", "--tau-s", "0.003"),
    ],
)
def test_commands_refuse_seconds_where_ms_are_asked_for(lifdeep, words):
    done = lifdeep(*words)
    assert done.exit_code == 2
    assert f"{words[-2]} {1e3 * float(words[-1]):g}" in " ".join(done.stderr.split())


def test_every_option_in_ms_has_a_least_value():
    """A new one that is not read by `in_milliseconds` fails here."""
    found = {
        option
        for command in typer.main.get_command(app).commands.values()
        for each in command.params
        for option in each.opts
        if option.startswith("--") and re.search(r"\bin ms\b", getattr(each, "help", None) or "")
    }
    assert found == {"--tau-rc", "--tau-ref", "--tau-s", "--t-c", "--t-p"}


def test_presets_are_the_papers_rows():
    neuron, gain = neuron_and_gain("cifar10", None, None)
    assert (neuron.tau_rc, neuron.tau_ref, neuron.amplitude, gain) == (0.05, 0.001, 0.063, 0.825)
    assert neuron.noise == noise.GaussianNoise(10.0)


def test_a_preset_can_be_changed():
    neuron, gain = neuron_and_gain("mnist", "none", 0.5, tau_rc=0.03, amplitude=None)
    assert (neuron.tau_rc, neuron.amplitude, neuron.noise, gain) == (0.03, 0.063, None, 0.5)


def test_every_preset_is_a_neuron():
    assert all(neuron_and_gain(name, None, None)[0].amplitude > 0 for name in NEURON_PRESETS)
    with pytest.raises(typer.BadParameter, match="expected one of"):
        neuron_and_gain("vision", None, None)


def test_times_are_in_ms():
    expected = Presentation(tau_s=0.003, t_c=0.02, t_p=0.06, reset=False)
    assert presentation_of(3, 20, 60, no_reset=True) == expected


def test_kinds_of_weights():
    from nengo_lifdeep.weights import Binary, CrossPoint, Rounded

    assert weights_of("crosspoint") == CrossPoint()
    assert weights_of("BINARY") == Binary()
    assert weights_of("binary:relaxed") == Binary(1.2, "relaxed", temperature=0.3)
    assert weights_of("crosspoint:Managed") == CrossPoint.managed()
    assert weights_of("float") is None
    assert weights_of(" Rounded:3") == Rounded(3)
    for wrong in (
        "rounded",
        "rounded:1",
        "rounded:x",
        "float:3",
        "bits",
        "",
        "rounded:4.0",
        "crosspoint:",
        "binary:1",
    ):
        with pytest.raises(typer.BadParameter):
            weights_of(wrong)
