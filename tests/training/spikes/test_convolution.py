"""Convolutions that follow the spikes, against TensorFlow's dense ones."""

import importlib.util

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
pytest.importorskip("numba")

from nengo_lifdeep.training.spikes.convolutions import operation  # noqa: E402
from nengo_lifdeep.training.spikes.convolutions.operation import (  # noqa: E402
    spike_convolution,
)

pytestmark = pytest.mark.tf


def given(image, kernel, active, dtype=np.float32, n=9):
    """Input of which a share is -1, 1 or 1.25, and a kernel."""
    rng = np.random.default_rng(sum(image) + sum(kernel))
    x = rng.choice([-1.0, 1.0, 1.25], (n, *image)) * (rng.random((n, *image)) < active)
    return x.astype(dtype), rng.normal(size=kernel).astype(dtype)


def with_gradients(function, x, kernel):
    x, kernel = tf.convert_to_tensor(x), tf.convert_to_tensor(kernel)
    with tf.GradientTape() as tape:
        tape.watch([x, kernel])
        out = function(x, kernel)
        weights = np.random.default_rng(1).normal(size=out.shape)
        total = tf.reduce_sum(out * tf.constant(weights, out.dtype))
    return [out, *tape.gradient(total, [x, kernel])]


@pytest.fixture
def ways(monkeypatch):
    """Which way was taken: the names of our kernels that ran."""
    taken = []
    for name in ("_forward", "_to_kernel"):
        function = getattr(operation, name)
        monkeypatch.setattr(
            operation, name, lambda *a, f=function, n=name: (taken.append(n), f(*a))[1]
        )
    return taken


SHAPES = [
    ((7, 6, 20), (5, 5, 20, 50), "SAME"),
    ((7, 6, 20), (5, 5, 20, 50), "VALID"),
    ((4, 9, 24), (3, 2, 24, 70), "SAME"),
    ((4, 9, 24), (4, 3, 24, 33), "VALID"),
    ((3, 3, 64), (1, 1, 64, 64), "SAME"),
    ((2, 2, 40), (5, 5, 40, 16), "SAME"),  # the kernel is larger than the image
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("image", "kernel", "padding"), SHAPES)
def test_values_and_gradients_are_those_of_a_dense_convolution(
    image, kernel, padding, dtype, monkeypatch, ways
):
    x, w = given(image, kernel, 0.2, dtype)
    found = with_gradients(lambda x, w: spike_convolution(x, w, padding), x, w)
    assert ways == ["_forward", "_to_kernel"]
    dense = with_gradients(lambda x, w: tf.nn.conv2d(x, w, 1, padding), x, w)
    tolerance = 1e-4 if dtype == np.float32 else 1e-12
    for one, other in zip(found, dense, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("image", "kernel", "padding"), SHAPES)
def test_the_gradient_at_spikes_alone(image, kernel, padding, dtype, monkeypatch):
    x, w = given(image, kernel, 0.2, dtype)
    found = with_gradients(lambda x, w: spike_convolution(x, w, padding, at_spikes=True), x, w)
    dense = with_gradients(lambda x, w: tf.nn.conv2d(x, w, 1, padding), x, w)
    assert np.any(dense[1].numpy()[x == 0]) and not np.any(found[1].numpy()[x == 0])
    tolerance = 1e-4 if dtype == np.float32 else 1e-12
    for one, other in zip(found, (dense[0], dense[1] * (x != 0), dense[2]), strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("active", "expected"), [(0.05, ["_forward", "_to_kernel"]), (0.9, [])])
def test_few_spikes_are_followed_and_many_are_not(active, expected, ways):
    x, w = given((6, 6, 20), (5, 5, 20, 50), active)

    @tf.function(autograph=False)
    def step(x, w):
        return with_gradients(lambda x, w: spike_convolution(x, w, "SAME"), x, w)

    out, to_input, to_kernel = step(x, w)
    assert sorted(ways) == expected  # in any order: neither needs the other
    assert out.shape == (9, 6, 6, 50)
    for one, other in zip(
        (out, to_input, to_kernel),
        with_gradients(lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"), x, w), strict=True,
    ):  # fmt: skip
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_no_spike_at_all():
    x, w = given((5, 5, 20), (3, 3, 20, 40), 0.0)
    out, _, to_kernel = with_gradients(lambda x, w: spike_convolution(x, w, "SAME"), x, w)
    assert not np.any(out) and not np.any(to_kernel)


def test_a_number_that_is_none_is_not_lost():
    x, w = given((5, 5, 20), (3, 3, 20, 40), 0.05)
    x[0, 2, 2, 3] = np.nan
    out, _, _ = with_gradients(lambda x, w: spike_convolution(x, w, "SAME"), x, w)
    assert np.isnan(out[0, 1:4, 1:4]).all() and not np.isnan(out[1:]).any()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_change_no_bit(threads, monkeypatch):
    monkeypatch.setattr(operation, "_SMALL", 0)
    x, w = given((8, 8, 20), (5, 5, 20, 50), 0.1, n=30)
    found = []
    for n in (1, threads):
        monkeypatch.setattr(operation, "_threads", lambda n=n: n)
        found.append(with_gradients(lambda x, w: spike_convolution(x, w, "SAME"), x, w))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_many_spikes_of_one_channel_do_not_lose_what_small_ones_add():
    """Sums are put aside: 40,000 terms in float32 agree with a sum in float64."""
    x = np.zeros((200, 14, 14, 20), np.float32)
    x[..., 0] = 1
    errors = np.random.default_rng(0).uniform(0.5, 1.5, (200, 14, 14, 50)).astype(np.float32)
    found = operation._to_kernel("SAME", (1, 1, 20, 50), x, errors)
    exact = errors.astype(np.float64).sum(axis=(0, 1, 2))
    np.testing.assert_allclose(found[0, 0, 0], exact, rtol=3e-6)


def test_without_numba_convolutions_are_dense(monkeypatch, ways):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    operation._here.cache_clear()
    try:
        x, w = given((6, 6, 20), (5, 5, 20, 50), 0.05)
        with_gradients(lambda x, w: spike_convolution(x, w, "SAME"), x, w)
    finally:
        operation._here.cache_clear()
    assert ways == []


def test_with_few_channels_the_forward_pass_is_dense(ways):
    x, w = given((6, 6, 1), (5, 5, 1, 20), 0.05)
    found = with_gradients(lambda x, w: spike_convolution(x, w, "SAME"), x, w)
    assert ways == ["_to_kernel"]
    dense = with_gradients(lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"), x, w)
    for one, other in zip(found, dense, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
