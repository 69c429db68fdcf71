"""What the view draws, without a browser: counts against a count of every spike."""

import importlib.util

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert, synapse_on_chip
from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Dense, Flatten
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.neurons import SiegertLIF
from nengo_lifdeep.simulators.registry import names
from nengo_lifdeep.stages.types import DenseMatrix
from nengo_lifdeep.view.showing import choices_for, run_image, tiled
from nengo_lifdeep.view.strokes import draw_strokes


@pytest.fixture(scope="module")
def found(example):
    trained, test = example
    return run_image(trained, test.images[0], t_c=0.02, t_p=0.08)


def test_evidence_is_what_answers(found):
    evidence = found.evidence()
    np.testing.assert_allclose(evidence[-1], found.record.scores()[0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(evidence[9], found.record.outputs[0, :10].mean(axis=0), rtol=1e-5)
    assert found.answer(found.n_steps) == found.record.predictions()[0]


def test_an_answer_needs_spikes_of_what_is_read_out():
    """The last layer in order was asked, whoever gives the scores."""
    stage, neuron = DenseMatrix((1, 1, 2), np.ones((2, 2), np.float32)), nengo.LIF()
    first, second = (Population(n, (2,), neuron, np.full(2, j)) for n, j in (("a", 5), ("b", -9)))
    ends = [Connection(n, "output", (DenseMatrix((2,), np.eye(2)),)) for n in "ab"]
    begin = [Connection("input", n, (stage,)) for n in "ab"]
    image = np.zeros((1, 1, 2), np.float32)
    for read_out, answered in ((ends, True), (ends[:1], True), (ends[1:], False)):
        model = SpikingModel(
            "two", (1, 1, 2), (first, second), (*begin, *read_out), np.array([0.0, 1.0])
        )
        assert (run_image(model, image, tau_s=None).answer(100) is not None) is answered


def test_synapses_on_the_chip_are_those_of_a_deployment(example):
    pytest.importorskip("nengo_loihi")
    trained, test = example
    timing = Presentation(t_c=0.02, t_p=0.06)
    expected = deploy(convert(trained, synapse=synapse_on_chip(trained)), presentation=timing)
    record = expected.run(test.images[:1], simulator="loihi-exact", rasters=1, progress=False)
    shown = run_image(
        trained, test.images[0], simulator="loihi-exact", tau_s=None, t_c=0.02, t_p=0.06
    )
    np.testing.assert_array_equal(shown.record.outputs, record.outputs)


def test_activity_holds_the_last_spikes(found):
    for name, rows in found.record.rasters.items():
        assert found.spikes_until(name, found.n_steps) == len(rows) > 0
        recent = ((rows[:, 1] < 50) & (rows[:, 1] >= 42)).sum()
        assert found.activity(name, 50).sum() == recent
        assert found.activity(name, 0).sum() == 0


def test_tiles():
    counts = np.zeros((3, 2, 20))
    counts[:, :, 4], counts[0, 1, 19] = 2, 7
    picture = tiled(counts, counts)
    assert picture.shape == (2 * 4 - 1, 8 * 3 - 1)  # 16 of 20 channels
    assert picture.sum() == counts.sum()
    flat = tiled(np.arange(10.0), np.ones(10))
    np.testing.assert_array_equal(flat.ravel()[:10], np.arange(10))


def test_strokes_are_centred_and_scaled():
    one = draw_strokes([[0.1, 0.1]], [[0.2, 0.3]], (28, 28))[..., 0]
    again = draw_strokes([[5.0, 5.0]], [[10.0, 60.0]], (28, 28))[..., 0]
    np.testing.assert_allclose(one, again, atol=1e-6)
    rows = np.flatnonzero(one.sum(axis=1))
    assert rows.min() == 27 - rows.max() and 18 <= len(rows) <= 22
    np.testing.assert_allclose(one, one[:, ::-1], atol=1e-6)
    assert draw_strokes([], [], (8, 8)).sum() == 0
    assert draw_strokes([[0.5]], [[0.5]], (28, 28)).sum() > 3  # a dot


def test_unknown_simulator(example):
    assert "rate" not in choices_for(example[0])
    with pytest.raises(ValidationError, match="simulator is 'rate'"):
        run_image(*[example[0], example[1].images[0]], simulator="rate")


def test_only_simulators_that_can_are_offered(example, make_network):
    for package in ("numba", "nengo_dl", "nengo_loihi"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    assert choices_for(example[0]) == names(spikes=True)
    noisy = make_network((2, 2, 1), [Flatten(), Dense(4), Dense(2)], neuron=SiegertLIF())
    assert choices_for(convert(noisy)) == ("nengo",)


def test_no_answer_before_the_last_layer_spiked(found):
    last = found.record.rasters[list(found.shapes)[-1]]
    first = int(last[:, 1].min())
    assert found.answer(first) is None and found.answer(first + 1) is not None
