"""Studies in TOML files, from the command to tables and pictures."""

from __future__ import annotations

import dataclasses
import json

import nengo
import numpy as np
import pytest
from typer.testing import CliRunner

from nengo_lifdeep import TrainedModel, convert, evaluate, pretrained, train, training
from nengo_lifdeep.cli import app
from nengo_lifdeep.datasets import load
from nengo_lifdeep.errors import ModelFileError, OutputError, ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.inputs.recommended import Recommended
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.neurons import PAPER_PARAMETERS
from nengo_lifdeep.sweeps import sweep
from nengo_lifdeep.sweeps.measures import measure_network, measure_training
from nengo_lifdeep.sweeps.study import Study

STUDY = """
[study]
over = "seed"
x = "t_p"
y = "error_percent"
by = "scale_rates"

[fixed]
model = "digits-compact"
n = 20
initial_voltage = "uniform"
t_c = 0.005
tau_s = 0.001

[grid]
scale_rates = [1, 4]
t_p = [0.01, 0.02]
seed = [0, 1]
"""


def lifdeep(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_study_from_the_file_to_the_picture(tmp_path):
    (tmp_path / "rates.toml").write_text(STUDY)
    picture = tmp_path / "errors.svg"
    done = lifdeep("sweep", tmp_path / "rates.toml", "--picture", picture, "--json", "-q")
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert [(row["scale_rates"], row["t_p"], row["n_seed"]) for row in rows] == [
        (1, 0.01, 2), (1, 0.02, 2), (4, 0.01, 2), (4, 0.02, 2)
    ]  # fmt: skip
    assert rows[3]["error_percent"] < rows[0]["error_percent"] and "model" not in rows[0]
    whole = json.loads((tmp_path / "rates" / "table.json").read_text())
    assert len(whole) == 8 == len(list((tmp_path / "rates" / "jobs").iterdir()))
    given = {"model": "digits-compact", "n": 20, "initial_voltage": "uniform", "seed": 1}
    alone = measure_network(**given, t_c=0.005, t_p=0.02, tau_s=0.001, scale_rates=4)
    assert whole[-1]["error_percent"] == alone["error_percent"]
    assert whole[-1]["spikes_per_image"] == alone["spikes_per_image"]
    assert picture.stat().st_size > 5000
    shown = lifdeep("sweep", tmp_path / "rates.toml", "-q")
    assert "error_percent_std" in rows[0] and "model = digits-compact" in shown.stdout


def test_a_network_is_measured_in_its_own_times_unless_others_are_given(tmp_path):
    known = Recommended(tau_s=0.001, rate_factor=2.0, initial_voltage="half", t_c=0.01, t_p=0.03)
    trained = pretrained.load("digits-compact")
    trained = dataclasses.replace(trained, provenance=known.noted(trained.provenance))
    trained.save(tmp_path / "own.lifdeep")
    images = load("digits").test.take(20)
    for given in ({}, {"t_p": 0.02}, {"t_c": 0.0, "t_p": 0.04}):
        found = measure_network(str(tmp_path / "own.lifdeep"), n=20, **given)
        timing = dataclasses.replace(known.presentation, **given)
        expected = evaluate(convert(trained), images, presentation=timing)
        assert found["spikes_per_image"] == expected.spikes_per_image
    changed = measure_network(str(tmp_path / "own.lifdeep"), n=20, scale_rates=4.0)
    usual = Presentation(t_c=0.05, t_p=0.15)
    expected = evaluate(convert(trained, scale_firing_rates=4.0), images, presentation=usual)
    assert changed["spikes_per_image"] == expected.spikes_per_image


@pytest.mark.parametrize(
    "kind, given",
    [
        ("rate", {"tau_s": 0.003}), ("rate", {"scale_rates": 1.0}), ("rate", {"t_c": 0.0}),
        ("rate", {"t_p": 0.1}), ("rate", {"initial_voltage": "half"}),
        ("spiking", {"initial_voltage": "half"}), ("spiking", {"initial_voltage": "zero"}),
    ],
)  # fmt: skip
def test_parameters_without_effect_are_refused(kind, given, tmp_path):
    trained = pretrained.load("digits-compact")
    path = tmp_path / "net.lifdeep"
    (convert(trained) if kind == "spiking" else trained).save(path)
    simulator = "events" if kind == "spiking" else "rate"
    ((name, value),) = given.items()
    with pytest.raises(ValidationError, match=f"^{name}={value!r} would have no effect in"):
        measure_network(str(path), n=5, simulator=simulator, **given)
    assert measure_network(str(path), n=5, simulator=simulator)["error_percent"] <= 100


def test_parameters_that_take_effect_are_not_refused(tmp_path):
    """As a table shows them: a spiking network's synapses, rates and times are changed."""
    path = convert(pretrained.load("digits-compact")).save(tmp_path / "net.lifdeep")
    usual = measure_network(str(path), n=5)["spikes_per_image"]
    for given in ({"tau_s": 0.02}, {"scale_rates": 2.0}, {"t_p": 0.2}):
        assert measure_network(str(path), n=5, **given)["spikes_per_image"] != usual


TRAINING = {"network": "digits-compact", "data": "digits"}


@pytest.fixture
def untrained(monkeypatch):
    """Trainings by their options; none is done."""
    begun = []

    def noting(*args, **options):
        begun.append(options)
        return pretrained.load("digits-compact")

    monkeypatch.setattr(training, "train", noting)
    return begun


def test_the_file_of_a_training_has_every_parameter(untrained, tmp_path):
    grid = {
        **{name: [value] for name, value in TRAINING.items()},
        "n": [5],
        "seed": [0, 1],
        "epochs": [1, 2],
        "save": [f"{tmp_path}/{{network}}-{{seed}}-{{epochs}}-{{t_p}}.net"],
    }
    sweep(measure_training, grid, out=tmp_path / "out").require()
    files = {file.name for file in tmp_path.glob("*.net")}
    assert len(untrained) == 4
    assert files == {f"digits-compact-{s}-{e}-0.15.net" for s in (0, 1) for e in (1, 2)}


@pytest.mark.parametrize(
    "save, error, message",
    [
        ("net-{speed}.lifdeep", ValidationError, r"speed.*expected .* \{seed\}, \{epochs\}"),
        ("net-{save}.lifdeep", ValidationError, "save is"),
        ("net-{seed.lifdeep", ValidationError, "save is"),
        ("net-{}.lifdeep", ValidationError, "save is"),
        ("file/net.lifdeep", OutputError, "file"),
        ("folder", OutputError, "folder"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_training(
    save, error, message, untrained, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(error, match=message):
        measure_training(**TRAINING, save=save)
    assert not untrained


def test_points_that_would_overwrite_one_another_are_refused(untrained, tmp_path):
    grid = {
        **{name: [value] for name, value in TRAINING.items()},
        "n": [5],
        "seed": [0, 1, 1],
        "epochs": [1, 2],
        "save": [f"{tmp_path}/net-{{seed}}.lifdeep"],
    }
    with pytest.raises(ValidationError, match=r"net-0\.lifdeep for several .* put \{epochs\} into"):
        sweep(measure_training, grid, out=tmp_path / "out")
    points = [{**TRAINING, "n": 5, "save": f"{tmp_path}/{name}", **given} for name, given in
              (("a", {}), ("a", {"seed": 3}))]  # fmt: skip
    with pytest.raises(ValidationError, match=r"put \{seed\} into"):
        sweep(measure_training, points, out=tmp_path / "out")
    points[1]["save"] = f"{tmp_path}/./a"
    with pytest.raises(ValidationError, match="would overwrite it"):
        sweep(measure_training, points, out=tmp_path / "out")
    assert not untrained and not list(tmp_path.glob("out/jobs/*"))
    grid["epochs"] = [1]
    sweep(measure_training, grid, out=tmp_path / "out").require()
    assert len(untrained) == 2  # the point that is there twice is one


@pytest.mark.loihi
@pytest.mark.parametrize("tau_s", [None, 0.003])
def test_the_chip_gets_a_lowpass_of_the_same_mean_delay(tau_s):
    found = measure_network("digits-compact", n=2, simulator="loihi-exact", tau_s=tau_s)
    trained, images = pretrained.load("digits-compact"), load("digits").test.take(2)
    spiking = convert(trained, synapse=nengo.Lowpass(2 * (tau_s or 0.005)))
    expected = evaluate(
        spiking, images, simulator="loihi-exact", presentation=Presentation(t_c=0.05, t_p=0.15)
    )
    assert found["spikes_per_image"] == expected.spikes_per_image


def test_a_function_beside_the_file_that_fails(tmp_path):
    (tmp_path / "beside_the_study.py").write_text(
        "def half(a):\n    if a > 2:\n        raise ValueError('too much')\n    return a / 2\n"
    )
    (tmp_path / "s.toml").write_text(
        '[study]\nfunction = "beside_the_study:half"\nout = "here"\n[grid]\na = [1, 2, 3]\n'
    )
    done = lifdeep("sweep", tmp_path / "s.toml", "-q")
    assert done.exit_code == 7 and "1 job of the sweep has failed" in done.stderr
    assert "a=3: ValueError: too much" in done.stderr and "Traceback" not in done.stderr
    values = json.loads((tmp_path / "here" / "table.json").read_text())
    assert [row["value"] for row in values] == [0.5, 1.0]


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "neither"),
        ("a = 3", "'a' at its top"),
        ("[other]\na = 3", "'other' at its top"),
        ("[grid]\nseed = 3", "seed is 3; expected a list"),
        ("[grid]\nseed = []", "expected a list"),
        ('[fixed]\nmodel = "m"\n[grid]\nmodel = ["m"]', "model stand in"),
        ('[fixed]\nmodel = "m"\nsead = 3', "sead cannot be varied; expected model"),
        ("[grid]\nseed = [0]", "model must be given"),
        ('[study]\nfunction = "nobody"\n[grid]\nseed = [0]', "'module:function'"),
        ('[study]\nfunction = "nobody:x"\n[grid]\nseed = [0]', "cannot be found"),
        ('[study]\nfunction = "math:pi"\n[grid]\nseed = [0]', "expected a function"),
        ('[study]\nfunction = "math:nothing"\n[grid]\nseed = [0]', "cannot be found"),
        ("[study]\nfunction = 3\n[grid]\nseed = [0]", "each a text"),
        ("[study]\nover = 3\n[grid]\nseed = [0]", "over"),
        ('[study]\nxx = "a"\n[grid]\nseed = [0]', "xx"),
        ('study = "a"\n[grid]\nseed = [0]', "'study' at its top"),
    ],
)
def test_what_is_no_study_is_refused(text, message, tmp_path):
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(ValidationError, match=message):
        Study.load(tmp_path / "s.toml")


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(ModelFileError, match="no file"):
        Study.load(tmp_path / "s.toml")
    for content in (b"[grid", b"\xff\xfe\x00"):
        (tmp_path / "s.toml").write_bytes(content)
        with pytest.raises(ModelFileError, match="TOML"):
            Study.load(tmp_path / "s.toml")
    with pytest.raises(ModelFileError):
        Study.load(tmp_path)
    done = lifdeep("sweep", tmp_path / "s.toml", "--picture", tmp_path / "p.png")
    assert done.exit_code == 4 and "TOML" in done.stderr
    (tmp_path / "s.toml").write_text('[fixed]\nmodel = "digits-compact"')
    done = lifdeep("sweep", tmp_path / "s.toml", "--picture", tmp_path / "p.png")
    assert done.exit_code == 2 and "give x and y" in done.stderr
    (tmp_path / "s.toml").write_text('[fixed]\nmodel = "nobody.lifdeep"')
    done = lifdeep("sweep", tmp_path / "s.toml", "-q")
    assert done.exit_code == 7 and "nobody.lifdeep" in done.stderr


@pytest.mark.tf
@pytest.mark.slow
def test_seeds_of_a_training_in_two_processes(tmp_path):
    (tmp_path / "seeds.toml").write_text(
        '[study]\nfunction = "train"\n[fixed]\nnetwork = "digits-compact"\ndata = "digits"\n'
        f'epochs = 1\nlearning_rate = 0.003\nn = 50\nsave = "{tmp_path}/net-{{seed}}.lifdeep"\n'
        "[grid]\nseed = [0, 1]\n"
    )
    done = lifdeep("sweep", tmp_path / "seeds.toml", "--workers", 2, "-q")
    assert done.exit_code == 0, done.output
    rows = json.loads((tmp_path / "seeds" / "table.json").read_text())
    assert rows[0]["error_percent"] < 60 and rows[0]["spikes_per_image"] > 0
    nets = [TrainedModel.load(tmp_path / f"net-{seed}.lifdeep") for seed in (0, 1)]
    again = train(
        architecture("digits-compact"), load("digits"), neuron=PAPER_PARAMETERS["mnist"].neuron,
        gain=PAPER_PARAMETERS["mnist"].gain, epochs=1, learning_rate=0.003, progress=False,
    )  # fmt: skip
    for name, group in again.weights.items():
        for key, array in group.items():
            # TensorFlow's sums depend on the number of threads, and a worker has its share of them;
            # Adam, which divides a gradient by its own size, moves few by more than rounding, and
            # none by as much as one of its 14 steps
            apart = np.abs(array - nets[0].weights[name][key])
            assert apart.mean() < 1e-5 and apart.max() < 0.003
    assert not np.array_equal(nets[0].weights[name][key], nets[1].weights[name][key])
