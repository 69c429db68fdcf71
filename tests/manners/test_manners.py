"""Every public callable against what users give it: right, or refused with what was expected.

As scikit-learn's ``check_estimator``: one table of all calls (`table.TABLE`), the same kinds of
wrong values for all of them. No call may end in an error from the inside, none may be accepted
and ignored, and the same numbers in another form give the same result.
"""

from __future__ import annotations

import importlib
import inspect

import pytest

import nengo_lifdeep

from .table import TABLE

#: modules with public functions; what their ``__all__`` names is public
MODULES = ("compat", "datasets", "doctor", "energy", "evaluation.calibration", "jobs", "layers",
           "local", "neurons", "noise", "pretrained", "records", "report", "simulators",
           "theta")  # fmt: skip

#: fewest calls that the table has to make
FEWEST = 400


#: called by Nengo in every step, with arrays of its own
OF_NENGO = ("step", "make_state")


def public() -> dict[str, object]:
    """Every public function, class and method by the name the table has for it."""
    found: dict[str, object] = {}
    for name in nengo_lifdeep.__all__:
        found[name] = getattr(nengo_lifdeep, name)
    for module in MODULES:
        loaded = getattr(nengo_lifdeep, module, None) or importlib.import_module(
            f"nengo_lifdeep.{module}"
        )
        for name in loaded.__all__:
            made = getattr(loaded, name)
            if callable(made) and made not in found.values():
                found[f"{module}.{name}"] = made
    found = {
        name: made
        for name, made in found.items()
        if callable(made) and not (isinstance(made, type) and issubclass(made, BaseException))
    }
    for name, made in list(found.items()):
        if isinstance(made, type):
            found |= {
                f"{name}.{method}": getattr(made, method)
                for method, function in vars(made).items()
                if not method.startswith("_")
                and (inspect.isfunction(function) or isinstance(function, classmethod))
            }
    return found


def known(name: str) -> bool:
    """Whether an entry tries it, under its whole name or without its module."""
    last = name.split(".", 1)[-1]
    return name in TABLE or last in TABLE


def test_every_public_name_is_in_the_table():
    names = public()
    assert len(names) > 150
    assert [name for name in names if not known(name)] == []


def test_every_parameter_is_in_the_table():
    missing = []
    for name, function in public().items():
        key = name if name in TABLE else name.split(".", 1)[-1]
        if key not in TABLE or key.endswith(OF_NENGO):
            continue
        given = TABLE[key]().arguments
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            if parameter.name not in given and parameter.name not in ("self", "cls"):
                missing.append(f"{name}({parameter.name})")
    assert missing == []


def test_there_are_enough_calls():
    assert sum(len(list(entry().calls())) for entry in TABLE.values()) >= FEWEST


@pytest.mark.tf
@pytest.mark.parametrize("name", TABLE)
def test_calls_are_right_or_refused(name):
    failures = [f"{kind}: {label}: {what}" for label, kind, what in TABLE[name]().failures()]
    assert failures == [], "\n" + "\n".join(failures)
