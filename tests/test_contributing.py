"""`CONTRIBUTING.md`, followed literally in a copy: a simulator, a data set, a layer."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import nengo_lifdeep

from .test_house import MOST_FILES
from .test_method_docstrings import silent

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def section(name: str) -> str:
    """A section of the page, without its heading."""
    return PAGE.read_text(encoding="utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]


def follow(steps: str, root: Path) -> tuple[list[str], list[str]]:
    """Do what a section says; returns the files touched, and the commands to try."""
    touched, commands = [], []
    for block in _BLOCK.finditer(steps):
        sentence = steps[: block.start()].rstrip().splitlines()[-1]
        code = textwrap.dedent(block[3]) if block[2] == "python" else block[3]
        created = re.search(r"Create `([\w/.]+)`:$", sentence)
        added = re.search(r"In `([\w/.]+)`, after the line `(.*)`, add:$", sentence)
        if created:
            assert not (root / created[1]).exists()
            (root / created[1]).write_text(code)
            touched.append(created[1])
        elif added:
            file = root / added[1]
            before, found, after = file.read_text().partition(f"{added[2]}\n")
            assert found, f"{added[1]} has no line {added[2]!r}"
            own = block[3].replace(f"\n{block[1]}", "\n").removeprefix(block[1])
            file.write_text(before + found + own + after)
            touched.append(added[1])
        else:
            commands += [line.strip() for line in code.splitlines() if line.strip()]
    return touched, commands


@pytest.fixture
def copy(tmp_path) -> Path:
    """The package, copied."""
    shutil.copytree(Path(nengo_lifdeep.__file__).parent, tmp_path / "nengo_lifdeep")
    return tmp_path


def keeps_the_house(root: Path) -> bool:
    """Whether no folder is crowded by the additions, as `test_house` asks."""
    most = 0
    for folder in {path.parent for path in (root / "nengo_lifdeep").rglob("*.py")}:
        most = max(most, sum(path.name != "__init__.py" for path in folder.glob("*.py")))
    return 10 < most <= MOST_FILES


def run(command: str, root: Path) -> str:
    program, *arguments = shlex.split(command)
    words = [sys.executable, *({"python": [], "lifdeep": ["-m", "nengo_lifdeep.cli"]}[program])]
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "160"}
    done = subprocess.run(
        [*words, *arguments], cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_simulator(copy):
    touched, commands = follow(section("Add a simulator"), copy)
    assert touched == ["nengo_lifdeep/simulators/coarse.py", "nengo_lifdeep/simulators/registry.py"]
    assert keeps_the_house(copy)
    evaluated, examined = (run(command, copy) for command in commands)
    assert re.search(r"coarse +359 +[12]\.\d\d ", evaluated)  # the rate network's error, nearly
    assert "coarse" in examined


def test_a_data_set(copy):
    touched, commands = follow(section("Add a data set"), copy)
    assert touched == ["nengo_lifdeep/datasets/sides.py", "nengo_lifdeep/datasets/__init__.py"]
    assert keeps_the_house(copy)
    (command,) = commands
    assert "left" in run(command, copy)


def test_the_files_that_the_page_names_are_there():
    text = PAGE.read_text(encoding="utf-8")
    root = PAGE.parent
    named = set(re.findall(r"`((?:nengo_lifdeep|tests|docs|benchmarks)/[\w/.]*)`", text))
    created = set(re.findall(r"Create `([\w/.]+)`", text)) | {
        "nengo_lifdeep/experiments/Author_Year.py"
    }
    assert len(named) > 15 and len(created) == 5
    assert sorted(name for name in named - created if not (root / name).exists()) == []
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    assert {t for words in re.findall(r"`make ([a-z -]+)`", text) for t in words.split()} <= targets


def test_what_the_page_writes_is_described():
    """As `test_method_docstrings` and `test_parameters` ask of the files that contributors add."""
    written = [
        textwrap.dedent(block[3])
        for block in _BLOCK.finditer(PAGE.read_text(encoding="utf-8"))
        if block[2] == "python"
    ]
    assert len(written) == 4
    for source in written:
        assert silent(source) == []
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef):
                assert "Parameters\n---" in (ast.get_docstring(node) or ""), node.name


LAYER_AT_WORK = """
import nengo
import numpy as np
from nengo_lifdeep import Architecture, TrainedModel, convert, energy, run
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.layers import Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.layers.types import LAYER_TYPES
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.loihi.lowering import lowered
from nengo_lifdeep.models import SpikingModel

larger = LAYER_TYPES["Enlarged2D"](2)
net = Architecture((5, 5, 1), [Conv2D(3, 3), Neurons(), larger, Flatten(), Dense(4)])
rng = np.random.default_rng(0)
weights = {
    layer.name: {k: rng.normal(0.5, 1, s).astype(np.float32) for k, s in arrays.items()}
    for layer, shape in zip(net.layers, net.layer_inputs())
    if (arrays := layer.arrays(shape))
}
trained = TrainedModel(net, weights, nengo.RectifiedLinear(amplitude=0.01))
trained = TrainedModel.load(trained.save("trained.lifdeep"))
images = rng.uniform(size=(3, 5, 5, 1)).astype(np.float32)

# by hand
conv, dense = weights["conv1"], weights["dense1"]
windows = np.lib.stride_tricks.sliding_window_view(images[..., 0], (3, 3), axis=(1, 2))
rates = np.maximum(np.einsum("nrcij,ijf->nrcf", windows, conv["kernel"][:, :, 0]) + conv["bias"], 0)
scores = np.kron(0.01 * rates, np.ones((1, 2, 2, 1))).reshape(3, -1) @ dense["kernel"]
expected = scores + dense["bias"]

spiking = convert(trained, synapse=None)
spiking = SpikingModel.load(spiking.save("spiking.lifdeep"))
print([type(stage).__name__ for stage in spiking.connections[1].stages])
np.testing.assert_allclose(forward(spiking, images)["output"], expected, rtol=1e-4)
shown = Presentation(t_p=0.1)
records = [
    run(spiking, images, simulator=s, presentation=shown) for s in ("events", "nengo")
]
np.testing.assert_array_equal(*(r.image_spikes["neurons1"] for r in records))
np.testing.assert_allclose(records[0].outputs, records[1].outputs, rtol=1e-4, atol=1e-4)
counts = energy.count(records[0], spiking)
assert counts.total_events == counts.spikes["neurons1"] * 4 * 4
print(lowered(spiking)[1])
"""


def test_a_layer(copy):
    touched, (see,) = follow(section("Add a layer"), copy)
    assert sorted(set(touched)) == [
        "nengo_lifdeep/conversion/layer_stages.py",
        "nengo_lifdeep/layers/enlarged.py",
        "nengo_lifdeep/layers/types.py",
        "nengo_lifdeep/stages/enlarged.py",
        "nengo_lifdeep/stages/types.py",
        "nengo_lifdeep/training/tensorflow/layers.py",
    ]
    assert keeps_the_house(copy)
    assert run(see, copy).strip() == "(12, 12, 2)"
    (copy / "at_work.py").write_text(LAYER_AT_WORK)
    said = run("python at_work.py", copy).splitlines()
    assert said[0] == "['Repeat', 'DenseMatrix']" and "one dense matrix" in said[-1]
    if importlib.util.find_spec("tf_keras") is None:
        return
    trained = "from nengo_lifdeep.training.tensorflow.layers import LAYERS; print(len(LAYERS))"
    assert int(run(f'python -c "{trained}"', copy)) == 15
