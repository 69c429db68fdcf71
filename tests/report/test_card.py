"""Model cards: every fact that is known, no line for what is not."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import convert, evaluate, pretrained
from nengo_lifdeep.datasets import Split
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.inputs.recommended import Recommended
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.models.held import quantize_weights
from nengo_lifdeep.neurons import hard_counterpart
from nengo_lifdeep.records import Evaluation
from nengo_lifdeep.report.pages.card import model_card
from nengo_lifdeep.report.pages.front_matter import front_matter
from nengo_lifdeep.report.tables.evaluations import evaluation_table
from nengo_lifdeep.simulators import run
from nengo_lifdeep.training.random_features import trained_example
from nengo_lifdeep.weights.rounded import Rounded


def test_card_of_a_network_without_history(example):
    trained, _ = example
    lines = model_card(dataclasses.replace(trained, provenance={}, history={})).splitlines()
    assert lines[0] == f"# {trained.architecture.name}"
    assert not {"## Training", "## Measured", "## Limits"} & set(lines)
    assert "None" not in "".join(lines)


def test_card_says_which_timing_each_row_had(example):
    trained, images = example
    spiking = convert(trained, synapse=0.003)
    found = [evaluate(trained, images.take(20))]
    for t_p in (0.06, 0.1):
        timing = Presentation(t_c=0.02, t_p=t_p)
        found.append(evaluate(spiking, images.take(20), presentation=timing))
    text = model_card(trained, found, use="Bars.", limits=["Only bars."])
    assert "| rate | – | 20 |" in text
    assert "| events | model's, 20, 60 | 20 |" in text
    assert "| events | model's, 20, 100 | 20 |" in text
    assert "image steps" not in text and "time [s]" not in text
    assert text.splitlines()[2] == "Bars." and text.endswith("- Only bars.\n")


def test_card_says_how_it_runs_in_spikes_and_what_it_costs(example):
    trained, _ = example
    known = Recommended(0.003, 2.0, "half", 0.06, 0.1)
    noted = dataclasses.replace(trained, provenance=known.noted(trained.provenance))
    text = model_card(noted, costs=["energy: 1 mJ"], limits=["Bars."])
    assert (
        "- in spikes: alpha synapses of 3 ms, rates x 2, membranes start half-way to the "
        "threshold, t_c = 60 ms, t_p = 100 ms\n" in text
    )
    assert "\n## Costs\n\n- energy: 1 mJ\n\n## Limits\n" in text
    assert "in spikes" not in model_card(trained) and "## Costs" not in model_card(trained)


def test_facts_in_front_are_yaml(example):
    """What a hub reads is what was measured, whatever the names are."""
    yaml = pytest.importorskip("yaml")
    trained, images = example
    odd = dataclasses.replace(trained.architecture, name='a: "b"\n--- # c')
    trained = dataclasses.replace(trained, architecture=odd)
    found = evaluate(trained, images.take(20))
    text = front_matter(trained, [found], licence="cc-by-4.0")
    start, *facts, end = text.split("\n")
    assert start == end == "---"
    read = yaml.safe_load("\n".join(facts))
    assert read["license"] == "cc-by-4.0" and read["library_name"] == "nengo_lifdeep"
    (entry,) = read["model-index"]
    assert entry["name"] == odd.name
    (metric,) = entry["results"][0]["metrics"]
    assert metric["type"] == "accuracy" and metric["value"] == pytest.approx(found.accuracy)
    assert entry["results"][0]["dataset"]["name"] == found.data
    plain = yaml.safe_load(front_matter(trained).strip("-\n"))
    assert "license" not in plain and "model-index" not in plain


def test_facts_are_those_of_the_training():
    trained = pretrained.load("digits-compact")
    text = model_card(trained)
    assert f"- commit: {trained.provenance['commit']}\n" in text
    assert "tau_rc = 50 ms" in text and "AlphaRCNoise (tau_s = 3 ms)" in text
    assert f"- images: {trained.provenance['images']['training']:,}\n" in text
    rates = trained.history["learning_rate"]
    assert f"- learning rate: {rates[0]:.3g}, at the end {rates[-1]:.3g}\n" in text


def test_another_network_is_not_published_as_this_one(example):
    """By name, and by classes where names are the same."""
    trained, images = example
    found = evaluate(trained, images.take(20))
    other = dataclasses.replace(found, model="digits-compact")
    own = dataclasses.replace(trained, classes=tuple("abcd"))
    for write in (model_card, front_matter):
        with pytest.raises(ValidationError, match=r"'digits-compact'.*one of 'bars-example'"):
            write(trained, [found, other])
        with pytest.raises(ValidationError, match=r"the classes .*'bars-example' are a, b, c, d"):
            write(own, [dataclasses.replace(found, classes=tuple("ABCD"))])
        assert write(own, [dataclasses.replace(found, classes=own.classes)])


def another_training(trained):
    """The same layers, name, classes and origin with one weight that is another."""
    weights = {layer: dict(arrays) for layer, arrays in trained.weights.items()}
    layer = next(name for name, arrays in weights.items() if "kernel" in arrays)
    weights[layer]["kernel"] = weights[layer]["kernel"].copy()
    weights[layer]["kernel"].flat[0] += 0.01
    return dataclasses.replace(trained, weights=weights)


def test_another_training_of_the_architecture_is_not_published_as_this_one(example, tmp_path):
    """In rates, in spikes, from a file and from a record; evaluations of before have no weights."""
    trained, images = example
    few, other = images.take(3), another_training(trained)
    show = Presentation(t_c=0.01, t_p=0.03)
    again = SpikingModel.load(convert(other, synapse=0.003).save(tmp_path / "other.lifdeep"))
    record = run(again, few.images, presentation=show)
    record = type(record).load(record.save(tmp_path / "record.lifdeep"))
    found = [
        evaluate(other, few),
        evaluate(again, few, presentation=show),
        evaluate(again, few, presentation=show, parts=tmp_path / "parts"),
        Evaluation.of(record, few.labels),
    ]
    found.append(Evaluation.load(found[1].save(tmp_path / "found.lifdeep")))
    assert model_card(other, found).count("| 3 |") == len(found)
    for each in found:
        for write in (model_card, front_matter):
            with pytest.raises(ValidationError, match=f"is of the weights {other.fingerprint}.*"
                               f"'bars-example' here are {trained.fingerprint}"):  # fmt: skip
                write(trained, [each])
        assert model_card(trained, [dataclasses.replace(each, trained_weights="")])
    assert f"- fingerprint of the weights: {trained.fingerprint}" in model_card(trained).split("\n")


def test_tables_tell_trainings_of_one_network_apart(example):
    """Where rows are of several; rows of before have no weights to say."""
    trained, images = example
    other = another_training(trained)
    found = [evaluate(net, images.take(3)) for net in (trained, other)]
    found.append(dataclasses.replace(found[0], trained_weights=""))
    text = evaluation_table(found).markdown()
    assert "| weights |" in text and "| network |" not in text
    assert all(f"| {net.fingerprint} |" in text for net in (trained, other))
    renamed = dataclasses.replace(found[1], model="other")
    for alike in ([found[0], found[2]], [found[0], renamed], found[:1]):
        assert "| weights |" not in evaluation_table(alike).markdown()


def test_values_of_another_training_are_not_published_as_those_of_this_one():
    trained, images = trained_example()
    values = Split(images.images[:5], targets=np.zeros((5, trained.architecture.output_shape[0])))
    found = evaluate(another_training(trained), values)
    with pytest.raises(ValidationError, match="is of the weights"):
        model_card(trained, [found])


def test_a_file_of_16_bits_is_the_same_network(example, tmp_path):
    trained, images = example
    half = TrainedModel.load(trained.save(tmp_path / "half.lifdeep", dtype="float16"))
    assert (half.weights["conv1"]["kernel"] != trained.weights["conv1"]["kernel"]).any()
    assert half.fingerprint == trained.fingerprint != another_training(trained).fingerprint
    assert model_card(half, [evaluate(convert(trained), images.take(3))])
    renamed = dataclasses.replace(
        trained, architecture=dataclasses.replace(trained.architecture, name="mine")
    )
    assert renamed.with_neurons(hard_counterpart).fingerprint == trained.fingerprint
    coarse = quantize_weights(trained, 3)
    assert coarse.fingerprint != trained.fingerprint
    # what is rounded where the network runs does not change whose weights they are
    rounded = dataclasses.replace(
        trained, architecture=trained.architecture.with_weights(Rounded(3))
    )
    assert convert(rounded).trained_weights == rounded.fingerprint == trained.fingerprint


def test_every_evaluation_of_the_network_is_taken(example, tmp_path):
    """Converted, from a file of another name, on every simulator that is here; without classes."""
    trained, images = example
    few = images.take(3)
    spiking = convert(trained, synapse=nengo.Lowpass(0.003))
    again = SpikingModel.load(spiking.save(tmp_path / "other.lifdeep"))
    show = Presentation(t_c=0.01, t_p=0.03)
    found = [evaluate(TrainedModel.load(trained.save(tmp_path / "name.lifdeep")), few)]
    names = ("events", "nengo", "loihi-exact")
    found += [evaluate(again, few, simulator=name, presentation=show) for name in names]
    found.append(Evaluation.load(found[-1].save(tmp_path / "found.lifdeep")))
    record = run(spiking, few.images, presentation=show)
    found.append(Evaluation.of(record, few.labels))
    text = model_card(trained, found)
    assert text.count("| 3 |") == len(found)
    assert front_matter(trained, found).count('"metrics"') == len(found)


def test_rows_are_of_the_data_that_were_shown(example):
    """In titles, in a column where rows differ, and in what a hub reads."""
    trained, images = example
    trained = dataclasses.replace(trained, provenance={**trained.provenance, "data": "bars"})
    found = evaluate(trained, images.take(20))
    mnist, fashion = (
        dataclasses.replace(found, data=f"{name}'s test images") for name in ("bars", "other-bars")
    )
    assert "**bars-example on other-bars's test images**" in model_card(trained, [fashion])
    both = model_card(trained, [mnist, fashion])
    assert "**bars-example**" in both and both.count("bars's test images |") == 2
    kinds = [
        line.split('"dataset": ')[1].split("}")[0]
        for each in (mnist, fashion)
        for line in front_matter(trained, [each]).splitlines()
        if '"dataset"' in line
    ]
    assert kinds == [
        '{"type": "bars", "name": "bars\'s test images"',
        '{"type": "other-bars\'s test images", "name": "other-bars\'s test images"',
    ]
