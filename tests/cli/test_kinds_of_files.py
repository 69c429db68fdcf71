"""Every command with every kind of file and thirty own pictures: it works, or says what to do."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.layers import Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.models import SpikingModel, TrainedModel

SHAPE = (16, 12, 3)
CLASSES = ("blue", "green", "red")
TIMES = ("--t-c", 5, "--t-p", 20)

#: command -> its words after the file, with `DATA` where it takes pictures
DATA = ("--data", "folder", "--data-dir", "{pictures}")
COMMANDS = {
    "evaluate": (*DATA, "-q"),
    "evaluate in spikes": (*DATA, "-s", "events", *TIMES, "-q"),
    "evaluate as a ladder": (*DATA, "--ladder", *TIMES, "-q"),
    "run": (*DATA, *TIMES, "-q"),
    "energy": (*DATA, *TIMES, "--device", "loihi", "-q"),
    "deploy": (*DATA, *TIMES, "-q"),
    "deploy as a plan": (*DATA, "--plan"),
    "diagnose": (*DATA, *TIMES),
    "points": (*DATA, "--tau-s", 2, "--scale-rates", 1, "--scale-rates", 2, "--t-p", 20, "-q"),
    "view": (*DATA, "--no-browser"),
    "info": (),
}

#: what `train` and `convert` write, of networks from here and from elsewhere
OURS = ("trained", "converted", "from keras", "from onnx", "from nir")

#: other tools' files, and what a refusal calls them
THEIRS = {
    "net.keras": "a Keras model",
    "net.onnx": "an ONNX model",
    "net.nir": "a NIR graph",
    "net.pt": "a PyTorch file",
    "net.pth": "a PyTorch file",
    "net.safetensors": "weights without layers",
    "net.npz": "weights without layers",
    "net.tflite": "a TensorFlow Lite model",
    "saved": "a SavedModel",
}

#: of those, what `lifdeep convert` reads
READ = ("net.keras", "net.onnx", "net.nir")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Ten colour pictures per class, each of another size."""
    image = pytest.importorskip("PIL.Image")
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for channel, name in zip((2, 1, 0), CLASSES, strict=True):
        (folder / name).mkdir()
        for number in range(10):
            pixels = rng.integers(0, 60, (*rng.integers(14, 50, 2), 3), dtype=np.uint8)
            pixels[..., channel] += 150
            suffix = ("png", "jpg")[number % 2]
            image.fromarray(pixels).save(folder / name / f"{number}.{suffix}")
    return folder


def _rates():
    """A network of random weights for such pictures."""
    rng = np.random.default_rng(1)
    layers = (
        Conv2D(4, 4, strides=4, name="conv1"), Neurons(name="neurons1"), Flatten(),
        Dense(8, name="dense1"), Neurons(name="neurons2"), Dense(3, name="dense2"),
    )  # fmt: skip
    from nengo_lifdeep.layers.architecture import Architecture
    from nengo_lifdeep.neurons import SoftLIF

    net = Architecture(SHAPE, layers, "colours")
    weights = {
        layer.name: {
            name: rng.normal(0.3 * (name == "kernel"), 0.5, shape).astype(np.float32)
            for name, shape in layer.arrays(taken).items()
        }
        for layer, taken in zip(net.layers, net.layer_inputs(), strict=True)
        if layer.arrays(taken)
    }
    neuron = SoftLIF(tau_rc=0.02, tau_ref=0.002, amplitude=0.063)
    return TrainedModel(net, weights, neuron, classes=CLASSES)


def _write_keras(file):
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    layers = [keras.Input(SHAPE), keras.layers.Conv2D(4, 4, strides=4, activation="relu"),
              keras.layers.Flatten(), keras.layers.Dense(8, activation="relu"),
              keras.layers.Dense(3)]  # fmt: skip
    keras.Sequential(layers).save(file)


def _write_onnx(file):
    onnx = pytest.importorskip("onnx")
    rng = np.random.default_rng(2)
    rows, columns, channels = SHAPE
    f, helper = onnx.TensorProto.FLOAT, onnx.helper
    arrays = {"k": (4, channels, 4, 4), "b": (4,), "v": (8, 48), "d": (8,)}
    arrays |= {"w": (3, 8), "c": (3,)}
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "k", "b"], ["a"], strides=[4, 4]),
         helper.make_node("Relu", ["a"], ["r"]),
         helper.make_node("Flatten", ["r"], ["f"]),
         helper.make_node("Gemm", ["f", "v", "d"], ["g"], transB=1),
         helper.make_node("Relu", ["g"], ["h"]),
         helper.make_node("Gemm", ["h", "w", "c"], ["scores"], transB=1)],
        "colours",
        [helper.make_tensor_value_info("image", f, [1, channels, rows, columns])],
        [helper.make_tensor_value_info("scores", f, [1, 3])],
        [onnx.numpy_helper.from_array(rng.normal(0.1, 0.3, shape).astype(np.float32), name)
         for name, shape in arrays.items()],
    )  # fmt: skip
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), file)


def _write_nir(file):
    pytest.importorskip("nir")
    from nengo_lifdeep.exporters.nir.graph import to_nir

    to_nir(convert(_rates(), synapse=None), file, tau_ref="metadata")


@pytest.fixture(scope="module")
def files(pictures, tmp_path_factory):
    """A file of every kind by name."""
    folder = tmp_path_factory.mktemp("files")
    trained = _rates()
    found = {
        "trained": trained.save(folder / "trained.lifdeep"),
        "converted": convert(trained, synapse=0.003).save(folder / "converted.lifdeep"),
    }
    for name in THEIRS:
        found[name] = folder / name
        found[name].write_bytes(b"PK\x03\x04 not ours") if name != "saved" else None
    (folder / "saved").mkdir()
    (folder / "saved" / "saved_model.pb").write_bytes(b"\x08\x01")
    for kind, write in (("keras", _write_keras), ("onnx", _write_onnx), ("nir", _write_nir)):
        write(found[f"net.{kind}"])
        found[f"from {kind}"] = folder / f"from-{kind}.lifdeep"
    return found


@pytest.fixture
def called(lifdeep, files, pictures, monkeypatch):
    """Call a command on a kind of file; raw errors and tracebacks fail at once."""
    monkeypatch.setattr("nengo_lifdeep.view.serve", lambda *given, **options: None)

    def call(command, kind, *more):
        words = [str(word).format(pictures=pictures) for word in COMMANDS.get(command, more)]
        done = lifdeep(command.split()[0], files[kind], *words)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert "Traceback" not in done.output + done.stderr
        return done

    return call


@pytest.mark.tf
@pytest.mark.parametrize("kind", READ)
def test_convert_reads_thirty_pictures_and_other_tools(called, files, kind):
    """The files that the other tests take are written here."""
    out = files[f"from {kind.removeprefix('net.')}"]
    method = () if kind == "net.nir" else ("--method", "normalise")
    done = called("convert", kind, *DATA, *method, *TIMES, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert ("all 24 images of" in done.stderr) is (kind != "net.nir")
    model = SpikingModel.load(out)
    assert (model.input_shape, model.classes) == (SHAPE, CLASSES)
    assert "events" in done.stdout and model.name in done.stdout


@pytest.mark.tf
@pytest.mark.loihi
@pytest.mark.parametrize("kind", OURS)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_what_train_and_convert_write(called, files, command, kind):
    if not files[kind].exists():
        other = f"net.{kind.removeprefix('from ')}"
        method = () if other == "net.nir" else ("--method", "normalise")
        assert called("convert", other, *DATA, *method, "--out", files[kind]).exit_code == 0
    done = called(command, kind)
    assert done.exit_code == 0, done.stderr + done.stdout
    some = command.split()[0] in ("run", "deploy", "diagnose")  # the others take all
    assert ("all 6 images of" in done.stderr) is some


@pytest.mark.tf
@pytest.mark.parametrize("kind", THEIRS)
@pytest.mark.parametrize("command", [*COMMANDS, "card"])
def test_files_of_other_tools_are_named_with_what_to_do(called, command, kind):
    done = called(command, kind)
    assert done.exit_code == 4
    said = " ".join(done.stderr.split())
    assert THEIRS[kind] in said and kind in said
    assert any(each in said for each in ("lifdeep convert", "model.save(", "give the Keras model"))


@pytest.mark.tf
@pytest.mark.parametrize("kind", [name for name in THEIRS if name not in READ])
def test_convert_names_what_it_does_not_read(called, kind, tmp_path):
    out = tmp_path / "new.lifdeep"
    done = called("convert", kind, "--out", out)
    assert done.exit_code == 4 and THEIRS[kind] in " ".join(done.stderr.split())
    assert not out.exists()


@pytest.mark.parametrize("kind", ["converted", "trained"])
def test_a_card_is_of_a_trained_network(called, kind):
    assert called("card", kind).exit_code == (0 if kind == "trained" else 4)


def test_a_report_gathers_what_convert_wrote(lifdeep, files, tmp_path):
    model = SpikingModel.load(files["converted"])
    model.save(tmp_path / "mine.lifdeep")
    done = lifdeep("report", tmp_path)
    assert done.exit_code == 0, done.stderr
    assert "colours" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.tf
def test_train_takes_what_there_is(lifdeep, pictures, tmp_path, monkeypatch):
    from nengo_lifdeep.layers import named

    monkeypatch.setattr(named, "architecture", lambda name: _rates().architecture)
    words = [word.format(pictures=pictures) for word in DATA]
    done = lifdeep("train", *words, "--epochs", 1, "-q", "--out", tmp_path / "t.lifdeep")
    assert done.exit_code == 0, done.stderr
    assert "24 training images: one step of all of them per epoch" in done.stderr
    assert TrainedModel.load(tmp_path / "t.lifdeep").classes == CLASSES


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--data", "folder", "--data-dir", "{pictures}", "--size", "32"),
         "this network takes images of 16 x 12 pixels; leave --size out"),
        (("--data", "folder", "--data-dir", "{pictures}", "--size", "many"), "write pixels: 32"),
        (("--data", "folder"), "needs --data-dir"),
        (("--data", "bars", "--size", "16"), "leave --size out"),
        (("--data", "{pictures}"), "give --data folder --data-dir"),
        (("--data", "pictures", "--data-dir", "{pictures}"), "use --data folder"),
    ],
)  # fmt: skip
def test_pictures_that_do_not_fit_say_why(lifdeep, files, pictures, words, message):
    words = [word.format(pictures=pictures) for word in words]
    done = lifdeep("evaluate", files["trained"], *words)
    assert done.exit_code == 2
    assert message in " ".join((done.output + done.stderr).split())


@pytest.mark.parametrize("size", [(), ("--size", "16x12")])
def test_the_size_is_the_networks(lifdeep, files, pictures, size):
    words = [word.format(pictures=pictures) for word in DATA]
    done = lifdeep("evaluate", files["trained"], *words, *size, "--json", "-q")
    assert done.exit_code == 0 and '"n_images": 6' in done.stdout


@pytest.mark.parametrize("method", ["normalise", "lif"])
def test_maxima_become_averages_when_asked_for(lifdeep, pictures, tmp_path, method):
    onnx = pytest.importorskip("onnx")
    rng, f, helper = np.random.default_rng(3), onnx.TensorProto.FLOAT, onnx.helper
    arrays = {"k": (4, 3, 4, 4), "b": (4,), "w": (3, 8), "c": (3,)}
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "k", "b"], ["a"], strides=[4, 4]),
         helper.make_node("Relu", ["a"], ["r"]),
         helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
         helper.make_node("Flatten", ["p"], ["f"]),
         helper.make_node("Gemm", ["f", "w", "c"], ["scores"], transB=1)],
        "maxima",
        [helper.make_tensor_value_info("image", f, [1, 3, 16, 12])],
        [helper.make_tensor_value_info("scores", f, [1, 3])],
        [onnx.numpy_helper.from_array(rng.normal(0.1, 0.3, shape).astype(np.float32), name)
         for name, shape in arrays.items()],
    )  # fmt: skip
    file, out = tmp_path / "maxima.onnx", tmp_path / "spiking.lifdeep"
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), file)
    words = [str(word).format(pictures=pictures) for word in (*DATA, *TIMES, "--out", out)]
    refused = lifdeep("convert", file, *words, "--method", method)
    assert refused.exit_code == 5 and "MaxPool" in refused.stderr and not out.exists()
    done = lifdeep("convert", file, *words, "--method", method, "--max-pooling", "average")
    assert done.exit_code == 0, done.stderr
    model = SpikingModel.load(out)
    assert model.classes == CLASSES and "rate" in done.stdout
    assert "maxima became averages" in done.stderr and "with max pooling (95 %:" in done.stderr
    assert "│ maximum" in done.stdout or " maximum " in done.stdout
    grids = lifdeep(
        "convert", file, *words, "--method", method, "--max-pooling", "average", "--json"
    )
    rows = json.loads(grids.stdout)["pooling"]
    assert [row["pooling"] for row in rows] == ["maximum", "average"]
    assert all(0 <= row["error_percent"] <= 100 for row in rows)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--pixels", "255"), ("--max-pooling", "average"), ("--source", "norse"), ("--dt", "1ms"),
     ("--reset", "zero"),
     ("--output", "scores")],
)  # fmt: skip
def test_options_of_other_files_are_refused(lifdeep, files, tmp_path, option, value):
    out = tmp_path / "s.lifdeep"
    done = lifdeep("convert", files["trained"], option, value, "--out", out)
    assert done.exit_code == 2 and "is of use for" in done.output and not out.exists()


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    """A NIR file in steps of 0.1 ms with two outputs, as snnTorch writes times."""
    nir = pytest.importorskip("nir")
    rng, n_in, n = np.random.default_rng(0), int(np.prod(SHAPE)), len(CLASSES)
    lif = nir.LIF(*(np.full(n, v, np.float32) for v in (0.001, 10, 0, 1)))
    nodes = {
        "input": nir.Input({"input": np.array([3, 16, 12])}), "flat": nir.Flatten(
            {"input": np.array([3, 16, 12])}, 0, -1), "lif": lif,
        "w": nir.Linear(rng.uniform(0, 0.002, (n, n_in)).astype(np.float32)),
        "spikes": nir.Output({"output": np.array([n])}),
        "scores": nir.Output({"output": np.array([2])}),
        "v": nir.Linear(np.ones((2, n), np.float32)),
    }  # fmt: skip
    edges = [("input", "flat"), ("flat", "w"), ("w", "lif"), ("lif", "spikes"), ("lif", "v"),
             ("v", "scores")]  # fmt: skip
    path = tmp_path_factory.mktemp("graph") / "two.nir"
    nir.write(path, nir.NIRGraph(nodes, edges, type_check=False))
    return path


@pytest.mark.parametrize(
    "words",
    [
        ("--source", "snntorch", "--reset", "zero"),
        ("--dt", "0.1ms"),
        ("--dt", "1e-4"),
    ],
)
def test_networks_of_other_steps_run_in_theirs(lifdeep, graph, pictures, tmp_path, words):
    out = tmp_path / "s.lifdeep"
    refused = lifdeep("convert", graph, *words, "--out", out)
    assert refused.exit_code == 5 and "2 nodes Output" in refused.stderr and not out.exists()
    data = [str(word).format(pictures=pictures) for word in (*DATA, "--n", 3)]
    done = lifdeep("convert", graph, *words, "--output", "spikes", "--out", out, *data, *TIMES)
    assert done.exit_code == 0, done.stderr
    assert SpikingModel.load(out).provenance["dt"] == 1e-4
    times = [str(t) for t in TIMES]
    for command in ("run", "evaluate", "energy", "diagnose"):
        quiet = () if command == "diagnose" else ("-q",)
        done = lifdeep(command, out, *data, *times, *quiet)
        assert done.exit_code == 0, (command, done.stderr)
