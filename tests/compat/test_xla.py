"""The width of XLA's registers: offered once, to releases that know the flag, and taken back."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from nengo_lifdeep.compat import xla

pytestmark = pytest.mark.tf

#: prints whether compiled code names the 512-bit registers
SHOW_CODE = """
import glob, os, sys
os.environ["XLA_FLAGS"] = "--xla_dump_to=" + sys.argv[1]
from nengo_lifdeep.compat import import_tensorflow
from nengo_lifdeep.compat.xla import use_whole_registers
tf = import_tensorflow()
if sys.argv[2] == "eager":
    assert use_whole_registers()
elif sys.argv[2] == "traced":
    tf.function(lambda x: x if use_whole_registers() else None, autograph=False)(tf.zeros(1))
assert os.environ["XLA_FLAGS"] == "--xla_dump_to=" + sys.argv[1]
tf.function(lambda x: x * x + 2, jit_compile=True)(tf.zeros(4096))
texts = [open(p).read() for p in glob.glob(sys.argv[1] + "/*.ll")]
assert texts
print(any('"prefer-vector-width"="512"' in t for t in texts))
"""


@pytest.mark.parametrize("choice", ["eager", "traced", "default"])
def test_code_is_compiled_for_whole_registers(tmp_path, choice):
    if not xla.knows_the_flag(version("tensorflow")):
        pytest.skip("XLA of this release is not known to have the flag")
    command = [sys.executable, "-c", SHOW_CODE, str(tmp_path / "dump"), choice]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed.strip() == str(choice != "default")


@pytest.fixture
def compiled(monkeypatch):
    """What `use_whole_registers` would compile, and under which flags."""
    seen = []
    monkeypatch.setattr(
        xla, "_compile_something", lambda tf: seen.append(os.environ.get("XLA_FLAGS"))
    )
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    return seen


def test_flags_of_the_user_stay(compiled, monkeypatch):
    fake = type("TensorFlow", (), {"__version__": "2.21.0"})
    monkeypatch.setattr(xla, "import_tensorflow", lambda: fake)
    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=here")
    assert xla.use_whole_registers.__wrapped__()
    assert compiled == ["--xla_dump_to=here --xla_cpu_prefer_vector_width=512"]
    assert os.environ["XLA_FLAGS"] == "--xla_dump_to=here"


def test_the_users_own_width_wins(compiled, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_prefer_vector_width=128")
    assert not xla.use_whole_registers.__wrapped__()
    assert compiled == []


@pytest.mark.parametrize(("release", "offered"), [("2.17.1", False), ("2.18.0", True),
                                                  ("2.21.0", True), ("2.22.0", False)])  # fmt: skip
def test_only_releases_that_know_the_flag(compiled, monkeypatch, release, offered):
    fake = type("TensorFlow", (), {"__version__": release})
    monkeypatch.setattr(xla, "import_tensorflow", lambda: fake)
    assert xla.use_whole_registers.__wrapped__() is offered
    assert len(compiled) == offered
    assert "XLA_FLAGS" not in os.environ
