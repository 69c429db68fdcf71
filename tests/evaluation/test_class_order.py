"""Answers are compared by number, so classes and values have to stand in one order."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import nengo_lifdeep as ld
from nengo_lifdeep.datasets.checks.places import require_same_places
from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.evaluation.points import operating_points
from nengo_lifdeep.evaluation.rungs import ladder
from nengo_lifdeep.sweeps import measures
from nengo_lifdeep.training.random_features import random_features

SHORT = ld.Presentation(t_c=0.01, t_p=0.03)
NAMES = ("up", "down", "left", "right")
REFUSED = "'right' is number 0 of the reference and number 3 of the network"


def named(network, names):
    """The network with these names of its classes."""
    return dataclasses.replace(network, classes=names)


def turned(network):
    """The same network with its scores, and their names, in the opposite order."""
    last = [layer.name for layer in network.architecture.layers if layer.has_weights][-1]
    arrays = {name: array[..., ::-1] for name, array in network.weights[last].items()}
    weights = {**network.weights, last: arrays}
    return dataclasses.replace(network, weights=weights, classes=network.classes[::-1])


@pytest.fixture(scope="module")
def bars(example):
    """A network of classes with names, its mirror, and images."""
    trained, images = example
    assert trained.architecture.output_shape == (4,)
    trained = named(trained, NAMES)
    return trained, turned(trained), images.take(6)


def test_a_reference_with_classes_in_another_order_is_refused(bars):
    """Before, it agreed with none of the answers that it gives itself, by other numbers."""
    trained, other, images = bars
    spiking = ld.convert(trained)
    of_other = ld.evaluate(other, ld.Split(images.images, 3 - images.labels, images.source))
    of_other = dataclasses.replace(of_other, labels=images.labels)  # as if of these images
    for reference in (other, of_other):
        with pytest.raises(ValidationError, match=REFUSED):
            ld.evaluate(spiking, images, presentation=SHORT, reference=reference)
    found = ld.evaluate(spiking, images, presentation=SHORT, reference=trained)
    again = ld.evaluate(spiking, images, presentation=SHORT, reference=ld.evaluate(trained, images))
    assert found.rate_accuracy == again.rate_accuracy > 0.5


def test_names_that_are_not_known_or_written_otherwise_are_no_order(bars):
    trained, _, images = bars
    spiking = ld.convert(trained)
    words = ("north", "south", "left", "right")
    references = [named(trained, ()), named(trained, words), named(trained, ("1", "2", "3", "4"))]
    references.append(ld.evaluate(named(trained, ()), images))
    assert references[-1].classes == ("0", "1", "2", "3")
    for reference in references:
        ld.evaluate(spiking, images, presentation=SHORT, reference=reference)
    some = ("down", "east", "up", "west")  # two of them are the network's, at other places
    with pytest.raises(ValidationError, match="'down' is number 0 of the reference and number 1"):
        ld.evaluate(spiking, images, presentation=SHORT, reference=named(trained, some))
    # where the network has no names, those of the data are compared
    nameless = ld.convert(named(trained, ()))
    data = ld.Dataset("bars", images, images, NAMES)
    with pytest.raises(ValidationError, match="'right' .* and number 3 of the data 'bars'"):
        ld.evaluate(nameless, data, presentation=SHORT, reference=named(trained, NAMES[::-1]))


def test_data_with_classes_in_another_order_are_refused(bars, tmp_path, monkeypatch):
    """Before, labels of one order were compared with answers of the other."""
    trained, other, images = bars
    data = ld.Dataset("bars", images, images, NAMES)
    assert ld.evaluate(trained, data).accuracy > 0.5
    words = "'up' is number 0 of the data 'bars' and number 3 of the network"
    with pytest.raises(DataError, match=words):
        ld.evaluate(other, data)
    with pytest.raises(DataError, match=words):
        ld.evaluate(ld.convert(other), data, presentation=SHORT)
    with pytest.raises(DataError, match=words):
        operating_points(other, data, tau_s=[0.003], scale_firing_rates=[1], t_p=[0.02])
    monkeypatch.setattr(measures.datasets, "load", lambda name: data)
    file = str(other.save(tmp_path / "net.lifdeep"))
    with pytest.raises(DataError, match=words):
        measures.measure_network(file, "bars", simulator="rate")
    trained.save(file)
    assert measures.measure_network(file, "bars", simulator="rate")["error_percent"] < 50


def test_deployments_and_ladders_refuse_them_too(bars):
    trained, other, images = bars
    with pytest.raises(ValidationError, match="'right' is number 0 of relu_twin and number 3"):
        ladder(trained, images, simulators=(), relu_twin=other)
    deployment = deploy(trained, images=images, presentation=SHORT, strict=False)
    assert deployment.reference is trained
    crossed = dataclasses.replace(deployment, reference=other)
    with pytest.raises(ValidationError, match=REFUSED):
        crossed.evaluate(images, check=0)


def test_values_are_compared_by_place_too():
    rng = np.random.default_rng(3)
    rows, values = rng.normal(size=(80, 3)), rng.normal(size=(80, 2))
    network = ld.Architecture((1, 1, 3), (ld.Flatten(), ld.Dense(30), ld.Dense(2)), "waves-net")
    trained = named(random_features(network, ld.Split(rows, targets=values)), ("x", "y"))
    some = ld.Split(rows[:6], targets=values[:6])
    spiking = ld.convert(trained)
    of_other = dataclasses.replace(ld.evaluate(trained, some), outputs=("y", "x"))
    for reference in (turned(trained), of_other):
        with pytest.raises(ValidationError, match="'y' is number 0 of the reference and number 1"):
            ld.evaluate(spiking, some, presentation=SHORT, reference=reference)
    data = ld.Dataset("waves", some, some, ("y", "x"))
    with pytest.raises(DataError, match="'y' is number 0 of the data 'waves' and number 1 of the"):
        ld.evaluate(trained, data)


def test_numbers_of_nameless_evaluations_stand_for_no_names():
    numbers = ("0", "1", "2")
    require_same_places(numbers, ("1", "2", "3"), "one", "other")
    with pytest.raises(DataError, match="'0' is number 0 of one and number 2 of other"):
        require_same_places(numbers, numbers[::-1], "one", "other")
