"""What `from_onnx` makes of PyTorch modules by both exporters, and of graphs of the ONNX package.

    python benchmarks/importers_table.py --peer-python PEERS/bin/python --keep FOLDER

Each is imported and its scores compared with onnxruntime's on random images (the largest
difference, of the largest score), or refused with a reason. A folder that is kept is not exported
again. The tables are those of docs/importers.md.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from nengo_lifdeep import LifdeepError, Preprocessing, TrainedModel, from_onnx
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import fold

#: a larger difference, of the largest score, is an error of the importer
MOST = 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--peer-python", required=True, help="a Python with torch and onnxscript")
    parser.add_argument("--keep", type=Path, help="folder for the exports")
    parser.add_argument("--only", choices=("modules", "graphs"), help="one of the two tables")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        if options.only != "graphs":
            modules(options.peer_python, folder)
        if options.only != "modules":
            graphs()


def modules(python: str, folder: Path) -> None:
    """The table of PyTorch modules."""
    listed = folder / "modules.json"
    if not listed.exists():
        script = Path(__file__).parent / "peers" / "export_modules.py"
        subprocess.run([python, str(script), str(folder)], check=True, stderr=subprocess.DEVNULL)
    made = json.loads(listed.read_text())
    print(f"PyTorch {made['torch']}\n\n| module | `dynamo=True` | `dynamo=False` |\n|---|---|---|")
    found = []
    for number, name in enumerate(made["names"]):
        x = np.load(folder / f"{number}.npz")["x"]
        cells = []
        brightest = 255.0 if name.startswith("x / 255") else 1.0  # what the module takes
        for kind in ("new", "old"):
            path = folder / f"{number}-{kind}.onnx"
            cells.append(made["failed"].get(path.name) or answer(path, x, brightest))
        found += cells
        print(f"| {name} | {cells[0]} | {'the same' if cells[1] == cells[0] else cells[1]} |")
    summary(found)


def answer(path: Path, x: np.ndarray, brightest: float) -> str:
    """The largest difference of an imported file's scores, or why it is refused."""
    session = judge(str(path))
    output = session.get_outputs()[0].name
    try:
        net = from_onnx(path, output=output)
    except LifdeepError as error:
        return f"refused: {reason(error)}"
    except Exception as error:  # an importer must not: it is shown as a fault
        return f"FAULT {type(error).__name__}: {error}"
    name = session.get_inputs()[0].name
    taken = x * np.float32(brightest)
    expected = np.concatenate([session.run([output], {name: one[None]})[0] for one in taken])
    return difference(net, x, expected)


def difference(net: TrainedModel, x: np.ndarray, expected: np.ndarray) -> str:
    """The largest difference of two networks' scores, of the largest score."""
    found = scores(net, x)
    expected = expected.reshape(len(x), -1)
    if ends_in_softmax(expected):
        found, expected = centred(found), centred(np.log(expected))
    elif expected.max() <= 0 and np.allclose(np.exp(expected).sum(1), 1, atol=1e-4):
        found, expected = centred(found), centred(expected)
    elif expected.shape[1] == 1 and found.shape[1] == 2:
        found, expected = found[:, 1:], np.log(expected) - np.log1p(-expected)
    if found.shape != expected.shape:
        return f"FAULT: {found.shape[1]} scores, not {expected.shape[1]}"
    most = np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-30)
    return f"{most:.0e}" if most <= MOST else f"DIFFERENT: {most:.0e}"


def scores(net: TrainedModel, x: np.ndarray) -> np.ndarray:
    """Scores of images in ONNX's order of axes, which the network takes as they are."""
    shape = net.architecture.input_shape
    is_grey = x.shape[1:] == shape[:2] and shape[2] == 1
    images = np.moveaxis(x, 1, -1) if x.ndim > 2 and not is_grey else x
    images = net.preprocessing(images.reshape(len(x), *shape))
    return forward(fold(net), images)["output"].reshape(len(x), -1)


def ends_in_softmax(expected: np.ndarray) -> bool:
    return bool(np.allclose(expected.sum(1), 1, atol=1e-4) and expected.min() > 0)


def centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(axis=1, keepdims=True)


def reason(error: Exception) -> str:
    """The first clause of an error, without the names of nodes."""
    text = re.sub(r"ONNX node \d+ '[^']*' ", "", str(error).replace("\n", " "))
    text = re.sub(r" adds '[^']*' through", " adds neurons through", text.partition(";")[0])
    text = re.sub(r"^ONNX model '[^']*'", "the model", text)
    return text.replace("|", "/")[:150]


def graphs() -> None:
    """The table of the ONNX package's own graphs, with weights drawn at random."""
    light = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    print("\n| graph | as it is | `max_pooling='average'` |\n|---|---|---|")
    found = []
    for path in sorted(light.glob("*.onnx")):
        model = drawn(onnx.load(path))
        cells = [graph_answer(model, how) for how in ("keep", "average")]
        found += cells
        print(f"| {path.stem.removeprefix('light_')} | {cells[0]} | {cells[1]} |", flush=True)
    summary(found)


def graph_answer(model: Any, max_pooling: str) -> str:
    try:
        net = from_onnx(model, max_pooling=max_pooling, preprocessing=Preprocessing())
    except LifdeepError as error:
        return f"refused: {reason(error)}"
    except Exception as error:
        return f"FAULT {type(error).__name__}: {error}"
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    for node in changed.graph.node:
        if node.op_type == "MaxPool" and max_pooling == "average":
            node.op_type = "AveragePool"
    if changed.graph.node[-1].op_type == "Softmax":  # of large numbers: ones and zeros
        changed.graph.node[-1].op_type = "Identity"
        del changed.graph.node[-1].attribute[:]
    session = judge(changed.SerializeToString())
    given = session.get_inputs()[0]
    x = np.random.default_rng(1).uniform(size=(2, *given.shape[1:])).astype(np.float32)
    expected = np.concatenate([session.run(None, {given.name: one[None]})[0] for one in x])
    return difference(net, x, expected)


def drawn(model: Any) -> Any:
    """The graph with every constant array (its own are of one number each) drawn at random."""
    rng = np.random.default_rng(0)
    made = onnx.ModelProto()
    made.CopyFrom(model)
    constants = {t.name: numpy_helper.to_array(t) for t in made.graph.initializer}
    fan_in = {}
    for node in made.graph.node:
        for place, name in enumerate(node.input):
            fan_in[name] = node.op_type, place
    for node in list(made.graph.node):
        if node.op_type != "ConstantOfShape" or node.input[0] not in constants:
            continue
        shape = tuple(int(n) for n in constants[node.input[0]])
        kind, place = fan_in.get(node.output[0], ("", 0))
        if kind in ("Conv", "Gemm") and place == 1:
            values = rng.normal(0, math.sqrt(2 / math.prod(shape[1:])), shape)
        elif kind == "BatchNormalization" and place == 4:
            values = rng.uniform(0.5, 2.0, shape)
        else:
            values = rng.uniform(-0.2, 0.5, shape)
        tensor = numpy_helper.from_array(values.astype(np.float32), node.output[0])
        made.graph.initializer.append(tensor)
        made.graph.node.remove(node)
    return made


def judge(model: str | bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options)


def summary(found: list[str]) -> None:
    refused = sum(cell.startswith("refused") for cell in found)
    wrong = [cell for cell in found if cell.startswith(("FAULT", "DIFFERENT"))]
    equal = len(found) - refused - len(wrong)
    print(f"\n{equal} of {len(found)} imported and equal, {refused} refused, {len(wrong)} wrong")


if __name__ == "__main__":
    main()
