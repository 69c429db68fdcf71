"""Films with one answer: trained frame by frame, in rates by their mean, in spikes over time."""

from __future__ import annotations

import numpy as np
import pytest

import nengo_lifdeep as ld
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.datasets import Binning, EventFilms, Series, saccades, signed_events
from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.inputs.inputs import Inputs
from nengo_lifdeep.simulators.registry import SIMULATORS
from nengo_lifdeep.training.random_features import random_features

SHOWN = ld.Presentation(t_c=0.01, t_p=0.06)


@pytest.fixture(scope="module")
def films():
    digits = ld.datasets.load("digits")

    def moving(split):
        streams = signed_events(split.images, saccades(4, 1.0), 0.2)
        return ld.Split(EventFilms(streams, Binning(3)), split.labels, "moving digits")

    return moving(digits.train.first(300)), moving(digits.test.first(40))


@pytest.fixture(scope="module")
def network():
    layers = (ld.Flatten(), ld.Dense(120), ld.Dense(10))
    return ld.Architecture((8, 8, 2), layers, "moving")


@pytest.fixture(scope="module")
def model(films, network):
    return random_features(network, films[0], ridge=1e-3)


def test_rates_are_the_mean_over_frames(films, model):
    test = films[1]
    expected = [
        forward(fold(model), film.astype(np.float32) / 255)["output"].mean(axis=0)
        for film in test.images[:]
    ]
    record = ld.run(fold(model), test, simulator="rate", batch_size=7)
    np.testing.assert_allclose(record.outputs[:, 0], expected, rtol=1e-4, atol=1e-5)
    found = ld.evaluate(model, test)
    np.testing.assert_array_equal(found.predictions, np.argmax(expected, axis=1))
    assert found.accuracy > 0.6  # by chance 0.1
    rates = {p.name: forward(fold(model), test.frames.unit_images())[p.name].mean()
             for p in fold(model).populations}  # fmt: skip
    for name, rate in rates.items():
        np.testing.assert_allclose(record.layer_rates[name].mean(), rate, rtol=1e-4)


def test_frames_have_equal_shares_of_the_presentation(films, model):
    test = films[1].first(2)
    shown = Inputs.of(fold(model), test, ld.Presentation(t_c=0, t_p=0.007)).chunk(0, 2)
    frames = test.images[:].astype(np.float32) / 255
    np.testing.assert_allclose(shown, frames[:, [0, 0, 0, 1, 1, 2, 2]])


def test_spikes_answer_as_rates_do(films, model):
    spiking = ld.convert(model, synapse=0.005, scale_firing_rates=4)
    found = ld.evaluate(spiking, films[1], presentation=SHOWN)
    assert found.agreement >= 0.85 and found.n_images == 40
    few = films[1].first(3)
    frames = few.images[:].astype(np.float32)[:, np.arange(60) // 20] / 255
    same = ld.run(spiking, frames, presentation=SHOWN)
    np.testing.assert_array_equal(ld.run(spiking, few, presentation=SHOWN).outputs, same.outputs)
    check = ld.check_spikes(spiking, few, n=2, simulator="events", presentation=SHOWN)
    assert sum(check.spikes.values()) > 100 and sum(check.moved.values()) == 0


@pytest.mark.parametrize("name", SIMULATORS)
def test_simulators_without_time_say_so(name, films, model):
    record = SIMULATORS[name]
    if record.takes_time or not record.spikes:
        pytest.skip("shows films")
    spiking = ld.convert(model, synapse=0.005)
    with pytest.raises(ValidationError, match=f"{name}.* shows no input .* split.stacked"):
        ld.run(spiking, films[1].first(2), simulator=name, presentation=SHOWN)


def test_series_of_images_are_films(films, model):
    test = films[1].first(5)
    series = Series(test.images[:], labels=test.labels)
    assert series.split.is_film and not series.at_every_step
    found = ld.evaluate(model, series)
    np.testing.assert_array_equal(found.predictions, ld.evaluate(model, test).predictions)


def test_whoever_takes_images_takes_frames_or_says_so(films, model):
    test = films[1].first(12)
    spiking = ld.convert(model, synapse=0.005)
    assert ld.diagnose(spiking, test, presentation=SHOWN).agreement > 0
    assert ld.rate_scales(model, test) == ld.rate_scales(model, test.frames)
    for split in (test, ld.Split(test.images[:], test.labels)):
        mean = ld.Preprocessing.fit(split).mean
        np.testing.assert_allclose(mean, test.images[:].mean(axis=(0, 1)) / 255, rtol=1e-5)
    with pytest.raises(DataError, match="films of 3 frames .* split.frames, .* split.stacked"):
        test.unit_images()
    with pytest.raises(DataError, match=r"films have 3 frames, and are shown for 2 steps"):
        ld.run(spiking, test, presentation=ld.Presentation(t_c=0, t_p=0.002))
    with pytest.raises(ValidationError, match="frames over time"):
        ld.run(spiking, test, coding=ld.PoissonCoding(100), presentation=SHOWN)


def test_films_of_values(films, model):
    frames = films[1].first(6).images[:]
    values = frames.mean(axis=(1, 2, 3)) / 255
    split = ld.Split(frames, targets=values)
    assert split.frames.targets.shape == (18, 2) and split.target_shape == (2,)
    layers = (ld.Flatten(), ld.Dense(60), ld.Dense(2))
    of_values = random_features(ld.Architecture((8, 8, 2), layers, "light"), split, ridge=1e-3)
    found = ld.evaluate(ld.convert(of_values, synapse=0.005), split, presentation=SHOWN)
    assert found.values.shape == (6, 2)


@pytest.mark.tf
@pytest.mark.slow
def test_training_takes_every_frame(films, network):
    model = ld.train(
        network, films[0], neuron=ld.SoftLIF(amplitude=0.063), epochs=2, batch_size=60,
        validation_split=0.2, progress=False,
    )  # fmt: skip
    assert model.provenance["images"] == {"training": 720, "validation": 180}
    assert ld.evaluate(model, films[1]).accuracy > 0.3
