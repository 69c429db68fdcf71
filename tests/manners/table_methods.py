"""Methods of the public values."""

from __future__ import annotations

import numpy as np

import nengo_lifdeep as ld
from nengo_lifdeep import energy, records, simulators
from nengo_lifdeep.weights import Rounded

from . import samples
from .judging import Entry
from .kinds import (
    array,
    but,
    choice,
    flag,
    function,
    mapping,
    names,
    optional,
    place,
    real,
    shape,
    text,
    value,
    whole,
)
from .table_functions import executor, kinds
from .table_values import LABELS, neuron

MODEL = value(*samples.other_than(ld.SpikingModel))
RUN = {"t_c": (optional(real(0)), 0.01), "t_p": (optional(real(0)), 0.02)}


def _index(good):
    """Which images: a slice, positions or yes and no."""
    wrong = {"text": "abc", "fraction": 1.5, "fractions": [0.5, 1.0], "out of range": [99],
             "one out of range": 99, "NaN": np.nan, "object": object(), "too few booleans":
             [True, False], "text in it": ["a"], "dict": {"a": 1},
             "two axes": [[0, 1]]}  # fmt: skip
    same = {"array": np.array(good), "tuple": tuple(good), "uint8": np.array(good, np.uint8),
            "booleans": np.isin(np.arange(4), good), "slice": slice(0, 2)}  # fmt: skip
    return [
        *((k, v, "refuse") for k, v in wrong.items()),
        *((k, v, "same") for k, v in same.items()),
    ]


def _judge():
    judge = records.Judge(samples.split().labels, 4, samples.presentation(), starts=(0.01,))
    judge.add(samples.record().outputs)
    return judge


#: two images of four
PART = {"start": (but(whole(0, 3), "NumPy's"), 0), "stop": (but(whole(0, 4), "NumPy's"), 2)}


def _named(good):
    """A function that other processes can find."""
    wrong = {"None": None, "text": "abc", "number": 3, "lambda": lambda a, seed: a, "list": [good]}
    return [(k, v, "refuse") for k, v in wrong.items()]


def _grid(good):
    """Values by parameter, or points."""
    wrong = {"None": None, "text": "abc", "number": 3, "empty": {}, "nothing": [], "a value":
             {"a": 1}, "a text": {"a": "abc"}, "no values": {"a": []}, "number as name": {1: [2]},
             "numbers": [1, 2], "array": np.zeros(3)}  # fmt: skip
    same = {"points": [{"a": 1, "seed": 0}, {"a": 2, "seed": 0}], "tuples": {"a": (1, 2),
            "seed": (0,)}, "arrays": {"a": np.array([1, 2]), "seed": range(1)}}  # fmt: skip
    return [
        *((k, v, "refuse") for k, v in wrong.items()),
        *((k, v, "same") for k, v in same.items()),
    ]


def _rows(good):
    """Dicts of parameters and results."""
    wrong = {"None": None, "text": "abc", "number": 3, "dict": good[0], "text in it": ["abc"],
             "numbers": [1], "a parameter missing": [{"a": 1}], "number as name":
             [{1: 2, **good[0]}]}  # fmt: skip
    return [*((k, v, "refuse") for k, v in wrong.items()), ("tuple", tuple(good), "same")]


def _failures(good):
    """Pairs of text."""
    wrong = {"None": None, "text": "abc", "number": 3, "text in it": ["abc"], "three":
             [("a", "b", "c")], "numbers": [(1, 2)]}  # fmt: skip
    return [(k, v, "refuse") for k, v in wrong.items()]


def _records(good):
    """Records of one run."""
    wrong = {"None": None, "text": "abc", "number": 3, "one": good[0], "empty": [],
             "text in it": [good[0], "a"], "another": [good[0], samples.value_record()],
             "array": np.zeros(3)}  # fmt: skip
    return [*((k, v, "refuse") for k, v in wrong.items()), ("tuple", tuple(good), "same")]


def _given(good):
    """Options by name."""
    wrong = {"None": None, "text": "abc", "number": 3, "list": [1], "unknown": {"sead": 1},
             "wrong": {"seed": -1}, "number as name": {1: 2}}  # fmt: skip
    return [(k, v, "refuse") for k, v in wrong.items()]


def _loaded(cls, made):
    return Entry(cls.load, {"path": (place, samples.saved(made()))})


def _saved(made):
    name = samples.folder() / f"{type(made()).__name__}-again.lifdeep"
    more = {"dtype": (choice, "float16")} if isinstance(made(), ld.TrainedModel) else {}
    return Entry(made().save, {"path": (place, name), **more})


def _others_file(cls, made):
    """A file of another type of value."""
    wrong = [(f"of a {type(x).__name__}", samples.saved(x), "refuse") for x in made]
    return Entry(cls.load, {"path": (lambda good: wrong, samples.saved(samples.trained()))})


SIM = simulators.get_simulator
FILES = {
    "TrainedModel": samples.trained, "SpikingModel": samples.spiking,
    "SpikeRecord": samples.record, "Evaluation": samples.evaluation,
    "ValueEvaluation": samples.value_evaluation,
}  # fmt: skip

TABLE = {
    **{f"{k}.load": (lambda k=k, v=v: _loaded(getattr(ld, k), v)) for k, v in FILES.items()},
    **{f"{k}.save": (lambda v=v: _saved(v)) for k, v in FILES.items()},
    "TrainedModel.load of others": lambda: _others_file(
        ld.TrainedModel, [samples.spiking(), samples.record(), samples.evaluation()]
    ),
    "TrainedModel.without_normalization": lambda: Entry(
        samples.trained().without_normalization, {}
    ),
    "SpikingModel.population": lambda: Entry(
        samples.spiking().population, {"name": (choice, "neurons1")}
    ),
    "SpikingModel.with_tau_s": lambda: Entry(
        samples.spiking().with_tau_s, {"tau_s": (optional(real(0)), 0.004)}
    ),
    "Split.take": lambda: Entry(
        samples.split().take, {"n": (whole(1, 4), 2), "seed": (whole(0), 3)}
    ),
    "Split.first": lambda: Entry(samples.split().first, {"n": (whole(1, 4), 2)}),
    "Split.subset": lambda: Entry(samples.split().subset, {"index": (_index, [0, 1])}),
    "datasets.Series.first": lambda: Entry(samples.series().first, {"n": (whole(1, 4), 2)}),
    "datasets.Series.subset": lambda: Entry(samples.series().subset, {"index": (_index, [0, 1])}),
    "Split.stacked": lambda: Entry(samples.split().stacked, {}),
    "Split.unit_images": lambda: Entry(samples.split().unit_images, {"index": (_index, [0, 1])}),
    "Split.hold_out": lambda: Entry(
        samples.many().hold_out, {"share": (real(0, 1, zero=False), 0.5), "seed": (whole(0), 1)}
    ),
    "Split.check": lambda: Entry(
        samples.split().check,
        {"n_classes": (optional(whole(1)), 4), "image_shape": (optional(shape), (8, 8, 1)),
         "n_outputs": (None, None)},
    ),
    "Split.check of values": lambda: Entry(
        samples.valued().check, {"n_outputs": (optional(whole(1)), 2)}
    ),
    "ValueEvaluation.of": lambda: Entry(
        ld.ValueEvaluation.of,
        {"record": (value(*samples.other_than(ld.SpikeRecord)), samples.value_record()),
         "targets": (array(2, low=None, length=False), samples.valued().targets),
         "judge": (value(*samples.others()), samples.value_judge()),
         "outputs": (but(names, "empty"), ("a", "b")), "data": (text, "mine"),
         "rate_values": (optional(array(2, low=None, length=False)), samples.valued().targets),
         "command": (text, "typed"), "indices": (optional(LABELS), np.arange(4)),
         "groups": (optional(LABELS), np.arange(4)),
         "images": (optional(value(*samples.other_than(ld.Split))), samples.valued())},
    ),
    "Evaluation.binary_interval": lambda: Entry(
        samples.binary_evaluation().binary_interval,
        {"score": (choice, "f1"), "seed": (whole(0), 1)},
    ),
    "TrainedModel.with_two_scores": lambda: Entry(
        lambda: samples.one_output().with_two_scores().architecture.output_shape, {}
    ),
    "ValueEvaluation.summary": lambda: Entry(samples.value_evaluation().summary, {}),
    "ValueEvaluation.to_json": lambda: Entry(samples.value_evaluation().to_json, {}),
    "ValueEvaluation.interval": lambda: Entry(
        samples.value_evaluation().interval,
        {"score": (choice, "mean_absolute_error"), "seed": (whole(0), 1)},
    ),
    "records.ErrorInTime.row": lambda: Entry(
        samples.value_evaluation().in_time.row,
        {"start": (whole(0, 0), 0), "score": (choice, "mean_squared_error")},
    ),
    "records.ValueJudge.add": lambda: Entry(
        lambda outputs: records.ValueJudge(
            samples.valued().targets, samples.presentation()
        ).add(outputs),
        {"outputs": (array(3, low=None, length=False), samples.value_record().outputs)},
    ),
    "records.ValueJudge.part": lambda: Entry(
        lambda **k: samples.value_judge().part(**k).targets, PART
    ),
    "records.ValueJudge.merge": lambda: Entry(
        lambda part: samples.value_judge().part(0, 4).merge(part),
        {"part": (value(*samples.others(), _judge()), samples.value_judge())},
    ),
    "records.ValueJudge.values_from": lambda: Entry(
        samples.value_judge().values_from, {"t_c": (real(0), 0.01)}
    ),
    "records.ValueJudge.in_time": lambda: Entry(
        lambda: samples.value_judge().in_time().absolute, {}
    ),
    "Dataset.held_out": lambda: Entry(
        lambda: samples.dataset().held_out().test, {}
    ),
    "Architecture.counts": lambda: Entry(samples.architecture().counts, {}),
    "Architecture.layer_counts": lambda: Entry(samples.architecture().layer_counts, {}),
    "Architecture.layer_inputs": lambda: Entry(samples.architecture().layer_inputs, {}),
    "Architecture.shapes": lambda: Entry(samples.architecture().shapes, {}),
    "SpikingModel.require_linear": lambda: Entry(
        lambda what: samples.spiking().require_linear(what).name, {"what": (text, "events")}
    ),
    "Architecture.neurons": lambda: Entry(
        samples.architecture().neurons, {"default": (neuron, ld.SoftLIF())}
    ),
    "Architecture.with_neurons": lambda: Entry(
        samples.architecture().with_neurons, {"change": (function, lambda each: each)}
    ),
    "Architecture.with_weights": lambda: Entry(
        samples.architecture().with_weights, {"weights": (kinds, Rounded(4))}
    ),
    "TrainedModel.with_neurons": lambda: Entry(
        samples.trained().with_neurons, {"change": (function, lambda each: each)}
    ),
    "energy.Counts.without_host": lambda: Entry(
        samples.counts().without_host, {"population": (optional(choice), "neurons1")}
    ),
    "layers.Neurons.describe": lambda: Entry(ld.layers.Neurons().describe, {}),
    "records.Judge.accuracy_from": lambda: Entry(
        _judge().accuracy_from, {"t_c": (real(0), 0.01)}
    ),
    "Architecture.to_dict": lambda: Entry(samples.architecture().to_dict, {}),
    "Augmentation.to_dict": lambda: Entry(ld.Augmentation().to_dict, {}),
    "Preprocessing.to_arrays": lambda: Entry(ld.Preprocessing().to_arrays, {}),
    "Presentation.to_dict": lambda: Entry(ld.Presentation().to_dict, {}),
    "SpikeBased.to_dict": lambda: Entry(ld.SpikeBased().to_dict, {}),
    "Herding.to_dict": lambda: Entry(ld.Herding().to_dict, {}),
    "Herding.scale": lambda: Entry(
        ld.Herding().scale, {"learning_rate": (real(0, zero=False), 0.01)}
    ),
    "Herding.numbers": lambda: Entry(
        ld.Herding().numbers, {"learning_rate": (real(0, zero=False), 0.01)}
    ),
    "Layer.describe": lambda: Entry(ld.layers.Layer().describe, {}),
    "Conv2D.describe": lambda: Entry(ld.Conv2D(4, 3).describe, {}),
    "AveragePooling2D.describe": lambda: Entry(ld.AveragePooling2D(2).describe, {}),
    "Dense.describe": lambda: Entry(ld.Dense(3).describe, {}),
    "Dropout.describe": lambda: Entry(ld.Dropout(0.5).describe, {}),
    "Shortcut.describe": lambda: Entry(ld.Shortcut("a").describe, {}),
    "Evaluation.of": lambda: Entry(
        ld.Evaluation.of,
        {"record": (value(*samples.other_than(ld.SpikeRecord)), samples.record()),
         "labels": (LABELS, samples.split().labels), "classes": (names, tuple("abcd")),
         "data": (text, "mine"), "rate_predictions": (optional(LABELS), np.arange(4)),
         "command": (text, "typed"), "grid": (flag, True),
         "judge": (optional(value(*samples.others())), None),
         "indices": (optional(LABELS), np.arange(4)),
         "groups": (optional(LABELS), np.arange(4)),
         "images": (optional(value(*samples.other_than(ld.Split))), samples.split())},
    ),
    "Evaluation.summary": lambda: Entry(samples.evaluation().summary, {}),
    "Evaluation.neurobench": lambda: Entry(samples.counted().neurobench, {}),
    "Evaluation.to_pandas": lambda: Entry(samples.evaluation().to_pandas, {}, runs=False),
    "Evaluation.to_xarray": lambda: Entry(samples.evaluation().to_xarray, {}, runs=False),
    "ValueEvaluation.neurobench": lambda: Entry(
        samples.value_evaluation().neurobench, {}, runs=False
    ),
    "ValueEvaluation.to_pandas": lambda: Entry(
        samples.value_evaluation().to_pandas, {}, runs=False
    ),
    "ValueEvaluation.to_xarray": lambda: Entry(
        samples.value_evaluation().to_xarray, {}, runs=False
    ),
    "SpikeRecord.to_pandas": lambda: Entry(samples.record().to_pandas, {}, runs=False),
    "SpikeRecord.to_xarray": lambda: Entry(samples.record().to_xarray, {}, runs=False),
    "SpikeRecord.to_nir_data": lambda: Entry(
        samples.record().to_nir_data,
        {"model": (optional(value(*samples.other_than(ld.SpikingModel))), samples.spiking())},
        runs=False,
    ),
    "Evaluation.to_json": lambda: Entry(samples.evaluation().to_json, {}),
    "SpikeRecord.predictions": lambda: Entry(samples.record().predictions, RUN),
    "SpikeRecord.scores": lambda: Entry(samples.record().scores, RUN),
    "SpikeRecord.accuracy_grid": lambda: Entry(
        samples.record().accuracy_grid, {"labels": (LABELS, samples.split().labels)}
    ),
    "SpikeRecord.accuracy_row": lambda: Entry(
        samples.record().accuracy_row,
        {"labels": (LABELS, samples.split().labels), "t_c": (optional(real(0)), 0.01)},
    ),
    "records.Judge.add": lambda: Entry(
        lambda outputs: records.Judge(samples.split().labels, 4, samples.presentation()).add(
            outputs
        ),
        {"outputs": (array(3, low=None, length=False), samples.record().outputs)},
    ),
    "records.Judge.counted": lambda: Entry(_judge().counted, {}),
    "records.Judge.recall": lambda: Entry(
        lambda counted: _judge().part(0, 4).recall(counted),
        {"counted": (mapping(), _judge().part(0, 4).counted())}, runs=False,
    ),
    "records.ValueJudge.counted": lambda: Entry(samples.value_judge().counted, {}),
    "records.ValueJudge.recall": lambda: Entry(
        samples.value_judge().recall,
        {"counted": (mapping(), samples.value_judge().counted())}, runs=False,
    ),
    "SpikeRecord.content": lambda: Entry(samples.record().content, {}),
    "SpikeRecord.from_content": lambda: Entry(
        lambda **k: ld.SpikeRecord.from_content(**k).n_images,
        {
            "header": (None, samples.record().content()[0]),
            "arrays": (None, samples.record().content()[1]),
        },
    ),
    "records.Judge.part": lambda: Entry(lambda **k: _judge().part(**k).labels, PART),
    "records.Judge.merge": lambda: Entry(
        lambda part: _judge().part(0, 4).merge(part),
        {"part": (value(*samples.others(), samples.value_judge()), _judge())},
    ),
    "sweep": lambda: Entry(
        lambda **k: ld.sweep(**k).rows,
        {"function": (_named, samples.measured), "grid": (_grid, {"a": [1, 2], "seed": [0]}),
         "out": (place, samples.folder() / "swept"),
         "executor": (executor, samples.threads()), "progress": (optional(flag), False)},
    ),
    "Sweep": lambda: Entry(
        lambda **k: ld.Sweep(**k).rows,
        {"function": (but(text, "empty"), "mine"), "parameters": (names, ("a", "seed")),
         "rows": (_rows, [{"a": 1, "seed": 0, "error": 2.0}]),
         "failures": (_failures, [("a=2, seed=0", "ValueError: no")])},
    ),
    "Sweep.require": lambda: Entry(lambda: samples.swept().require().rows, {}),
    "Sweep.table": lambda: Entry(
        lambda fixed: samples.swept().table(fixed).csv(), {"fixed": (but(names, "unknown"), ("a",))}
    ),
    "Sweep.to_pandas": lambda: Entry(lambda: samples.swept().to_pandas().to_dict(), {}),
    "Sweep.over": lambda: Entry(
        lambda name: samples.swept().over(name).rows, {"name": (choice, "seed")}
    ),
    "Sweep.plot": lambda: Entry(
        lambda **k: samples.swept().plot(**k).get_xlabel(),
        {"x": (choice, "a"), "y": (choice, "error"), "by": (optional(choice), "seed"),
         "ax": (None, None)},
    ),
    "Sweep.save": lambda: Entry(
        lambda folder: samples.swept().save(folder).name,
        {"folder": (place, samples.folder() / "tables")},
    ),
    "records.joined_records": lambda: Entry(
        lambda parts: records.joined_records(parts).n_images,
        {"parts": (_records, [samples.record(), samples.record()])},
    ),
    "records.Judge.windows": lambda: Entry(
        records.Judge.of(
            samples.record().outputs, samples.split().labels, samples.presentation(), True
        ).windows,
        {},
    ),
    "records.Windows.at": lambda: Entry(
        samples.evaluation().windows.at, {"start": (whole(0, 29), 10), "end": (whole(0, 30), 20)}
    ),
    "records.Windows.grid": lambda: Entry(
        samples.evaluation().windows.grid, {"every": (whole(1), 5)}
    ),
    "records.Windows.has": lambda: Entry(
        samples.evaluation().windows.has, {"start": (whole(0), 10)}
    ),
    "records.Windows.row": lambda: Entry(
        samples.evaluation().windows.row, {"start": (whole(0, 29), 10)}
    ),
    "energy.Device.own": lambda: Entry(
        energy.DEVICES["loihi"].own, {"counts": (value(*samples.others()), samples.counts())}
    ),
    "energy.Device.joules": lambda: Entry(
        energy.DEVICES["loihi"].joules, {"counts": (value(*samples.others()), samples.counts())}
    ),
    "energy.Device.other_joules": lambda: Entry(
        energy.DEVICES["loihi"].other_joules,
        {"counts": (value(*samples.others()), samples.counts())},
    ),
    "simulators.Options.names": lambda: Entry(simulators.Options.names, {}),
    "simulators.Simulator.load": lambda: Entry(lambda: SIM("rate").load().__name__, {}),
    "simulators.Simulator.options_of": lambda: Entry(
        SIM("events").options_of,
        {"given": (_given, {"seed": 1})},
    ),
    "simulators.Simulator.refusal": lambda: Entry(
        SIM("events").refusal,
        {"model": (MODEL, samples.spiking()), "plan": (optional(value(*samples.others())), None)},
    ),
    "simulators.Simulator.require": lambda: Entry(
        SIM("events").require,
        {"model": (MODEL, samples.spiking()), "plan": (optional(value(*samples.others())), None)},
    ),
    "simulators.Simulator.require_installed": lambda: Entry(SIM("rate").require_installed, {}),
}  # fmt: skip
