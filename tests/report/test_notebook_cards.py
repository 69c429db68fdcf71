"""Values show themselves in notebooks: what is on the card is what they are."""

import dataclasses
import html
import re

import numpy as np
import pytest

from nengo_lifdeep import Presentation, check_spikes, datasets, decide_early, diagnose, run
from nengo_lifdeep.datasets import Split
from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.energy import count
from nengo_lifdeep.evaluation.point_values import OperatingPoint, OperatingPoints
from nengo_lifdeep.report.tables.energy import operation_table


def text(value):
    """A card without its marks."""
    found = value._repr_html_()
    assert "<script" not in found and "src=" not in found
    return re.sub(r"<[^>]+>", " ", found)


def test_networks(trained, spiking):
    shown = text(trained)
    assert (
        trained.architecture.name in shown and f"{trained.architecture.counts().neurons:,}" in shown
    )
    assert "90.0 % right" in shown
    assert "alpha 2 ms" in text(spiking) and f"{spiking.n_neurons:,}" in text(spiking)


def test_measurements(record, evaluations):
    rates, spikes = evaluations
    assert f"{spikes.error:.2f} %" in text(
        spikes
    ) and f"{100 * spikes.accuracy:.2f} % right" in text(spikes)
    assert "spikes per image" not in text(rates)
    assert "2 images" in text(record) and f"{record.spikes_per_image:,.0f}" in text(record)


def test_deployment(trained):
    found = deploy(trained)
    assert "fits" in text(found) and f"{found.plan.n_cores} of 256" in text(found)


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "a & b"])
def test_names_are_escaped(spiking, name):
    shown = dataclasses.replace(spiking, name=name)._repr_html_()
    assert name not in shown and "&" in shown


def test_data_and_tables(spiking, record):
    digits = datasets.load("digits")
    assert "8 x 8 x 1" in text(digits) and "1,438" in text(digits) and "0, 1, 2" in text(digits)
    assert "359 images" in text(digits.test) and "10 classes" in text(digits.test)
    values = Split(np.zeros((3, 4, 4, 1), np.float32), targets=np.zeros((3, 2)))
    assert "values of shape (2,)" in text(values)
    counts = count(record, spiking)
    assert f"{counts.total_events:,.0f}" in text(counts)
    assert "<table>" in operation_table(counts)._repr_html_()


def test_one_is_singular(spiking):
    one = datasets.load("digits").test.first(1)
    record = run(spiking, one, presentation=Presentation(t_c=0, t_p=0.001), progress=False)
    counts = count(record, spiking)
    assert " 1 step" in text(counts) and "1 steps" not in text(counts)
    (note,) = operation_table(counts).notes[:1]
    assert note.startswith("Per image, mean of 1 image of 1 step. ")
    (early,) = decide_early(record, [0.1])
    assert text(early).strip().startswith("early decisions of 1 image  ")


def test_what_was_found(spiking):
    images = datasets.load("digits").test.first(20)
    show = Presentation(t_c=0.02, t_p=0.05)
    found = diagnose(spiking, images, presentation=show, progress=False)
    assert f"correlation {found.layers[0].correlation:.3f}" in text(found)
    for finding in found.findings:
        assert html.escape(finding.remedy) in found._repr_html_()
    check = check_spikes(spiking, images, n=2, presentation=show)
    shown = text(check)
    assert "0 of 2 images" in shown and all(name in shown for name in check.spikes)
    (early,) = decide_early(run(spiking, images, presentation=show, progress=False), [0.1])
    assert "20 images" in text(early) and f"{1000 * early.mean_latency:.1f} ms" in text(early)


def test_operating_points():
    point = OperatingPoint(0.003, 4.0, 0.02, 0.1, 0.981, 1000.0, 50.0, 2.5e-6)
    points = OperatingPoints("net", "<digits>", "loihi", 100, 0.98, (point,), missing=2)
    shown = text(points)
    assert "0.9810 after 100 ms with 2.5 µJ: synapses of 3 ms, rates x 4" in shown
    assert "2 runs" in shown and "<digits>" not in points._repr_html_()
    none = dataclasses.replace(points, points=(dataclasses.replace(point, accuracy=0.5),))
    assert text(none).count("none keeps enough") == 2


def test_large_values_have_small_cards():
    many = Split(np.zeros((50_000, 32, 32, 3), np.uint8), np.arange(50_000) % 1000)
    names = tuple(f"class {i} with a long name" for i in range(1000))
    data = datasets.Dataset("large", many, many.first(2000), names)
    for value in (data, many):
        assert len(value._repr_html_()) < 2000 and len(repr(value)) < 2000
