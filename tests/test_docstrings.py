"""Every example in a docstring runs and gives what it says."""

import dataclasses
import doctest
import importlib
import pkgutil
import re

import pytest

import nengo_lifdeep
from nengo_lifdeep import Evaluation, SpikeRecord, SpikingModel, TrainedModel
from nengo_lifdeep.errors import CompatibilityError, MissingDependencyError
from nengo_lifdeep.evaluation.agreement import SpikeCheck

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(nengo_lifdeep.__path__, "nengo_lifdeep.")
    if not module.name.endswith("__main__")
)


@pytest.mark.tf
@pytest.mark.loihi
@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    try:
        module = importlib.import_module(name)
    except (MissingDependencyError, CompatibilityError, ImportError) as error:
        assert not (getattr(error, "name", "") or "").startswith("nengo_lifdeep"), error
        pytest.skip(str(error))
    failed, tried = doctest.testmod(
        module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert failed == 0, f"{failed} of {tried} examples in {name}"


@pytest.mark.parametrize("value", [Evaluation, SpikeCheck, SpikeRecord, SpikingModel, TrainedModel])
def test_saved_values_say_what_each_field_is(value):
    described = re.findall(r"^    (\w[\w, ]*) : ", value.__doc__, re.MULTILINE)
    names = [name.strip() for line in described for name in line.split(",")]
    assert [f.name for f in dataclasses.fields(value) if f.name not in names] == []
