"""Every example in a docstring runs and gives what it says."""

import doctest
import importlib
import pkgutil

import pytest

import nengo_lifdeep
from nengo_lifdeep.errors import CompatibilityError, MissingDependencyError

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
        pytest.skip(str(error))
    failed, tried = doctest.testmod(
        module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert failed == 0, f"{failed} of {tried} examples in {name}"
