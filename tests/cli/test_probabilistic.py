"""Files of probabilistic circuits on the command line: described, and refused by name."""

import dataclasses
import json

import numpy as np
import pytest

from nengo_lifdeep.models import ProbabilisticModel
from nengo_lifdeep.probabilistic.learner import OnlineLearner
from nengo_lifdeep.records import Evaluation


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("circuits")
    model = ProbabilisticModel.initial((8, 8, 1), 10, n_hidden=2, n_values=2, name="ten")
    learner = OnlineLearner(model, engine="readable")
    learner.partial_fit(np.zeros((1, 5, 64), np.int8), [3])
    return model.save(folder / "model.lifdeep"), learner.save(folder / "learner.lifdeep")


def test_info(lifdeep, files):
    for file, kind, steps in zip(
        files, ("probabilistic circuits", "that learn online"), (None, "5"), strict=True
    ):
        done = lifdeep("info", file, "--json")
        assert done.exit_code == 0, done.stderr
        rows = {row["fact"]: row["value"] for row in json.loads(done.stdout)}
        assert kind in rows["kind"] and rows["name"] == "ten" and rows["hidden circuits"] == "2"
        assert rows.get("steps so far") == steps


def test_training_and_going_on(lifdeep, tmp_path):
    words = ("train", "--method", "online", "--data", "bars", "--steps", "20", "--hidden", "2",
             "--learning-rate", "0.002", "--json")  # fmt: skip
    whole, parts = tmp_path / "whole.lifdeep", tmp_path / "parts.lifdeep"
    done = lifdeep(*words, "--epochs", "2", "--out", whole)
    assert done.exit_code == 0, done.stderr
    assert not whole.with_name("whole.lifdeep.checkpoint").exists()
    [row] = json.loads(done.stdout)
    assert row["simulator"] == "probabilistic"
    state = ("--checkpoint", tmp_path / "state", "--out", parts)
    for epochs in (1, 2):
        done = lifdeep(*words, "--epochs", epochs, *state)
        assert done.exit_code == 0, done.stderr
    own, other = (ProbabilisticModel.load(file) for file in (whole, parts))
    np.testing.assert_array_equal(own.weights, other.weights)
    assert own.provenance["data"] == "bars" and own.provenance["steps_per_image"] == 20
    assert own.n_hidden == 2 and own.provenance["steps"] == other.provenance["steps"]
    done = lifdeep(*words, "--seed", "1", "--epochs", "2", *state)
    assert done.exit_code == 2 and "--restart" in done.stderr


def test_evaluate_finds_what_training_said(lifdeep, files, tmp_path):
    out, evaluation = tmp_path / "digits.lifdeep", tmp_path / "evaluation.lifdeep"
    words = ("--method", "online", "--data", "digits", "--steps", "20",
             "--learning-rate", "0.001")  # fmt: skip
    done = lifdeep("train", *words, "--json", "--seed", "3", "--out", out)
    assert done.exit_code == 0, done.stderr
    [trained] = json.loads(done.stdout)
    done = lifdeep("evaluate", out, "--seed", "3", "--json", "--out", evaluation)
    assert done.exit_code == 0, done.stderr
    [found] = json.loads(done.stdout)
    assert found["simulator"] == "probabilistic" and found["n_images"] > 100
    timed = {"seconds", "image_steps_per_second"}
    assert {key: found[key] for key in trained.keys() - timed} == {
        key: value for key, value in trained.items() if key not in timed
    }
    assert Evaluation.load(evaluation).error < 60
    done = lifdeep("evaluate", out, "--n", "20", "--quiet")
    assert done.exit_code == 0 and "probabilistic" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--simulator", "events"), "--simulator"),
        (("--t-p", "0.1"), "--t-p"),
        (("--ladder",), "--ladder"),
        (("--batch-size", "3"), "--batch-size"),
        (("--check", "3", "--data", "digits"), "--check"),
        ((), "which data set it was trained"),
        (("--data", "bars"), "this network was trained for"),
        (("--data", "diabetes"), "this network was trained for"),
    ],
)
def test_evaluate_refuses_what_says_nothing(lifdeep, files, words, said):
    done = lifdeep("evaluate", files[1], *words)
    assert done.exit_code == (4 if "trained" in said else 2)
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_evaluate_shows_images_alone(lifdeep, tmp_path):
    flat = ProbabilisticModel.initial((64,), 10).save(tmp_path / "flat.lifdeep")
    for words in ((), ("--data", "digits"), ("--data", "folder", "--data-dir", tmp_path)):
        done = lifdeep("evaluate", flat, *words)
        assert done.exit_code == 2 and "takes (64,) in a step" in done.stderr
    small = ProbabilisticModel.initial((4, 4, 1), 10).save(tmp_path / "small.lifdeep")
    done = lifdeep("evaluate", small, "--data", "digits")
    assert done.exit_code == 4 and "expected (film, step, ...) with 16 inputs" in done.stderr


@pytest.mark.parametrize("command", ["convert", "run", "deploy", "energy", "diagnose"])
def test_who_knows_rates_only_says_so(lifdeep, files, tmp_path, command):
    out = ("--out", tmp_path / "out.lifdeep") if command == "convert" else ()
    for file in files:
        done = lifdeep(command, file, *out)
        assert done.exit_code == 4
        said = " ".join(done.stderr.replace("│", " ").split())
        assert "holds probabilistic circuits" in said and "lifdeep info" in said


ONLINE = ("train", "--method", "online", "--data", "folder", "--hidden", "2", "--quiet")


@pytest.fixture
def pictures(tmp_path):
    """A folder of pictures of two classes; a function that draws them anew."""
    image = pytest.importorskip("PIL.Image")

    def draw(seed, highest=256):
        pixels = np.random.default_rng(seed)
        for part in ("train", "test"):
            for name in ("a", "b"):
                folder = tmp_path / "pictures" / part / name
                folder.mkdir(parents=True, exist_ok=True)
                for k in range(5):
                    grey = pixels.integers(0, highest, (8, 8), np.uint8)
                    image.fromarray(grey).save(folder / f"{k}.png")
        return tmp_path / "pictures"

    return draw


def _online(lifdeep, folder, state, *words):
    out = state.with_name("online.lifdeep")
    where = ("--data-dir", folder, "--size", "8", "--checkpoint", state, "--out", out)
    return lifdeep(*ONLINE, *where, *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--steps", "10", "--epochs", "4"), "--steps 20, not 10"),
        (("--steps", "40"), "--steps 20, not 40"),
        (("--steps", "20", "--epochs", "1"), "has finished 2 epochs; --epochs 1 would be less"),
        (("--steps", "20", "--epochs", "3", "--learning-rate", "0.1"), "rule "),
        (("--steps", "20", "--epochs", "3", "--hidden", "3"), "circuits "),
    ],
)
def test_another_training_is_not_gone_on_with(lifdeep, pictures, tmp_path, words, said):
    folder, state = pictures(0), tmp_path / "state"
    done = _online(lifdeep, folder, state, "--steps", "20", "--epochs", "2")
    assert done.exit_code == 0, done.output
    before = (state / "learner.lifdeep").read_bytes()
    done = _online(lifdeep, folder, state, *words)
    told = " ".join(done.stderr.replace("│", " ").split())
    assert done.exit_code == 2 and said in told and "--restart" in told, done.output
    assert (state / "learner.lifdeep").read_bytes() == before


def test_other_images_are_not_gone_on_with(lifdeep, pictures, tmp_path):
    """As many, of the same classes, shape and name."""
    folder, state, words = pictures(0), tmp_path / "state", ("--steps", "20", "--epochs")
    assert _online(lifdeep, folder, state, *words, "1").exit_code == 0
    assert _online(lifdeep, folder, state, *words, "2").exit_code == 0  # the same
    pictures(1, highest=2)
    done = _online(lifdeep, folder, state, *words, "3")
    assert done.exit_code == 2 and "images or labels" in done.stderr, done.output
    assert _online(lifdeep, folder, state, *words, "3", "--restart").exit_code == 0


def test_a_state_of_before_goes_on_and_says_so(lifdeep, pictures, tmp_path):
    """It holds no fingerprint of the images."""
    folder, state, words = pictures(0), tmp_path / "state", ("--steps", "20", "--epochs")
    assert _online(lifdeep, folder, state, *words, "1").exit_code == 0
    file = state / "learner.lifdeep"
    learner = OnlineLearner.load(file)
    origin = {k: v for k, v in learner._model.provenance.items() if k != "fingerprint"}
    assert len(origin) < len(learner._model.provenance)
    learner._model = dataclasses.replace(learner._model, provenance=origin)
    learner.save(file)
    done = _online(lifdeep, folder, state, *words, "2")
    assert done.exit_code == 0 and "does not say which images" in done.stderr, done.output
    assert OnlineLearner.load(file).n_steps == 2 * learner.n_steps
