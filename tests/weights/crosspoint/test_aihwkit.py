"""IBM's aihwkit as a judge: its figures for the same weights, inputs and errors.

`aihwkit.json` is what `benchmarks/peers/aihwkit_arrays.py` wrote, with the versions.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep.weights import Device, Pulses, Read
from nengo_lifdeep.weights.crosspoint.pulses import pulsed
from nengo_lifdeep.weights.crosspoint.reads import read

THEIRS = json.loads(Path(__file__).with_name("aihwkit.json").read_text(encoding="utf-8"))


def test_versions_are_told():
    assert THEIRS["versions"]["aihwkit"] == "1.1.0"
    assert THEIRS["versions"]["torch"].startswith("2.10.0")


@pytest.mark.parametrize("managed", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_noise_of_reads(managed, scale):
    rng = np.random.default_rng(0)
    weights = (0.2 * rng.normal(size=(30, 20))).astype(np.float32)
    rows = np.float32(scale) * (0.4 * rng.normal(size=(400, 20))).astype(np.float32)
    exact = rows @ weights.T
    how = Read(noise_management=managed)
    off = read(weights.T[np.newaxis], rows, how, np.random.default_rng(1)) - exact
    theirs = THEIRS["noise"][f"{'managed' if managed else 'plain'}, inputs times {scale:g}"]
    spread = 4 / np.sqrt(off.size)  # both are drawn at random
    assert off.std() == pytest.approx(theirs["deviation"], rel=spread)
    relative = np.linalg.norm(off) / np.linalg.norm(exact)
    assert relative == pytest.approx(theirs["relative"], rel=spread)


def test_noise_management_keeps_the_relative_error_of_both():
    noise = THEIRS["noise"]
    ratio = {
        name: noise[f"{name}, inputs times 0.001"]["relative"]
        / noise[f"{name}, inputs times 1"]["relative"]
        for name in ("plain", "managed")
    }
    assert ratio["managed"] == pytest.approx(1, rel=0.02)
    assert ratio["plain"] == pytest.approx(1000, rel=0.02)


@pytest.mark.parametrize("managed", [False, True])
def test_reads_beyond_the_bound(managed):
    weights = np.array([[[40.0, 162.0]]], np.float32)
    how = Read(noise=0, bound_management=managed)
    found = read(weights, np.ones((1, 1), np.float32), how, np.random.default_rng(0))[0]
    theirs = THEIRS["bound"]["managed" if managed else "plain"]
    np.testing.assert_allclose(found, theirs, rtol=4e-5)
    assert theirs[1] == pytest.approx(162 if managed else 12)


@pytest.mark.parametrize("managed", [False, True])
def test_mean_and_spread_of_the_pulsed_update(managed):
    given = THEIRS["pulses"]
    x, d = (np.array(given[name], np.float32) for name in ("x", "d"))
    device, n = Device(0.001, 0, 0, 0, None), 600
    zero = np.zeros((1, x.shape[1], d.shape[1]), np.float32)
    tables, rng = device.tables(zero.shape, 0), np.random.default_rng(5)
    how = Pulses(10, management=managed)
    found = np.array(
        [pulsed(zero, tables, x, d, given["rate"], device, how, rng)[0] for _ in range(n)]
    )
    theirs = given["managed" if managed else "plain"]
    mean, spread = (np.array(theirs[name]) for name in ("mean", "std"))
    error = np.hypot(found.std(axis=0) / np.sqrt(n), spread / np.sqrt(given["draws"]))
    assert (np.abs(found.mean(axis=0) - mean) <= 4 * error).all()
    live = spread > 0
    np.testing.assert_array_equal(live, (x.T @ d) != 0)
    ratio = found.std(axis=0)[live] / spread[live]
    np.testing.assert_allclose(ratio, 1, atol=4 / np.sqrt(n))
    # so are both and the product
    expected = given["rate"] * x.T @ d
    assert (np.abs(mean - expected) <= 4 * spread / np.sqrt(given["draws"])).all()
