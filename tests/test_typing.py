"""Type checkers and editors see the public names with their types and signatures."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import nengo_lifdeep

ROOT = Path(__file__).resolve().parent.parent
STUB = Path(nengo_lifdeep.__file__).with_name("__init__.pyi")

SCRIPT = '''"""What a user writes."""
import nengo_lifdeep as ld
from nengo_lifdeep import Presentation, SoftLIF, convert, deploy, diagnose, evaluate, train
from nengo_lifdeep.datasets import load
from nengo_lifdeep.energy import count
from nengo_lifdeep.layers import Conv2D, Dense, Flatten, Neurons

data = load("digits")
layers = (Conv2D(8, (3, 3)), Neurons(), Flatten(), Dense(10))
net = ld.Architecture((8, 8, 1), layers)
trained = train(net, data, neuron=SoftLIF(), epochs=1)
trained.save("net.lifdeep")
spiking = convert(trained)
found = evaluate(spiking, data.test, presentation=Presentation(t_c=0.1, t_p=0.2))
error: float = found.error
record = ld.run(spiking, data.test.first(5), simulator="events")
spikes = count(record, spiking).total_events
print(error, record.outputs.shape, spikes)
for finding in diagnose(spiking, data.test.first(5)).findings:
    print(finding)
deployment = deploy(spiking, images=data.test.first(2))
print(deployment)
board = ld.neurons.SoftLoihiLIF(tau_rc=0.02)
examined = ld.doctor.diagnose()
reveal_type(found)
reveal_type(record.outputs)
reveal_type(convert(trained))
convert(trained, scale_firing_rates=[])
ld.no_such_name
'''


def names_of(path: Path) -> dict[str, str]:
    """Names that a stub imports, and the modules that they are taken from."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                assert alias.asname == alias.name, "a name without `as` is private to a stub"
                found[alias.name] = node.module or ""
    return found


def test_the_stub_holds_the_public_names() -> None:
    modules = {name: path.rpartition(".")[0] for name, path in nengo_lifdeep._MODULES.items()}
    assert names_of(STUB) == {**modules, **nengo_lifdeep._MODULE_OF}


def test_a_script_is_checked(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    words = [sys.executable, "-m", "mypy", "--follow-imports", "silent", str(script)]
    words += ["--cache-dir", str(tmp_path / "cache"), "--config-file", os.devnull]
    environment = {**os.environ, "MYPYPATH": str(STUB.parent.parent)}
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=environment)
    lines = [line.partition("script.py:")[2] for line in done.stdout.splitlines()]
    first = SCRIPT.splitlines().index("reveal_type(found)") + 1
    expected = [
        (first, 'note: Revealed type is "nengo_lifdeep.records.evaluation.Evaluation"'),
        (first + 1, 'note: Revealed type is "numpy.ndarray['),
        (first + 2, 'note: Revealed type is "nengo_lifdeep.models.spiking.SpikingModel"'),
        (first + 3, 'error: Argument "scale_firing_rates" to "convert" has incompatible type'),
        (first + 4, 'error: Module has no attribute "no_such_name"'),
    ]
    found = [line for line in lines if line]
    assert len(found) == len(expected), done.stdout
    for line, (number, text) in zip(found, expected, strict=True):
        assert line.startswith(f"{number}: {text}"), done.stdout


@pytest.mark.parametrize("name", ["evaluate", "convert", "train", "SoftLIF"])
def test_editors_show_signatures(name: str) -> None:
    jedi = pytest.importorskip("jedi")
    project = jedi.Project(str(STUB.parent.parent), added_sys_path=[str(STUB.parent.parent)])
    code = f"import nengo_lifdeep as ld\nld.{name}("
    signatures = jedi.Script(code, project=project).get_signatures(2, len(f"ld.{name}("))
    assert {signature.name for signature in signatures} == {name}
    assert all(len(signature.params) > 2 for signature in signatures)
    assert len(signatures[-1].docstring()) > 200
