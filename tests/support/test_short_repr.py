"""Values that hold arrays show themselves in a line or a few, not number by number."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import nengo_lifdeep as nld
from nengo_lifdeep import energy
from nengo_lifdeep.analysis.voltages import record_voltages
from nengo_lifdeep.inputs.inputs import Inputs

#: what a field may hold that prints without end
_LARGE = ("ndarray", "Mapping", "dict[", "SpikingModel", "TrainedModel", "Plan", "Split")
_LARGE += ("Evaluation", "SpikeRecord", "tuple[Layer", "tuple[Connection", "tuple[Population")

#: with such fields, but short: numbers by name, functions, a network's layers as they are written
_AS_WRITTEN = {"Architecture", "FunctionCoding", "NeuronKind", "Options", "SpikeCheck"}


def value_classes():
    found = {}
    for module in pkgutil.walk_packages(nld.__path__, "nengo_lifdeep."):
        if module.name.endswith("__main__"):
            continue
        names = vars(importlib.import_module(module.name))
        for name, cls in names.items():
            is_own = inspect.isclass(cls) and cls.__module__ == module.name
            if is_own and dataclasses.is_dataclass(cls) and not name.startswith("_"):
                found[f"{module.name}.{name}"] = cls
    return found


def test_every_class_with_arrays_has_a_short_repr():
    pytest.importorskip("tensorflow")
    classes = value_classes()
    assert len(classes) > 60
    large = [
        (name, cls)
        for name, cls in classes.items()
        if any(kind in str(f.type) for f in dataclasses.fields(cls) for kind in _LARGE)
    ]
    assert len(large) > 30
    wordy = {
        name
        for name, cls in large
        if cls.__repr__.__name__ != "short_repr" and cls.__name__ not in _AS_WRITTEN
    }
    wordy = {name for name in wordy if not name.endswith("Options")}  # of simulators: numbers
    assert not wordy, "assign __repr__ = short_repr"


@pytest.fixture(scope="module")
def values(example):
    trained, test = example
    spiking = nld.convert(trained, synapse=0.003)
    timing = nld.Presentation(t_c=0.02, t_p=0.06)
    record = nld.run(spiking, test, presentation=timing, rasters=3)
    deployment = nld.deploy(trained, images=test)
    found = [trained, spiking, *spiking.populations, *spiking.connections, test, record, deployment]
    found += [stage for c in spiking.connections for stage in c.stages]
    found += [nld.evaluate(spiking, test, presentation=timing), nld.evaluate(trained, test)]
    found += [deployment.plan, *deployment.plan.layers, nld.diagnose(spiking, test)]
    found += [nld.Preprocessing.fit(test), Inputs.of(spiking, test, timing), spiking.preprocessing]
    found += [energy.count(record, spiking), *nld.decide_early(record, [0.1])]
    found += [nld.Dataset("bars", test, test, trained.classes), found[-1], trained.architecture]
    found += [record_voltages(spiking, test.first(1), neurons=3)]
    return found


def test_values_take_a_line_or_a_few(values):
    for value in values:
        text = repr(value)
        assert type(value).__name__ in text and "\n" not in text
        assert len(text) < 800, text
        assert "array([" not in text, text


def test_what_a_repr_says():
    split = nld.datasets.Split(np.zeros((3, 8, 8, 1), np.uint8), [0, 1, 1], "mine")
    assert repr(split) == (
        "Split(images=<uint8 array (3, 8, 8, 1)>, labels=<int64 array (3,)>, source='mine', "
        "indices=None, targets=None, any_range=False, groups=None)"
    )
    named = nld.Dataset("set", split, split, tuple(f"class number {i}" for i in range(1000)))
    assert "classes=<1000 strs>" in repr(named)
    assert repr(nld.Presentation()).startswith("Presentation(tau_s=None, t_c=0.02")
