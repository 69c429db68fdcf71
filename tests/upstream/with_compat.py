"""A pytest plugin: activate compat, then load upstream's own conftest as a plugin of this run.

Used by ``run_suites.py``, which puts this folder and a copy of upstream's conftest.py (named
upstream_conftest.py) on PYTHONPATH. Nothing here changes what a test asserts.
"""

from __future__ import annotations

import sys
import warnings
from types import ModuleType
from typing import Any

import nengo
import nengo._vendor
import nengo.builder.transforms
import pytest
import pytest_nengo

from nengo_lifdeep.compat import import_nengo_dl, import_nengo_loihi
from nengo_lifdeep.compat.nengo_dl import SERVED
from nengo_lifdeep.compat.scoped_imports import ScopedFinder, install_finder, scoped_importer
from nengo_lifdeep.compat.tf_keras import keras_substitutes


def _oscillator(recurrent_tau: float, frequency: float, n_neurons: int) -> nengo.Network:
    """A harmonic oscillator: Nengo 4.1 removed the ready-made one that a NengoDL test names."""
    with nengo.Network() as net:
        net.input = nengo.Node(size_in=2)
        net.ensemble = nengo.Ensemble(n_neurons, dimensions=2)
        nengo.Connection(net.input, net.ensemble, synapse=None)
        turn = recurrent_tau * frequency
        nengo.Connection(
            net.ensemble, net.ensemble, synapse=recurrent_tau, transform=[[1, -turn], [turn, 1]]
        )
    return net


def _name_again(package: ModuleType, name: str, **attributes: object) -> ModuleType:
    """Offer a module under the name it had in the Nengo for which upstream's tests were written."""
    module = ModuleType(f"{package.__name__}.{name}")
    vars(module).update(attributes)
    sys.modules[module.__name__] = module
    setattr(package, name, module)
    return module


def _warns(expected: Any = Warning, *args: Any, **kwargs: Any) -> Any:
    """`pytest.warns`, which until pytest 8 took None for "record whatever comes"."""
    if expected is None:
        return warnings.catch_warnings(record=True)
    return _pytest_warns(expected, *args, **kwargs)


_pytest_warns, pytest.warns = pytest.warns, _warns
import_nengo_dl()
import_nengo_loihi()
# Nengo 4 moved its reference convolution, which NengoLoihi's tests compare with
if not hasattr(nengo._vendor, "npconv2d"):
    _name_again(
        _name_again(nengo._vendor, "npconv2d", __path__=[]),
        "conv2d",
        conv2d=nengo.builder.transforms.conv2d,
        conv2d_gradx=nengo.builder.transforms.conv2d_gradx,
    )
if not hasattr(nengo.networks, "Oscillator"):
    nengo.networks.Oscillator = _oscillator

# upstream's conftest also means Keras 2; and pytest, which loads test modules, must come second
install_finder(ScopedFinder((*SERVED, "upstream_conftest"), scoped_importer(keras_substitutes())))
import upstream_conftest  # noqa: E402

# pytest 9 refuses two reporting hooks for their old argument "startdir"; they only print a line
vars(pytest_nengo).pop("pytest_report_collectionfinish", None)
vars(upstream_conftest).pop("pytest_report_header", None)
pytest_plugins = ["upstream_conftest"]
