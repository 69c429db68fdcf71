"""What `from_keras` makes of Keras models as people write them, in Keras 3 and tf_keras.

    python benchmarks/keras_table.py --docs

Each model of ``keras_networks`` gets random biases and statistics, is imported from memory, and
from a ``.keras`` and an ``.h5`` file, and its scores are compared with Keras's own on random images
(the largest difference, of the largest score); or it is refused with a reason. A model whose
maximum pools are imported as averages is compared with itself with average pools. ``--docs``
writes the table into ``docs/importers.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras as keras_3
import numpy as np
from keras_networks import NETWORKS
from keras_networks.row import Row

from nengo_lifdeep import LifdeepError, TrainedModel, from_keras
from nengo_lifdeep.compat import import_tf_keras
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import fold

DOCS = Path(__file__).parents[1] / "docs" / "importers.md"
BEGIN, END = "<!-- keras_table -->\n", "<!-- /keras_table -->\n"

#: a larger difference, of the largest score, is an error of the importer
MOST = 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--only", default="", help="models whose name contains this")
    parser.add_argument("--docs", action="store_true", help="write it into docs/importers.md")
    options = parser.parse_args()
    lines = []
    for line in table(options.only):
        print(line, flush=True)
        lines.append(line)
    if options.docs:
        text = DOCS.read_text(encoding="utf-8")
        head, rest = text.split(BEGIN)
        tail = rest.split(END)[1]
        DOCS.write_text(head + BEGIN + "\n".join(lines) + "\n" + END + tail, encoding="utf-8")


def table(only: str) -> Iterator[str]:
    """Lines of the table, and the sum of it."""
    keras_2 = import_tf_keras()
    yield f"Keras {keras_3.__version__}, tf_keras {keras_2.__version__}"
    yield ""
    yield "| model | Keras 3 | tf_keras |"
    yield "|---|---|---|"
    found = []
    for number, (name, row) in enumerate(NETWORKS.items()):
        if only not in name:
            continue
        cells = [answer(keras, row, number) for keras in (keras_3, keras_2)]
        keras_3.backend.clear_session()
        found += cells
        yield f"| {name} | {cells[0]} | {'the same' if cells[1] == cells[0] else cells[1]} |"
    refused = sum(cell.startswith("refused") for cell in found)
    wrong = sum(cell.startswith(("FAULT", "DIFFERENT")) for cell in found)
    equal = len(found) - refused - wrong
    yield ""
    yield f"{equal} of {len(found)} imported and equal, {refused} refused, {wrong} wrong"


def answer(keras: Any, row: Row, seed: int) -> str:
    """The largest difference of a model's scores, or why it is refused."""
    rng = np.random.default_rng(seed)
    model = randomised(row.make(keras), rng)
    shape = tuple(getattr(model, "input_shape", None) or shape_of(model))[1:]
    x = rng.uniform(size=(row.n, *shape)).astype(np.float32)
    judge = averaged(keras, model) if row.max_pooling else model
    expected = judge(x * np.float32(row.brightest), training=False)
    expected = wanted(model, expected, row.output).reshape(len(x), -1)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = [model]
        if row.saved:
            given += [Path(folder) / f"model{suffix}" for suffix in (".keras", ".h5")]
            for path in given[1:]:
                model.save(path)
        how = {"max_pooling": "average"} if row.max_pooling else {}
        cells = [imported(each, x, expected, output=row.output, **how) for each in given]
    for path, cell in zip(given[1:], cells[1:], strict=True):
        if cell.startswith(("FAULT", "DIFFERENT")) or cell[:7] != cells[0][:7] == "refused":
            return f"{cell} ({path.suffix})"
    return cells[0]


def imported(given: Any, x: np.ndarray, expected: np.ndarray, **options: Any) -> str:
    try:
        net = from_keras(given, **options)
    except LifdeepError as error:
        return f"refused: {reason(error)}"
    except Exception as error:  # an importer must not: it is shown as a fault
        return f"FAULT {type(error).__name__}: {error}"
    return difference(net, x, expected)


def difference(net: TrainedModel, x: np.ndarray, expected: np.ndarray) -> str:
    """The largest difference of a network's scores, of the largest score."""
    images = net.preprocessing(x.reshape(len(x), *taken(net, x)))
    found = forward(fold(net), images)["output"].reshape(len(x), -1)
    if expected.shape[1] > 1 and expected.min() > 0 and np.allclose(expected.sum(1), 1, atol=1e-4):
        found, expected = centred(found), centred(np.log(expected))
    elif expected.shape[1] == 1 and found.shape[1] == 2:  # one sigmoid
        found, expected = found[:, 1:], np.log(expected) - np.log1p(-expected)
    if found.shape != expected.shape:
        return f"FAULT: {found.shape[1]} scores, not {expected.shape[1]}"
    most = np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-30)
    return f"{most:.0e}" if most <= MOST else f"DIFFERENT: {most:.0e}"


def taken(net: TrainedModel, x: np.ndarray) -> tuple[int, ...]:
    shape = net.architecture.input_shape
    return shape if len(shape) == 3 else (1, 1, *shape)


def wanted(model: Any, outputs: Any, name: str | None) -> np.ndarray:
    """One of a model's outputs."""
    if isinstance(outputs, dict):
        return np.asarray(outputs[name])
    if isinstance(outputs, list | tuple):
        return np.asarray(outputs[model.output_names.index(name)])
    return np.asarray(outputs)


def randomised(model: Any, rng: np.random.Generator) -> Any:
    """The model with biases and statistics that are not 0 and 1; kernels stay as they began."""
    for variable in model.weights:
        name = (getattr(variable, "path", None) or variable.name).partition(":")[0]
        kind = name.rpartition("/")[2]
        low, high = {
            "bias": (-0.1, 0.2), "beta": (-0.1, 0.3), "gamma": (0.7, 1.3), "alpha": (0.05, 0.3),
            "moving_mean": (-0.1, 0.2), "moving_variance": (0.7, 1.5),
        }.get(kind, (0.0, 0.0))  # fmt: skip
        if high and "normalization/mean" not in name:
            variable.assign(rng.uniform(low, high, tuple(variable.shape)).astype(np.float32))
    return model


def averaged(keras: Any, model: Any) -> Any:
    """The same model with average pools in the place of maximum pools."""
    config = json.loads(model.to_json())
    changed = json.dumps(config).replace("MaxPooling", "AveragePooling")
    made = keras.models.model_from_json(changed)
    made.set_weights(model.get_weights())
    return made


def shape_of(model: Any) -> Any:
    """Of a subclassed model."""
    built = getattr(model, "_build_input_shape", None)
    return built or next(iter(model._build_shapes_dict.values()))


def reason(error: Exception) -> str:
    """The first clause of an error, without the names of layers."""
    text = str(error).replace("\n", " ").partition(";")[0].replace("|", "/")
    if text.startswith("Keras layer"):
        text = text[text.index("(") :]
    return text[:150]


def centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(axis=1, keepdims=True)


if __name__ == "__main__":
    main()
