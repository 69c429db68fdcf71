"""Code in a process of its own, as Keras takes its backend once and for all."""

import importlib.util
import os
import subprocess
import sys

import pytest


@pytest.fixture
def in_backend():
    """``run(code, backend)``, ``{backend}`` in the code replaced. Skips what is not installed."""

    def run(code, backend):
        for package in ("keras", backend):
            if importlib.util.find_spec(package) is None:
                pytest.skip(f"{package} is not installed")
        done = subprocess.run(
            [sys.executable, "-c", code.replace("{backend}", backend)],
            env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    return run
