"""Every command for real, on tiny inputs; what it prints equals what the library measures."""

from __future__ import annotations

import dataclasses
import json

import nengo
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets import load
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.inputs.coding import PoissonCoding
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.inputs.recommended import Recommended
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten
from nengo_lifdeep.layers.named import NAMES
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.records import Evaluation, SpikeRecord

QUICK = ("--data", "bars", "--n", "4", "--t-c", "5", "--t-p", "20", "-q")


def test_convert(lifdeep, trained_file, tmp_path):
    out = tmp_path / "s.lifdeep"
    words = ("convert", trained_file, "--synapse", "lowpass:5ms", "--scale-rates", "2")
    result = lifdeep(*words, "--initial-voltage", "uniform", "--out", out)
    assert result.exit_code == 0
    model = SpikingModel.load(out)
    assert model.connections[1].synapse == nengo.Lowpass(0.005)
    assert model.initial_voltage == "uniform"
    assert model.provenance["conversion"]["scale_firing_rates"] == 2
    assert "lowpass 5 ms" in result.stdout
    assert str(out) in result.stderr


def test_recommended_conversion_and_times(lifdeep, trained_file, tmp_path):
    known = Recommended(0.002, 2.0, "half", 0.01, 0.03)
    trained = TrainedModel.load(trained_file)
    noted = dataclasses.replace(trained, provenance=known.noted(trained.provenance))
    file, out = noted.save(tmp_path / "n.lifdeep"), tmp_path / "s.lifdeep"
    few = ("--data", "bars", "--n", "4", "-q")
    assert lifdeep("convert", file, "--out", out).exit_code == 0
    model = SpikingModel.load(out)
    assert model.connections[1].synapse == nengo.Alpha(0.002)
    assert model.initial_voltage == "half"
    assert model.provenance["conversion"]["scale_firing_rates"] == 2
    result = lifdeep("convert", file, "--scale-rates", "1", "--out", out)
    assert result.exit_code == 0 and "recommended" not in SpikingModel.load(out).provenance
    images = load("bars").test.take(4)
    wanted = evaluate(convert(noted), images).spikes_per_image
    for command in ("evaluate", "run"):
        result = lifdeep(command, file, "-s", "events", *few)
        assert result.exit_code == 0 and "times as recommended" in result.stderr
        assert "t_c = 10 ms, t_p = 30 ms" in result.stderr
        if command == "evaluate":
            assert f" {wanted:,.0f} " in result.stdout
    for given, end, wanted in (
        (("--t-p", "8"), "--t-p", "8 ms; expected more than 10 ms, as recommended the start"),
        (("--t-c", "30"), "--t-c", "30 ms; expected less than 30 ms, as recommended the end"),
    ):
        result = lifdeep("evaluate", file, "-s", "events", *given, *few)
        said = " ".join(result.stderr.replace("│", " ").split())
        assert result.exit_code == 2 and f"{end}: {wanted}" in said
    result = lifdeep("evaluate", file, "-s", "events", "--synapse", "alpha:3ms", *few)
    assert "as recommended" not in result.stderr and "t_p = 150 ms" in result.stdout
    result = lifdeep("evaluate", file, "-s", "events", "--tau-s", "20", *few)
    assert "as recommended" not in result.stderr and "t_p = 150 ms" in result.stdout


def test_convert_refuses_a_spiking_network(lifdeep, spiking_file, tmp_path):
    result = lifdeep("convert", spiking_file, "--out", tmp_path / "s.lifdeep")
    assert result.exit_code == 4
    assert "expected a trained one" in result.stderr
    assert not list(tmp_path.iterdir())


def test_run_saves_the_record(lifdeep, spiking_file, tmp_path):
    out = tmp_path / "r.lifdeep"
    result = lifdeep("run", spiking_file, "-s", "nengo", "--rasters", "1", "--out", out, *QUICK)
    assert result.exit_code == 0
    record = SpikeRecord.load(out)
    assert record.n_images == 4
    assert set(record.rasters) == {"neurons1", "neurons2"}
    assert "4 images" in result.stdout


def test_run_keeps_what_was_finished(lifdeep, spiking_file, monkeypatch, tmp_path):
    step = nengo.Simulator.run_steps
    calls = []

    def twice(self, *args, **kwargs):
        calls.append(1)
        if len(calls) > 2:
            raise KeyboardInterrupt
        step(self, *args, **kwargs)

    monkeypatch.setattr(nengo.Simulator, "run_steps", twice)
    out = tmp_path / "r.lifdeep"
    result = lifdeep("run", spiking_file, "-s", "nengo", "--out", out, *QUICK)
    assert result.exit_code == 130
    assert SpikeRecord.load(out).n_images == 2
    assert "interrupted: 2 of 4 images" in result.stdout


def test_evaluate_measures_what_the_library_measures(lifdeep, trained_file):
    result = lifdeep("evaluate", trained_file, "--data", "bars", "--json", "-q")
    assert result.exit_code == 0
    [row] = json.loads(result.stdout)
    expected = evaluate(TrainedModel.load(trained_file), load("bars").test)
    assert row["error_percent"] == expected.error
    assert row["simulator"] == "rate"
    assert row["n_images"] == 300
    low, high = row["error_interval_percent"]
    assert low < row["error_percent"] < high
    assert row["data"] == "bars"


def test_evaluate_in_two_simulators_on_the_way(lifdeep, trained_file, tmp_path):
    out = tmp_path / "e.lifdeep"
    words = ("evaluate", trained_file, "-s", "rate", "-s", "nengo", "--json", "--out", out)
    result = lifdeep(*words, "--tau-s", "2", "--synapse", "none", *QUICK)
    assert result.exit_code == 0
    assert [row["simulator"] for row in json.loads(result.stdout)] == ["rate", "nengo"]
    saved = Evaluation.load(tmp_path / "e-nengo.lifdeep")
    assert saved.presentation == Presentation(tau_s=0.002, t_c=0.005, t_p=0.02)
    assert (tmp_path / "e-rate.lifdeep").exists()


def test_evaluate_checks_spikes(lifdeep, trained_file, spiking_file):
    """Some images again in `nengo.Simulator`; refused where there is nothing to compare."""
    result = lifdeep("evaluate", spiking_file, "--check", "2", *QUICK)
    assert result.exit_code == 0
    assert "against nengo.Simulator, 2 images" in result.stdout + result.stderr
    for words in ((trained_file,), (spiking_file, "-s", "nengo")):
        result = lifdeep("evaluate", *words, "--check", "2", *QUICK)
        assert result.exit_code == 2
        assert "add --simulator events" in result.stderr


def test_rates_know_no_time(lifdeep, trained_file):
    for words in (("--t-p", "60"), ("--tau-s", "2"), ("--no-reset",)):
        result = lifdeep("evaluate", trained_file, "--data", "bars", "-q", *words)
        assert result.exit_code == 2
        assert "add --simulator events" in result.stderr


@pytest.mark.parametrize("command", ["evaluate", "run", "energy", "diagnose", "deploy"])
def test_a_spiking_network_has_its_synapses(lifdeep, spiking_file, command):
    result = lifdeep(command, spiking_file, "--data", "bars", "--synapse", "none")
    assert result.exit_code == 2
    assert "has its synapses already" in result.stderr


def test_evaluate_without_reset(lifdeep, spiking_file, tmp_path):
    out = tmp_path / "e.lifdeep"
    words = ("evaluate", spiking_file, "-s", "nengo", "--no-reset", "--out", out)
    assert lifdeep(*words, *QUICK).exit_code == 0
    assert Evaluation.load(out).presentation.reset is False


def test_coding_is_the_librarys(lifdeep, spiking_file, tmp_path):
    words = ("-s", "nengo", "--coding", "poisson:300Hz", "--seed", "2", *QUICK)
    out = tmp_path / "r.lifdeep"
    result = lifdeep("run", spiking_file, "--out", out, *words)
    assert result.exit_code == 0, result.stderr
    assert "input: PoissonCoding" in result.stdout
    timing = Presentation(t_c=0.005, t_p=0.02)
    expected = evaluate(
        SpikingModel.load(spiking_file),
        load("bars").test.take(4, seed=2),
        simulator="nengo",
        presentation=timing,
        coding=PoissonCoding(300, seed=2),
        seed=2,
    )
    found = SpikeRecord.load(out)
    assert found.image_spikes["neurons1"].mean() == expected.layer_spikes["neurons1"]
    [row] = json.loads(lifdeep("evaluate", spiking_file, "--json", *words).stdout)
    assert row["spikes_per_image"] == expected.spikes_per_image


def test_run_in_rates(lifdeep, trained_file):
    """Without spikes their column is left out."""
    result = lifdeep("run", trained_file, "--simulator", "rate", *QUICK[:4])
    assert result.exit_code == 0, result.stderr
    assert "neurons1" in result.stdout and "spikes per image" not in result.stdout


def test_ladder(lifdeep, trained_file, spiking_file):
    words = ("--ladder", "-s", "nengo", "--json", *QUICK)
    rungs = json.loads(lifdeep("evaluate", trained_file, *words).stdout)
    assert [rung["rung"] for rung in rungs] == ["SoftLIF rates", "LIFRate rates", "spikes in nengo"]
    rungs = json.loads(lifdeep("evaluate", spiking_file, *words).stdout)
    assert [rung["rung"] for rung in rungs] == ["LIF rates", "spikes in nengo"]
    result = lifdeep("evaluate", spiking_file, *words, "--synapse", "lowpass:5ms")
    assert result.exit_code == 2
    assert "has its synapses already" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--t-c", "50", "--t-p", "20"), 2, "choose t_c < t_p"),
        (("-s", "brain"), 2, "expected one of rate"),
        (("--coding", "bernoulli:3000Hz"), 2, "PoissonCoding, which has room"),
        (("--coding", "poisson:300Hz", "-s", "loihi"), 2, "shows no input that changes over time"),
        (("--data", "imagenet"), 4, "there is no data set"),
        (("--n", "1000000"), 4, "images were asked for"),
        (("--data", "digits", "--n", "1"), 4, "trained for horizontal, vertical, falling, rising"),
    ],
)
def test_evaluate_refuses(lifdeep, spiking_file, words, code, message):
    quick = ("--data", "bars", "--t-p", "60", "-s", "nengo", "-q")
    result = lifdeep("evaluate", spiking_file, *quick, *words)
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_info_lists_everything(lifdeep):
    text = lifdeep("info").stdout
    for word in (*NAMES, "digits", "fashion-mnist", "nengo-dl", "alpha-rc:3ms"):
        assert word in text
    assert "lee2020-resnet9 is a guess" in text
    listed = json.loads(lifdeep("info", "--json").stdout)
    assert list(listed) == ["networks", "neurons", "data_sets", "simulators", "noise"]


def test_info_on_a_named_network_counts_like_the_paper(lifdeep):
    # Hunsberger & Eliasmith 2016, table of networks
    rows = json.loads(lifdeep("info", "hunsberger2016-imagenet", "--json").stdout)
    assert rows[-1]["neurons"] == 493_184


def test_info_on_every_kind_of_file(lifdeep, trained_file, spiking_file, tmp_path):
    assert "trained network" in lifdeep("info", trained_file).stdout
    assert "spiking network" in lifdeep("info", spiking_file).stdout
    lifdeep("run", spiking_file, "-s", "nengo", "--out", tmp_path / "r", *QUICK)
    lifdeep("evaluate", spiking_file, "-s", "nengo", "--out", tmp_path / "e", *QUICK)
    assert "highest" in lifdeep("info", tmp_path / "r").stdout
    assert "interval" in lifdeep("info", tmp_path / "e").stdout


@pytest.mark.parametrize("method", ["normalise", "lif"])
def test_convert_measures_and_names_the_layer_that_loses(lifdeep, tmp_path, make_network, method):
    net = make_network((8, 8, 1), [Conv2D(4, 3), Flatten(), Dense(4)], nengo.RectifiedLinear())
    file, out = net.save(tmp_path / "relu.lifdeep"), tmp_path / "s.lifdeep"
    words = ("convert", file, "--out", out, "--method", method, "--data", "bars", "--n", "40", "-q")
    result = lifdeep(*words)
    assert result.exit_code == 0, result.stderr
    assert "loses most" in result.stdout and "Layer by layer" in result.stdout
    kind = type(SpikingModel.load(out).populations[0].neuron).__name__
    assert kind == {"normalise": "SpikingRectifiedLinear", "lif": "LIF"}[method]
    assert lifdeep("convert", file, "--out", out, "--method", method).exit_code == 2
    assert lifdeep("convert", file, "--out", out, "--method", "magic").exit_code == 2


@pytest.mark.tf
def test_convert_finetunes_a_keras_file(lifdeep, tmp_path):
    keras = pytest.importorskip("keras")
    layers = [keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, activation="relu"),
              keras.layers.Flatten(), keras.layers.Dense(4)]  # fmt: skip
    file, out = tmp_path / "k.keras", tmp_path / "s.lifdeep"
    keras.Sequential(layers).save(file)
    words = ("--method", "finetune", "--epochs", "1", "--data", "bars", "--n", "20", "-q")
    result = lifdeep("convert", file, "--out", out, *words)
    assert result.exit_code == 0, result.stderr
    assert type(SpikingModel.load(out).populations[0].neuron).__name__ == "LIF"


def test_diagnose(lifdeep):
    result = lifdeep("diagnose", "digits-compact", "--n", "10", "--json")
    tables = json.loads(result.stdout)
    assert [row["name"] for row in tables["layers"]] == ["neurons1", "neurons2", "neurons3"]
    words = ("diagnose", "digits-compact", "--n", "10", "--t-c", "5", "--t-p", "10", "--json")
    found = json.loads(lifdeep(*words).stdout)["findings"]
    assert "neurons fire within the window" in {row["rule"] for row in found}


def test_info_on_a_broken_file(lifdeep, trained_file, tmp_path):
    broken = tmp_path / "broken.lifdeep"
    broken.write_bytes(trained_file.read_bytes()[:1000])
    result = lifdeep("info", broken)
    assert result.exit_code == 4
    assert "broken.lifdeep is truncated" in result.stderr


def test_deploy_lists_what_it_changes_and_what_is_in_the_way(lifdeep, tmp_path, make_network):
    layers = [Conv2D(4, 3), AveragePooling2D(3, 2), Conv2D(4, 3), Flatten(), Dense(4)]
    file = make_network((30, 30, 2), layers).save(tmp_path / "wide.lifdeep")
    result = lifdeep("deploy", file, "--plan", "--on", "nahuku-8", "--synapse", "alpha:3ms")
    assert result.exit_code == 0, result.stdout
    assert "alpha 3 ms replaced by lowpass 6 ms" in result.stdout
    assert "made one sparse matrix" in result.stdout
    wide = make_network((4200,), [Dense(4200), Dense(20), Dense(2)]).save(tmp_path / "w.lifdeep")
    result = lifdeep("deploy", wide, "--plan", "--json")
    assert result.exit_code == 5
    [finding] = json.loads(result.stdout)["plan"]["findings"]
    assert "in axons 4,200 > 4,096" in finding["found"]


def test_deploy_plans_without_running(lifdeep, trained_file, tmp_path):
    result = lifdeep("deploy", trained_file, "--plan", "--json", "--picture", tmp_path / "m.png")
    plan = json.loads(result.stdout)["plan"]
    assert plan["fits"] and plan["cores"] == len(plan["layers"][0]["cores"]) == 2
    assert 0 < plan["layers"][0]["cores"][0]["compartments"] <= 1024
    assert (tmp_path / "m.png").stat().st_size > 1000
    fine = lifdeep("deploy", trained_file, "--plan", "--json", "--identity-parts", 3)
    assert json.loads(fine.stdout)["plan"]["identity_parts"] == 3
    few = lifdeep("deploy", trained_file, "--plan", "--json", "--weight-bits", 2)
    assert json.loads(few.stdout)["plan"]["weight_bits"] == 2
    result = lifdeep("deploy", trained_file, "--weight-bits", 2)
    assert result.exit_code == 2 and "needs --plan" in result.output


@pytest.mark.loihi
def test_deploy_runs_on_the_emulator(lifdeep, trained_file, tmp_path):
    out = tmp_path / "e.lifdeep"
    result = lifdeep("deploy", trained_file, "--out", out, "--emulate", 4, *QUICK)
    assert result.exit_code == 0, result.stderr
    assert Evaluation.load(out).n_images == 4
    assert "target sim" in result.stdout


@pytest.mark.loihi
def test_deploy_writes_a_report(lifdeep, trained_file, tmp_path):
    result = lifdeep("deploy", trained_file, "--report", tmp_path / "r", "--emulate", 4, *QUICK)
    assert result.exit_code == 0, result.stderr
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert {"deployment.html", "deployment.md", "deployment.json", "core-map.png"} <= names
    assert "From rates to the chip" in (tmp_path / "r" / "deployment.html").read_text()


@pytest.mark.loihi
def test_deploy_emulates_once_for_report_and_answer(lifdeep, trained_file, tmp_path, monkeypatch):
    """The report's last rung is the evaluation that is printed and saved."""
    from nengo_lifdeep.deployment import Deployment

    ran = []
    original = Deployment.evaluate

    def counted(self, data, **options):
        result = original(self, data, **options)
        ran.append(result)
        return result

    monkeypatch.setattr(Deployment, "evaluate", counted)
    out = tmp_path / "e.lifdeep"
    result = lifdeep(
        "deploy", trained_file, "--report", tmp_path / "r", "--n", 4, "--out", out, *QUICK
    )
    assert result.exit_code == 0, result.stderr
    assert [r.notes[0] for r in ran] == ["target simreal", "target sim, emulated exactly"]
    assert Evaluation.load(out).summary() == ran[-1].summary()


def test_deploy_takes_one_place_to_run(lifdeep, trained_file):
    result = lifdeep("deploy", trained_file, "--plan", "--emulate", 4)
    assert result.exit_code == 2
    assert "--plan and --emulate exclude each other" in " ".join(result.stderr.split())


def test_deploy_without_a_board_says_what_is_missing(lifdeep, trained_file):
    result = lifdeep("deploy", trained_file, "--board", *QUICK)
    assert result.exit_code == 5
    assert "NxSDK" in result.stderr


@pytest.mark.tf
def test_doctor(lifdeep):
    result = lifdeep("doctor", "--json")
    findings = json.loads(result.stdout)
    assert {f["group"] for f in findings} == {"versions", "devices", "simulators"}
    assert result.exit_code == (0 if all(f["ok"] for f in findings) else 3)


@pytest.mark.tf
def test_train_then_resume_then_nengo_dl(lifdeep, tmp_path):
    out = tmp_path / "m.lifdeep"
    words = ("train", "--batch-size", "200", "--noise", "gaussian:5", "--json", "-q", "--seed", "3")
    options = ("--out", out, "--checkpoint", tmp_path / "state")
    first = lifdeep(*words, *options, "--epochs", "1")
    assert first.exit_code == 0, first.stderr
    [row] = json.loads(first.stdout)
    assert row["n_images"] == 359
    assert len(TrainedModel.load(out).history["loss"]) == 1
    again = lifdeep(*words, *options, "--epochs", "2")
    assert again.exit_code == 0, again.stderr
    model = TrainedModel.load(out)
    assert len(model.history["loss"]) == 2
    assert model.neuron.noise.sigma == 5
    spikes = lifdeep("evaluate", out, "-s", "nengo-dl", "--n", "3", "--t-p", "60", "--json", "-q")
    assert json.loads(spikes.stdout)[0]["image_steps_per_second"] > 0


@pytest.mark.loihi
def test_deploy_emulates_many_images_exactly(lifdeep):
    done = lifdeep("deploy", "digits-compact", "--exact", "--n", 60, "-q", "--t-p", 60)
    assert done.exit_code == 0
    assert "loihi-exact" in done.stdout and "target sim, emulated exactly" in done.stdout
    assert "against nengo_loihi.Simulator, 3 images: 0 of" in " ".join(done.stdout.split())
