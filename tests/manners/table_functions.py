"""The verbs: from images to networks, spikes, figures and files."""

from __future__ import annotations

from unittest import mock

import nengo
import numpy as np

import nengo_lifdeep as ld
from nengo_lifdeep import (
    compat,
    datasets,
    doctor,
    energy,
    jobs,
    pretrained,
    records,
    report,
    simulators,
)
from nengo_lifdeep.training.session import TrainingRun
from nengo_lifdeep.weights import Rounded

from . import samples
from .judging import Entry
from .kinds import (
    array,
    but,
    choice,
    flag,
    mapping,
    names,
    no_numbers,
    numbers,
    optional,
    place,
    real,
    text,
    value,
    whole,
)
from .table_values import neuron

TRAINED = value(*samples.other_than(ld.TrainedModel))
SPIKING = value(*samples.other_than(ld.SpikingModel))
EITHER = value(*samples.other_than(ld.TrainedModel, ld.SpikingModel))
RECORD = value(*samples.other_than(ld.SpikeRecord))
TIMING = optional(value(*samples.other_than(ld.Presentation)))
CODING = optional(
    lambda good: [
        t for t in value(*samples.others())(good) if not callable(t[1]) or t[0] in "class"
    ]
)
NETWORK = value(*samples.other_than(ld.Architecture))
PREPARED = optional(value(*samples.other_than(ld.Preprocessing)))
OPTIONS = {"seed": (whole(0), 1), "batch_size": (whole(1), 2), "progress": (optional(flag), False)}
EVENTS = {**OPTIONS, "rasters": (whole(0), 1), "dtype": (choice, "float64"),
          "threads": (whole(0), 1), "route": (choice, "dense"),
          "engine": (choice, "numpy")}  # fmt: skip


def pixels(good):
    """Images as an array, or a Split; nothing else of ours."""
    wrong = [(f"a {type(x).__name__}", x, "refuse") for x in samples.other_than(ld.Split)]
    trials = [t for t in array(4, high=1)(good) if t[0] != "one axis more"]
    return [*trials, *wrong, ("frames too few", np.asarray(good)[np.newaxis], "refuse"),
            ("of another size", np.zeros((2, 9, 9, 1), np.float32), "refuse"),
            ("path", "images.npy", "refuse")]  # fmt: skip


def refused(kind):
    """What has to be refused alone, where a call takes long."""
    return lambda good: [trial for trial in kind(good) if trial[2] == "refuse"]


def executor(good):
    """None, an executor, or an address; numbers of processes would start some."""
    wrong = {"none at all": 0, "negative": -1, "a fraction": 1.5, "a flag": True, "its class":
             type(good), "a name": "head:8786", "half an address": "tcp://", "a list": [2],
             "NaN": float("nan"), "a function": abs, "too many": 10**6}  # fmt: skip
    return [*((k, v, "refuse") for k, v in wrong.items()), ("None", None, "same")]


def _opened(executor):
    """Whether there is somebody to do the jobs, who is left open."""
    with jobs.workers(executor) as pool:
        return pool is executor


def labelled(good):
    """A Dataset, a Split, or images and labels."""
    images, labels = good.images, good.labels
    wrong = {"labels first": (labels, images), "images alone": images, "three": (images, labels, 3),
             "labels of text": (images, ["a"] * 4), "labels too large": (images, labels + 9),
             "no labels": (images, None), "one label": (images, 3), "labels too few":
             (images, labels[:2]), "labels of fractions": (images, labels + 0.5), "NaN":
             (images * np.nan, labels), "a generator": (x for x in good.labels),
             "images of text": (["a"] * 4, labels)}  # fmt: skip
    same = {"tuple": (images, labels), "lists": (images.tolist(), labels.tolist()), "list":
            [images, labels], "data set": samples.dataset()}  # fmt: skip
    return [
        *((k, v, "refuse") for k, v in wrong.items()),
        *((t[0], t[1], "refuse") for t in value(*samples.other_than(ld.Split, ld.Dataset))(good)
          if t[0] not in ("list", "tuple")),
        *((k, v, "same" if k != "list" else "either") for k, v in same.items()),
    ]  # fmt: skip


def training_data(good):
    """As `labelled`; of a data set its training images."""
    return [t for t in labelled(good) if t[0] != "data set"]


def synapse(good):
    """A synapse, a time constant, or None."""
    wrong = {**no_numbers(), "text": "alpha", "NaN": np.nan, "negative": -0.003, "infinity": np.inf,
             "True": True, "type": nengo.Alpha, "another": nengo.LinearFilter([1], [0.1, 1]),
             "list": [0.003], "tuple": ("alpha", 0.003)}  # fmt: skip
    return [*((k, v, "refuse") for k, v in wrong.items()),
            ("alpha", nengo.Alpha(good), "same"),
            ("NumPy's", np.float64(good), "same")]  # fmt: skip


def by_layer(good):
    """A number above zero, or one for every population."""
    wrong = {**no_numbers(), "None": None, "text": "2", "NaN": np.nan, "zero": 0, "negative": -1,
             "infinity": np.inf, "True": True, "list": [2.0], "unknown name": {"conv9": 2.0},
             "text in it": {"neurons1": "2"}, "None in it": {"neurons1": None}, "NaN in it":
             {"neurons1": np.nan}, "zero in it": {"neurons1": 0}, "number as name": {1: 2.0},
             "True in it": {"neurons1": True}}  # fmt: skip
    return [*((k, v, "refuse") for k, v in wrong.items()), ("NumPy's", np.float32(good), "same"),
            ("by name", {"neurons1": good, "neurons2": good}, "either")]  # fmt: skip


def bits(good):
    """Bits of weights: for all, or by layer."""
    wrong = {"unknown name": {"conv9": 4}, "text in it": {"conv1": "4"}, "None in it":
             {"conv1": None}, "one in it": {"conv1": 1},
             "fraction in it": {"conv1": 4.5}}  # fmt: skip
    return [*optional(whole(2, 16))(good), *((k, v, "refuse") for k, v in wrong.items())]


def kinds(good):
    """Kinds of weights: for all, or by layer."""
    wrong = {"unknown name": {"conv9": good}, "text in it": {"conv1": "4"}, "number in it":
             {"conv1": 4}, "number as name": {1: good}}  # fmt: skip
    return [*optional(value(*samples.others()))(good),
            *((k, v, "refuse") for k, v in wrong.items()),
            ("by name", {"conv2": good, "dense1": good}, "either")]  # fmt: skip


def several(*inside):
    """A sequence of values; ``inside`` are none of them."""

    def trials(good):
        wrong = {**no_numbers(), "None": None, "text": "abc", "number": 3, "one": good[0]}
        wrong |= {f"{type(x).__name__} inside": [*good, x] for x in (None, 3, *inside)}
        return [*((k, v, "refuse") for k, v in wrong.items()), ("tuple", tuple(good), "same"),
                ("generator of them", iter(list(good)), "either")]  # fmt: skip

    return trials


def simulator_names(good):
    """Names of simulators."""
    wrong = {"None": None, "text": "events", "number": 3, "None inside": [None], "unknown":
             ["brian"], "nested": [["events"]], "object": object(), "empty word": [""]}  # fmt: skip
    return [*((k, v, "refuse" if k != "text" else "either") for k, v in wrong.items()),
            ("tuple", tuple(good), "same")]  # fmt: skip


def _began(*_, **__):
    raise RuntimeWarning("training began")


def _train(call):
    """A training that ends where it would begin."""

    def until_it_begins(**arguments):
        with mock.patch.object(TrainingRun, "execute", _began):
            try:
                call(**arguments)
            except RuntimeWarning:
                return "training began"

    return until_it_begins


def optimizer(good):
    """What tf_keras or Keras calls an optimiser."""
    wrong = {**no_numbers(), "None": None, "unknown": "adamant", "number": 3, "True": True,
             "no settings": {"class_name": "adam", "config": 3}, "list": ["adam"]}  # fmt: skip
    return [(k, v, "refuse") for k, v in wrong.items()]


def rate(good):
    """A learning rate, or a function of the epoch."""
    trials = [t for t in real(0, zero=False)(good) if not callable(t[1])]
    wrong = {"of NaN": lambda epoch: np.nan, "of text": lambda epoch: "a", "of None":
             lambda epoch: None, "of two": lambda a, b: 0.1}  # fmt: skip
    return [*trials, *((k, v, "refuse") for k, v in wrong.items())]


def loss(good):
    """A name, or a function of labels and scores."""
    wrong = [t for t in choice(good) if not callable(t[1])]
    return [t for t in wrong if t[0] != "NumPy's"]


def callbacks(good):
    """Callbacks of tf_keras, or functions."""
    wrong = {"None": None, "number": 3, "text": "abc", "None inside": [None], "number inside": [3],
             "text inside": ["a"]}  # fmt: skip
    return [(k, v, "refuse") for k, v in wrong.items()]


def targets(good):
    """Bands of rates."""
    wrong = {"text": "abc", "number": 3, "one": (5,), "upside down": (9, 5), "of text": ("a", "b"),
             "NaN": (np.nan, 5), "unknown layer": {"conv9": (5, 9)}, "None in it":
             {"conv1": None}, "of None": (None, 5), "booleans": (True, True)}  # fmt: skip
    return [(k, v, "refuse") for k, v in wrong.items()]


def stopping(good):
    """A patience, or None."""
    return [t for t in optional(whole(1))(2) if t[2] == "refuse"]


def resuming(good):
    """auto, True or False."""
    wrong = {"None": None, "other": "yes", "number": 3, "empty": "", "list": [True],
             "array": np.array([True, False]), "NaN": np.nan, "object": object()}  # fmt: skip
    return [(k, v, "refuse") for k, v in wrong.items()]


TRAINING = {
    "batch_size": (whole(1, 4), 4), "optimizer": (optional(optimizer), "adam"),
    "learning_rate": (optional(rate), 0.001),
    "loss": (optional(loss), "sparse_categorical_crossentropy"),
    "task": (optional(choice), "classification"),
    "callbacks": (callbacks, ()), "validation_split": (real(0, 1), 0.0),
    "augmentation": (optional(value(*samples.others())), None),
    "rate_targets": (targets, None), "early_stopping": (stopping, None),
    "checkpoint": (optional(but(place, "text")), None), "resume": (resuming, "auto"),
    "seed": (whole(0), 1), "progress": (flag, False),
    "kernel_initializer": (choice, "response"), "weights": (kinds, Rounded(4)),
    "products": (choice, "float32"), "gain": (real(0, zero=False), 1.0),
}  # fmt: skip


def _played(good):
    """What a node plays."""
    wrong = {"text": "abc", "NaN": np.full(64, np.nan), "other size": np.zeros(63), "number": 3,
             "of text": np.array(["a"] * 64), "complex": np.ones(64) * 1j, "dict": {"a": 1},
             "two axes": np.zeros((8, 8)), "object": object(), "True": True}  # fmt: skip
    return [*((k, v, "refuse") for k, v in wrong.items()), ("list", list(good), "same")]


def _loaded(good):
    """Something that is no network of another library."""
    wrong = {**no_numbers(), "None": None, "number": 3, "True": True, "text": "nowhere.file",
             "empty": "", "array": np.zeros(3), "list": [1], "bytes": b"abc", "type": nengo.LIF,
             "a folder": samples.folder()}  # fmt: skip
    wrong |= {f"a {type(x).__name__}": x for x in samples.others()}
    return [(k, v, "refuse") for k, v in wrong.items()]


def _named(good):
    """An architecture, its name, or a Keras model."""
    return [t for t in _loaded(good) if t[0] != "a Architecture"]


def _measured(good):
    """Images that ranges are measured on, in the forms of `run`; or None."""
    wrong = {**no_numbers(), "text": "digits", "number": 3, "True": True, "NaN": np.nan,
             "dark": np.full((2, 8, 8, 1), np.nan), "list of text": ["a"]}  # fmt: skip
    return [(k, v, "refuse") for k, v in wrong.items()]


def _examples(good):
    """Inputs without a batch, without values, or no numbers."""
    wrong = {"one axis": np.zeros(3, np.float32), "empty": good[:0], "text": "digits", "None": None}
    return [(k, v, "refuse") for k, v in wrong.items()]


def _importer(call, runs=True, **more):
    given = {
        "images": (_measured, None),
        "preprocessing": (PREPARED, None), "classes": (names, ("a", "b")),
        "max_pooling": (choice, "keep"), **more,
    }  # fmt: skip
    return Entry(call, given, runs=runs)


def torch_module():
    """A network of PyTorch; None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.manual_seed(0)
    layers = [torch.nn.Flatten(), torch.nn.Linear(64, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2)]
    return torch.nn.Sequential(*layers)


def keras_model():
    """A network of Keras."""
    import keras

    layers = [keras.layers.Input((8, 8, 1)), keras.layers.Flatten(),
              keras.layers.Dense(5, "relu"), keras.layers.Dense(2, name="scores")]  # fmt: skip
    return keras.Sequential(layers)


def onnx_model(pooled=False):
    """A network of ONNX, with max pooling or without."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    arrays = {"a": rng.normal(size=(64, 5)), "b": rng.normal(size=(5, 2))}
    arrays["a"] = arrays["a"][:: 4 if pooled else 1]
    pool = helper.make_node("MaxPool", ["x"], ["p"], kernel_shape=[2, 2], strides=[2, 2])
    flat = helper.make_node("Flatten", ["p" if pooled else "x"], ["f"])
    nodes = [*([pool] if pooled else []), flat, helper.make_node("MatMul", ["f", "a"],
             ["h"]), helper.make_node("Relu", ["h"], ["r"]),
             helper.make_node("MatMul", ["r", "b"], ["y"])]  # fmt: skip
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in arrays.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def nir_graph():
    """A network of NIR."""
    return ld.to_nir(ld.convert(samples.trained(), synapse=None), tau_ref="metadata")


def _report():
    return Entry(
        report.write_report,
        {"folder": (place, samples.folder() / "report"), "trained": (TRAINED, samples.trained()),
         "spiking": (SPIKING, samples.spiking()),
         "evaluations": (several(samples.record()), [samples.evaluation()]),
         "records": (but(several(samples.evaluation()), "one"), [samples.record()]),
         "ladder": (optional(several(samples.evaluation())), _rungs())},
        runs=False,
    )  # fmt: skip


def _rungs():
    return ld.ladder(samples.trained(), samples.split(), simulators=())


def _world():
    with nengo.Network(seed=0) as world:
        nengo.Probe(ld.SpikingNetwork(samples.spiking(), np.full(64, 0.5), seed=1).output)
    return world


def _scores(network, **given):
    with ld.simulator(network, **given) as sim:
        sim.run_steps(5)
    return sim.data[network.probes[0]]


TABLE = {
    "simulator": lambda: Entry(
        _scores,
        {"network": (value(*samples.other_than()), _world()), "name": (choice, "nengo"),
         "dt": (real(0, zero=False), 0.001)},
    ),
    "run": lambda: Entry(
        ld.run,
        {"model": (SPIKING, samples.spiking()), "images": (pixels, samples.split().images),
         "simulator": (choice, "events"), "presentation": (TIMING, samples.presentation()),
         "coding": (CODING, None), **EVENTS},
    ),
    "evaluate": lambda: Entry(
        ld.evaluate,
        {"model": (EITHER, samples.spiking()), "data": (labelled, samples.split()),
         "task": (optional(choice), "classification"),
         "simulator": (optional(choice), "events"), "presentation": (TIMING,
         samples.presentation()), "coding": (CODING, None), "reference": (optional(value(
         *samples.other_than(ld.TrainedModel, ld.Evaluation))), samples.trained()),
         "grid": (flag, True), "operations": (flag, False),
         "executor": (executor, samples.threads()),
         "parts": (optional(but(place, "text")), None), **EVENTS},
    ),
    "evaluate of rates": lambda: Entry(
        ld.evaluate, {"model": (EITHER, samples.trained()), "data": (labelled, samples.split())}
    ),
    "ladder": lambda: Entry(
        ld.ladder,
        {"trained": (EITHER, samples.trained()), "data": (labelled, samples.split()),
         "simulators": (simulator_names, ["events"]), "presentation": (TIMING,
         samples.presentation()), "coding": (CODING, None), "synapse": (synapse, 0.003),
         "relu_twin": (optional(value(*samples.other_than(ld.TrainedModel))), None), **OPTIONS},
    ),
    "convert": lambda: Entry(
        ld.convert,
        {"trained": (TRAINED, samples.trained()), "synapse": (synapse, 0.003),
         "neuron": (optional(neuron), nengo.LIF()), "scale_firing_rates": (optional(by_layer), 2.0),
         "initial_voltage": (optional(choice), "uniform")},
    ),
    "check_spikes": lambda: Entry(
        ld.check_spikes,
        {"model": (SPIKING, samples.spiking()), "images": (pixels, samples.split().images),
         "n": (whole(1), 1), "simulator": (choice, "events"), "presentation": (TIMING,
         samples.presentation()), "coding": (CODING, None), "seed": (whole(0), 1),
         "dtype": (choice, "float64")},
    ),
    "calibrate_noise": lambda: Entry(
        ld.calibrate_noise,
        {"model": (SPIKING, samples.spiking()), "images": (pixels, samples.split().images),
         "t_c": (real(0), 0.05), "t_p": (real(0), 0.1), "membrane": (flag, True),
         "fewest": (whole(1), 2), "executor": (executor, samples.threads())},
    ),
    "diagnose": lambda: Entry(
        ld.diagnose,
        {"model": (SPIKING, samples.spiking()), "images": (pixels, samples.split().images),
         "presentation": (TIMING, samples.presentation()), "seed": (whole(0), 1)},
    ),
    "decide_early": lambda: Entry(
        ld.decide_early,
        {"record": (RECORD, samples.record()), "margins": (numbers(0, infinite=True), [0.0, 0.1]),
         "patience": (real(0), 0.01), "t_c": (optional(real(0)), 0.005)},
    ),
    "deploy": lambda: Entry(
        ld.deploy,
        {"model": (EITHER, samples.trained()), "board": (value(*samples.others()), "loihi"),
         "images": (optional(pixels), samples.split().images), "synapse": (synapse, 0.003),
         "objective": (choice, "cores"), "pop_type": (whole(16, 32), 32),
         "weight_bits": (whole(1, 8), 8), "identity_parts": (whole(1, 6), 2),
         "blocks": (optional(mapping(None, "abc", 3, (0, 1, 1))), {}),
         "presentation": (TIMING, samples.presentation()), "strict": (flag, True)},
    ),
    "Deployment.run": lambda: Entry(
        samples.deployment().run,
        {"images": (refused(pixels), samples.split().images), "simulator": (choice, "loihi-exact"),
         "presentation": (TIMING, samples.presentation()), "seed": (whole(0), 1)},
    ),
    "Deployment.evaluate": lambda: Entry(
        samples.deployment().evaluate,
        {"data": (labelled, samples.split()), "simulator": (choice, "loihi-exact"), "check":
         (whole(0), 0), "presentation": (TIMING, samples.presentation())},
    ),
    "Deployment.require_runnable": lambda: Entry(samples.deployment().require_runnable, {}),
    "Deployment.check": lambda: Entry(
        samples.deployment().check,
        {"images": (refused(pixels), samples.split().images), "n": (whole(1), 1),
         "presentation": (TIMING,
         samples.presentation())},
    ),
    "finetune": lambda: Entry(
        _train(ld.finetune),
        {"net": (TRAINED, samples.rectified()), "data": (value(*samples.other_than(ld.Dataset)),
         samples.dataset()), "epochs": (whole(1), 1), "neuron": (optional(neuron), ld.SoftLIF()),
         "high": (optional(real(0, zero=False)), 8.0), "peak": (real(0, zero=False), 0.001),
         "method": (optional(value(*samples.others())), None), "batch_size": (None, 4),
         "seed": (None, 1), "progress": (None, False)},
        runs=False,
    ),
    "train": lambda: Entry(
        _train(ld.train),
        {"architecture": (_named, samples.architecture()),
         "data": (training_data, samples.split()), "neuron": (neuron, ld.SoftLIF()),
         "epochs": (whole(1), 1), "preprocessing": (PREPARED, None),
         "initial_weights": (optional(mapping(None, "abc", {}, {"kernel": None})),
                             samples.trained().weights), **TRAINING,
         "method": (optional(value(*samples.others())), None),
         "strategy": (optional(value(*samples.others())), None)},
        runs=False,
    ),
    "from_keras": lambda: _importer(
        ld.from_keras, model=(_loaded, keras_model()), output=(optional(text), "scores")
    ),
    "SpikeBased": lambda: Entry(
        ld.SpikeBased,
        {"n_steps": (whole(1, 100_000), 5), "dt": (real(0, zero=False), 0.001),
         "coding": (CODING, None), "derivative": (choice, "arctan"),
         "alpha": (optional(real(0, zero=False)), 2.0), "leak_correction": (flag, True),
         "gate": (choice, "trace"), "through_reset": (flag, True), "accumulated": (flag, False),
         "read_out_leak": (optional(real(0, 1, zero=False)), 0.9)},
    ),
    "Herding": lambda: Entry(
        ld.Herding,
        {"n_steps": (optional(whole(1, 100_000)), 5), "rule": (choice, "sgd"),
         "smoothed": (flag, True), "sparsity": (real(0), 0.1), "order": (choice, "step"),
         "forward_reset": (choice, "random"), "backward_reset": (choice, "zero"),
         "dtype": (choice, "float64")},
    ),
    "from_onnx": lambda: _importer(
        ld.from_onnx, model=(_loaded, onnx_model()), output=(optional(text), "y")
    ),
    "pooling_cost": lambda: Entry(
        ld.pooling_cost,
        {"model": (_loaded, onnx_model(pooled=True)), "images": (_measured, samples.split()),
         "preprocessing": (PREPARED, None), "output": (optional(text), "y")},
    ),
    "from_torch": lambda: _importer(
        ld.from_torch, module=(_loaded, torch_module()),
        example=(_examples, np.zeros((1, 1, 8, 8), np.float32)), output=(None, None),
        dynamo=(optional(flag), False), runs=torch_module() is not None,
    ),
    "from_nir": lambda: Entry(
        ld.from_nir,
        {"graph": (_loaded, nir_graph()), "dt": (optional(real(0, zero=False)), 0.001),
         "tau_ref": (real(0), 0.001), "min_voltage": (None, 0.0), "classes": (names, tuple("abcd")),
         "preprocessing": (PREPARED, None), "images": (_measured, None),
         "source": (None, None), "reset": (None, None), "output": (optional(text), "output")},
    ),
    "to_nir": lambda: Entry(
        lambda **given: len(ld.to_nir(**given).nodes),
        {"model": (SPIKING, ld.convert(samples.trained(), synapse=None)),
         "path": (optional(place), samples.folder() / "mine.nir"),
         "tau_ref": (choice, "metadata"), "dt": (optional(real(0, zero=False)), 0.001),
         "target": (None, None)},
    ),
    "operating_points": lambda: Entry(
        ld.operating_points,
        {"trained": (EITHER, samples.trained()), "data": (labelled, samples.split()),
         "tau_s": (numbers(0), [0.003]), "scale_firing_rates": (numbers(0, zero=False), [2.0]),
         "t_p": (numbers(0, zero=False), [0.03]), "t_c": (optional(numbers(0)), [0.01]),
         "device": (choice, "loihi"), "keep": (real(0, 1, zero=False), 0.5), "progress":
         (optional(flag), False), "file": (refused(optional(place)), None),
         "executor": (executor, samples.threads())},
    ),
    "jobs.workers": lambda: Entry(
        lambda executor: _opened(executor), {"executor": (executor, samples.threads())}
    ),
    "committee": lambda: Entry(
        ld.committee,
        {"members": (several(samples.spiking()), [samples.trained(), samples.rectified()]),
         "name": (optional(text), "both")},
    ),
    "quantize_weights": lambda: Entry(
        ld.quantize_weights, {"trained": (TRAINED, samples.trained()), "bits": (bits, 4)}
    ),
    "rate_scales": lambda: Entry(
        ld.rate_scales,
        {"model": (EITHER, samples.spiking()), "images": (pixels, samples.split().images),
         "target_rate": (real(0, zero=False), 100.0), "percentile": (real(0, 100), 99.0)},
    ),
    "relu_to_lif": lambda: Entry(
        ld.relu_to_lif,
        {"net": (TRAINED, samples.rectified()), "images": (pixels, samples.split().images),
         "neuron": (optional(neuron), ld.SoftLIF()), "high": (real(0, zero=False), 8.0),
         "percentile": (real(0, 100), 99.0)},
    ),
    "SpikingNetwork": lambda: Entry(
        lambda **given: sorted(ld.SpikingNetwork(**given).layers),
        {"model": (SPIKING, samples.spiking()), "input_output": (_played, np.zeros(64)),
         "seed": (optional(whole(0)), 1)},
    ),
    "datasets.load": lambda: Entry(
        lambda **given: datasets.load(**given).classes,
        {"name": (but(choice, "upper case"), "digits"), "directory": (None, None)},
    ),
    "datasets.load of a folder": lambda: Entry(
        datasets.load,
        {"name": (None, "folder"), "directory": (place, samples.folder()), "size": (None, 8)},
        runs=False,
    ),
    "pretrained.load": lambda: Entry(pretrained.load, {"name": (choice, "digits-compact")}),
    "pretrained.card": lambda: Entry(pretrained.card, {"name": (choice, "digits-compact")}),
    "doctor.diagnose": lambda: Entry(lambda: len(doctor.diagnose()), {}),
    "doctor.findings_table": lambda: Entry(
        lambda findings: doctor.findings_table(findings).row_count,
        {"findings": (several(samples.split()), [doctor.Finding("versions", "numpy", "2")])},
    ),
    **{
        f"compat.{name}": (lambda name=name: Entry(
            lambda: getattr(compat, name)().__name__, {}))
        for name in compat.__all__
    },
    "energy.count": lambda: Entry(
        energy.count,
        {"record": (RECORD, samples.record()), "model": (SPIKING, samples.spiking()),
         "architecture": (optional(NETWORK), samples.architecture())},
    ),
    "energy.events_per_image": lambda: Entry(
        energy.events_per_image,
        {"record": (RECORD, samples.record()), "model": (SPIKING, samples.spiking())},
    ),
    "energy.published_cost": lambda: Entry(
        energy.published_cost,
        {"architecture": (NETWORK, samples.architecture()),
         "layer_rates": (mapping(None, "abc", -1, np.nan), {"neurons1": 5.0, "neurons2": 6.0}),
         "t_p": (real(0, zero=False), 0.1), "dt": (real(0, zero=False), 0.002)},
    ),
    "energy.synapses_after": lambda: Entry(
        energy.synapses_after, {"architecture": (NETWORK, samples.architecture())}
    ),
    "simulators.complete": lambda: Entry(
        simulators.complete, {"record": (RECORD, samples.record())}
    ),
    "simulators.get_simulator": lambda: Entry(
        simulators.get_simulator, {"name": (choice, "events")}
    ),
    "records.wilson_interval": lambda: Entry(
        records.wilson_interval,
        {"successes": (real(0, 8), 3.0), "n": (real(0, zero=False), 8.0), "z": (real(0), 2.0)},
    ),
    "report.architecture_table": lambda: Entry(
        lambda architecture: str(report.architecture_table(architecture)),
        {"architecture": (NETWORK, samples.architecture())},
    ),
    "report.population_table": lambda: Entry(
        lambda model: str(report.population_table(model)), {"model": (SPIKING, samples.spiking())}
    ),
    "report.evaluation_table": lambda: Entry(
        lambda evaluations, title: str(report.evaluation_table(evaluations, title)),
        {"evaluations": (several(samples.record()), [samples.evaluation()]),
         "title": (text, "mine")},
    ),
    "report.ladder_table": lambda: Entry(
        lambda rungs, title: str(report.ladder_table(rungs, title)),
        {"rungs": (several(samples.evaluation()), _rungs()), "title": (text, "mine")},
    ),
    "report.write_report": _report,
}  # fmt: skip
