"""Rows of a product do not depend on their place, whichever kernel multiplies them."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from nengo_lifdeep.stages.types import Convolution, DenseMatrix, LocalWindows, Upsample
from nengo_lifdeep.support.arrays import products
from nengo_lifdeep.support.arrays.products import product

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape).astype(np.float32)


STAGES = {
    "convolution": Convolution((9, 9, 8), (1, 1), "same", 1, normal(3, 3, 8, 16)),
    "groups": Convolution((9, 9, 8), (2, 2), "valid", 2, normal(3, 3, 4, 32)),
    "windows": LocalWindows((5, 5, 8), (1, 1), "valid", (3, 3), normal(3, 3, 72, 16)),
    "dense": DenseMatrix((12, 12, 4), normal(576, 64)),
    "upsampling": Upsample((12, 12, 8), (2, 2), "bilinear"),
}


@pytest.mark.parametrize("name", STAGES)
def test_an_image_does_not_depend_on_its_place(name):
    stage = STAGES[name]
    images = normal(23, *stage.input_shape)
    found = stage.apply(images)
    for _ in range(5):
        order = RNG.permutation(len(images))
        np.testing.assert_array_equal(stage.apply(images[order]), found[order])


def test_products_in_double_precision_are_rounded_once(monkeypatch):
    rows, weights = normal(5, 40), normal(40, 3)
    exact = (rows.astype(float) @ weights.astype(float)).astype(np.float32)
    monkeypatch.setattr(products, "depend_on_the_place", lambda: True)
    np.testing.assert_array_equal(product(rows, weights), exact)
    assert product(rows, weights).dtype == np.float32
    assert product(rows.astype(float), weights).dtype == np.float64
    monkeypatch.setattr(products, "depend_on_the_place", lambda: False)
    np.testing.assert_array_equal(product(rows, weights), rows @ weights)


@pytest.mark.parametrize("kernel", ["Haswell", "SkylakeX"])
def test_every_kernel_is_found_out(kernel):
    """This file's first test with another kernel of OpenBLAS, where NumPy has it.

    A processor without the kernel's instructions takes its own.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    env = {**os.environ, "OPENBLAS_CORETYPE": kernel}
    if kernel == "SkylakeX" and not _has_avx512():
        pytest.skip("the processor has no AVX512")
    done = subprocess.run(
        [*command, "-k", "does_not_depend"], env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0 and f"{len(STAGES)} passed" in done.stdout, done.stdout


def _has_avx512():
    try:
        with open("/proc/cpuinfo") as file:
            return "avx512f" in file.read()
    except OSError:
        return False
