"""Every public function takes images as a Split, as uint8 and as floats, and sees the same."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

import nengo_lifdeep
from nengo_lifdeep import (
    Preprocessing,
    calibrate_noise,
    check_spikes,
    convert,
    deploy,
    diagnose,
    evaluate,
    operating_points,
    rate_scales,
    relu_to_lif,
    run,
)
from nengo_lifdeep.analysis.voltages import record_voltages
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.errors import DataError
from nengo_lifdeep.view.showing import run_image

SHORT = nengo_lifdeep.Presentation(t_c=0.02, t_p=0.05)


def _calibrated(trained, images):
    found = calibrate_noise(convert(trained, synapse=0.003), images, fewest=20)
    return {name: (each.rates, each.spreads, each.biases) for name, each in found.layers.items()}


def _deployed(trained, images):
    found = deploy(trained, images=images, strict=False)
    return found.rate_deviation, [(f.rule, f.found) for f in found.plan.findings]


def _checked(trained, images):
    found = check_spikes(convert(trained), images, 2, presentation=SHORT, engine="numpy")
    return dict(found.spikes)


def _as_relu(trained, images):
    relu = dataclasses.replace(trained, neuron=nengo.RectifiedLinear())
    return relu_to_lif(relu, images).weights


def _diagnosed(trained, images):
    found = diagnose(convert(trained), images, presentation=SHORT)
    return found.agreement, [dataclasses.astuple(layer) for layer in found.layers]


FUNCTIONS = {
    "run": lambda net, im: run(convert(net), im, presentation=SHORT).outputs,
    "rates": lambda net, im: run(convert(net), im, simulator="rate").outputs,
    "calibrate_noise": _calibrated,
    "check_spikes": _checked,
    "deploy": _deployed,
    "diagnose": _diagnosed,
    "rate_scales": rate_scales,
    "relu_to_lif": _as_relu,
    "record_voltages": lambda net, im: record_voltages(convert(net), im).values,
}

#: what takes labelled images, and gives numbers that depend on every pixel
LABELLED = {
    "evaluate": lambda net, data: evaluate(net, data).layer_rates,
    "operating_points": lambda net, data: [
        dataclasses.astuple(point)
        for point in operating_points(
            net, data, tau_s=[0.003], scale_firing_rates=[1], t_p=[0.05]
        ).points
    ],
}


@pytest.fixture(scope="module", params=["plain", "with preprocessing"])
def forms(request, example):
    """A network and the same images in three forms."""
    trained, images = example
    if request.param == "with preprocessing":
        trained = dataclasses.replace(trained, preprocessing=Preprocessing(scale=0.5))
    some = images.take(12)
    pixels = np.rint(255 * some.unit_images()).astype(np.uint8)
    floats = pixels.astype(np.float32) / np.float32(255)
    return trained, {"Split": Split(pixels, some.labels), "uint8": pixels, "float": floats}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_images_mean_the_same_in_every_form(function, forms):
    trained, given = forms
    expected = FUNCTIONS[function](trained, given["Split"])
    for form in ("uint8", "float"):
        np.testing.assert_equal(FUNCTIONS[function](trained, given[form]), expected, form)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_images_matter_to_the_result(function, forms):
    """Otherwise the test above could not fail."""
    trained, given = forms
    if function == "deploy":
        pytest.skip("a small network has the same findings for all images")
    expected = FUNCTIONS[function](trained, given["uint8"])
    with pytest.raises(AssertionError):
        np.testing.assert_equal(FUNCTIONS[function](trained, given["uint8"] // 2), expected)


@pytest.mark.parametrize("function", LABELLED)
def test_labelled_images_mean_the_same_in_every_form(function, forms):
    trained, given = forms
    split = given["Split"]
    classes = tuple("0123456789"[: max(trained.architecture.output_shape[0], 1)])
    expected = LABELLED[function](trained, split)
    whole = Dataset("these", split, split, classes)
    for data in (whole, (given["uint8"], split.labels), (given["float"], split.labels)):
        np.testing.assert_equal(LABELLED[function](trained, data), expected)


@pytest.mark.parametrize("function", LABELLED)
def test_images_without_labels_are_refused(function, forms):
    trained, given = forms
    with pytest.raises(DataError, match="ndarray; expected a Dataset, a Split, (a Series, )?or"):
        LABELLED[function](trained, given["uint8"])


def test_the_view_shows_what_run_sees(forms):
    trained, given = forms
    whole, parts = (run_image(trained, given[form][3], t_p=0.06) for form in ("uint8", "float"))
    np.testing.assert_array_equal(whole.record.outputs, parts.record.outputs)
    np.testing.assert_array_equal(whole.image, given["float"][3])


def test_noise_of_a_network_with_preprocessing_is_small(forms):
    """The rates that spikes are compared with are those of the same images."""
    trained, given = forms
    found = _calibrated(trained, given["uint8"])
    assert max(np.abs(biases).max() for _, _, biases in found.values()) < 8
