"""Data, records and models: values that check themselves when they are built."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np

import nengo_lifdeep as ld
from nengo_lifdeep import datasets, doctor, energy, records, simulators

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
    real,
    text,
    value,
    whole,
)

LABELS = array(1, whole=True)
PIXELS = array(4, high=1)


def neuron(good):
    """A neuron type's instance."""
    return value(nengo.LIF, "LIF", nengo.Alpha(0.1), *samples.other_than(nengo.neurons.NeuronType))(
        good
    )


def tupled(*inside):
    """Several values of one type; ``inside`` are none."""

    def trials(good):
        wrong = {**no_numbers(), "None": None, "text": "abc", "number": 3, "array": np.zeros(3)}
        wrong |= {f"{type(x).__name__} inside": (*good, x) for x in (None, 3, "a", *inside)}
        return [*((k, v, "refuse") for k, v in wrong.items()), ("list", list(good), "same"),
                ("generator of them", iter(list(good)), "either")]  # fmt: skip

    return trials


def numbers_or_none(good):
    """Several real numbers, 0 or more, or none at all."""
    return but(numbers(0), "empty")(good)


def _fields(made, **kinds):
    """The fields of a value with their kinds; the others are given as they are."""
    return {f.name: (kinds.get(f.name), getattr(made, f.name)) for f in dataclasses.fields(made)}


def _split():
    return Entry(
        ld.Split,
        {"images": (PIXELS, samples.split().images), "labels": (LABELS, samples.split().labels),
         "source": (text, "mine"), "indices": (optional(LABELS), np.arange(4)),
         "targets": (None, None), "any_range": (flag, False),
         "groups": (optional(LABELS), np.arange(4))},
    )  # fmt: skip


def _values():
    """A split of features and values."""
    made = samples.valued()
    return Entry(
        lambda images, targets: ld.Split(images, targets=targets),
        {"images": (array(2, low=None), made.images[:, 0, 0]),
         "targets": (array(2, low=None), made.targets)},
    )  # fmt: skip


def _value_evaluation():
    made = samples.value_evaluation()
    return Entry(
        ld.ValueEvaluation,
        _fields(
            made,
            simulator=text,
            model=text,
            data=text,
            presentation=value(*samples.other_than(ld.Presentation)),
            targets=array(2, low=None),
            values=array(2, low=None),
            outputs=but(names, "empty"),
            in_time=optional(value(*samples.others())),
            layer_rates=mapping(None, "abc", -1, np.nan),
            layer_spikes=mapping(None, "abc", -1, np.nan),
            mean_rate=real(0),
            rate_values=optional(array(2, low=None)),
            seconds=real(0),
            n_asked=whole(0),
            notes=names,
            command=text,
            counters=mapping(None, 3, {"a": -1}, {"a": "b"}),
            operations=mapping(3),
        ),
    )


def _error_in_time():
    made = samples.value_evaluation().in_time
    return Entry(records.ErrorInTime, _fields(made, starts=LABELS))


def _bytes():
    images = (samples.split().images * 255).astype(np.uint8)
    kept = ("as floats", "int32", "int8", "uint16", "uint64", "number beyond 0", "NaN in it",
            "infinity in it", "number beyond 1", "list", "tuple", "objects")  # fmt: skip
    return Entry(
        lambda images: ld.Split(images, samples.split().labels),
        {"images": (but(PIXELS, *kept), images)},
    )


def _dataset():
    split = value(*samples.other_than(ld.Split))
    return Entry(
        ld.Dataset,
        {"name": (text, "mine"), "train": (split, samples.split()), "test": (split,
         samples.split()), "classes": (names, ("a", "b", "c", "d"))},
    )  # fmt: skip


def _trained():
    return Entry(
        ld.TrainedModel,
        _fields(
            samples.trained(),
            architecture=value(*samples.other_than(ld.Architecture)),
            weights=mapping(None, 3, "abc", {}, {"kernel": None}, {"kernel": "a", "bias": 3}),
            neuron=neuron,
            preprocessing=value(*samples.other_than(ld.Preprocessing)),
            classes=names,
            history=but(mapping(), "dict"),
            provenance=mapping(),
        ),
    )


def _weights():
    """A single array of a model."""
    trained = samples.trained()
    last = trained.architecture.layers[-1].name

    def build(bias):
        weights = {**trained.weights, last: {**trained.weights[last], "bias": bias}}
        return dataclasses.replace(trained, weights=weights)

    return Entry(build, {"bias": (array(1, low=None), trained.weights[last]["bias"])})


def _spiking():
    return Entry(
        ld.SpikingModel,
        _fields(
            samples.spiking(),
            name=text,
            input_shape=lambda good: [(k, v, "refuse") for k, v in {
                "None": None, "text": "881", "number": 3, "fractions": (8.5, 8, 1), "other":
                (7, 7, 1), "negative": (-8, 8, 1), **no_numbers()}.items()],
            populations=tupled(samples.spiking().connections[0]),
            connections=tupled(samples.spiking().populations[0]),
            output_bias=array(1, low=None),
            initial_voltage=choice,
            preprocessing=value(*samples.other_than(ld.Preprocessing)),
            classes=names,
            provenance=mapping(),
        ),
    )  # fmt: skip


def _record():
    return Entry(
        ld.SpikeRecord,
        _fields(
            samples.record(),
            simulator=text,
            model=text,
            presentation=value(*samples.other_than(ld.Presentation)),
            outputs=array(3, low=None, length=False),
            layer_rates=mapping(None, "abc", np.array(["a"]), -np.ones(3), np.array([np.nan])),
            image_spikes=mapping(None, "abc", np.array(["a"]), -np.ones(4), np.ones(3)),
            rasters=mapping(None, "abc", np.ones((3, 2), int), -np.ones((3, 3), int)),
            seconds=real(0),
            build_seconds=real(0),
            n_asked=whole(0),
            notes=names,
            is_static=flag,
            counters=mapping(None, 3, {"a": -1}, {"a": "b"}),
            dense=mapping(None, {"a": -1}, {"a": "b"}, {"a": 10**6}),
        ),
    )


def _evaluation():
    return Entry(
        ld.Evaluation,
        {
            **_fields(
                samples.evaluation(),
                simulator=text,
                model=text,
                data=text,
                presentation=value(*samples.other_than(ld.Presentation)),
                labels=LABELS,
                predictions=LABELS,
                classes=names,
                windows=optional(value(*samples.others())),
                layer_rates=mapping(None, "abc", -1, np.nan),
                layer_spikes=mapping(None, "abc", -1, np.nan),
                mean_rate=real(0),
                seconds=real(0),
                n_asked=whole(0),
                notes=names,
                command=text,
                counters=mapping(None, 3, {"a": -1}, {"a": "b"}),
                operations=mapping(3),
            ),
            "agreement": (optional(real(0, 1)), 0.5),
            "rate_accuracy": (optional(real(0, 1)), 0.5),
            "top5_accuracy": (optional(real(0, 1)), 0.5),
            "indices": (optional(LABELS), np.arange(4)),
        },
    )


def _windows():
    scores = samples.record().outputs
    labels = samples.split().labels
    made = records.Windows.of(scores, labels, [0, 10])
    return Entry(
        records.Windows,
        _fields(
            made,
            starts=LABELS,
            accuracy=array(2, low=None, finite=False),
            scores=array(3, low=None, finite=False),
            labels=LABELS,
        ),
    )


def _options(cls, **more):
    return Entry(
        cls,
        {
            "seed": (whole(0), 1), "batch_size": (whole(1), 2), "rasters": (whole(0), 1),
            "progress": (optional(flag), False),
            "judge": (optional(value(*samples.others())), None), **more,
        },
    )  # fmt: skip


def _counts():
    return Entry(
        energy.Counts,
        _fields(
            samples.counts(),
            spikes=mapping(None, "abc", -1, np.nan),
            events=mapping(None, "abc", -1, np.nan),
            updates=mapping(None, "abc", -1, np.nan),
            input_macs=whole(0),
            network_macs=whole(0),
            n_neurons=whole(0),
            n_steps=whole(0),
            n_images=whole(0),
            on_host=names,
        ),
    )


def _deployment():
    return Entry(
        ld.Deployment,
        _fields(
            dataclasses.replace(samples.deployment(), changes=("a", "b")),
            original=value(*samples.other_than(ld.SpikingModel)),
            plan=value(*samples.others()),
            changes=names,
            rate_deviation=real(0),
            presentation=value(*samples.other_than(ld.Presentation)),
            reference=optional(value(*samples.other_than(ld.TrainedModel))),
            n_images=whole(0),
        ),
    )


THREADS = {"threads": (whole(0), 1), "engine": (choice, "numpy")}
PLAN = {"plan": (optional(value(*samples.others())), None)}

TABLE = {
    "Split": _split,
    "Split of bytes": _bytes,
    "Dataset": _dataset,
    "TrainedModel": _trained,
    "TrainedModel's arrays": _weights,
    "SpikingModel": _spiking,
    "SpikeRecord": _record,
    "Evaluation": _evaluation,
    "Split of values": _values,
    "datasets.Series": lambda: Entry(
        datasets.Series,
        {"frames": (array(3, low=None), np.random.default_rng(0).normal(size=(4, 3, 2))),
         "labels": (LABELS, np.array([0, 1, 1, 0])), "targets": (None, None),
         "source": (text, "mine")},
    ),
    "ValueEvaluation": _value_evaluation,
    "records.ErrorInTime": _error_in_time,
    "records.ValueJudge": lambda: Entry(
        records.ValueJudge,
        {"targets": (array(2, low=None, length=False), samples.valued().targets),
         "timing": (optional(value(*samples.other_than(ld.Presentation))),
                    samples.presentation()),
         "starts": (numbers_or_none, (0.0, 0.01))},
    ),
    "records.Windows": _windows,
    "records.Windows.of": lambda: Entry(
        records.Windows.of,
        {"scores": (array(3, low=None), samples.record().outputs),
         "labels": (LABELS, samples.split().labels),
         "starts": (but(array(1, whole=True), "generator"), np.array([0, 3]))},
    ),
    "records.Judge": lambda: Entry(
        records.Judge,
        {"labels": (array(1, whole=True, length=False), samples.split().labels),
         "n_classes": (whole(1), 4),
         "timing": (optional(value(*samples.other_than(ld.Presentation))), samples.presentation()),
         "grid": (flag, True), "starts": (numbers_or_none, (0.0, 0.01)), "keep": (flag, True)},
    ),
    "records.Judge.of": lambda: Entry(
        lambda **k: records.Judge.of(**k).predictions,
        {"outputs": (array(3, low=None, length=False), samples.record().outputs),
         "labels": (LABELS, samples.split().labels),
         "timing": (optional(value(*samples.other_than(ld.Presentation))), samples.presentation()),
         "grid": (flag, True)},
    ),
    "simulators.Options": lambda: _options(simulators.Options),
    "simulators.EventOptions": lambda: _options(
        simulators.EventOptions, dtype=(choice, "float64"), route=(choice, "dense"), **THREADS
    ),
    "simulators.ExactOptions": lambda: _options(simulators.ExactOptions, **THREADS, **PLAN),
    "simulators.LoihiOptions": lambda: _options(
        simulators.LoihiOptions, target=(choice, "simreal"), **PLAN
    ),
    "simulators.Simulator": lambda: Entry(
        simulators.Simulator,
        {"name": (text, "mine"), "module": (text, ".rate"), "summary": (text, "a test"),
         "title": (but(text, "empty"), "mine"), "needs": (names, ("numba",)),
         "on_chip": (flag, False), "spikes": (flag, True), "takes_time": (flag, True),
         "whole_models": (flag, True), "batched": (flag, False),
         "judged_by": (optional(text), "nengo"), "colour": (text, "#000000"),
         "options": (but(value(3), "class", "type itself"), simulators.EventOptions)},
    ),
    "energy.Counts": _counts,
    "energy.Device": lambda: Entry(
        energy.Device,
        {"name": (text, "chip"), "spiking": (flag, True),
         "joules_per_event": (optional(real(0, 1, zero=False)), 1e-12),
         "joules_per_update": (optional(real(0, 1, zero=False)), 1e-12), "source": (text, "a test"),
         "accounting": (text, "all"),
         "other_joules_per_event": (optional(real(0, 1, zero=False)), 1e-12),
         "other_source": (text, "another"), "first_on_host": (flag, True)},
    ),
    "energy.PublishedCost": lambda: Entry(
        energy.PublishedCost,
        {name: (real(0), 2.0) for name in ("events", "updates", "input_flops", "network_flops")},
    ),
    "doctor.Finding": lambda: Entry(
        doctor.Finding,
        {"group": (text, "versions"), "what": (text, "numpy"), "found": (text, "2.0"),
         "ok": (flag, True), "repair": (text, "pip")},
    ),
    "Deployment": _deployment,
    "MeasuredNoise": lambda: Entry(
        ld.MeasuredNoise, {"rates": (numbers(0), (1.0, 2.0)), "spreads": (numbers(0), (3.0, 4.0))}
    ),
}  # fmt: skip
