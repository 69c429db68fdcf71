"""Our figures under NeuroBench's names against those of its harness, on two networks.

    python benchmarks/neurobench_counts.py PYTHON [--freeze FOLDER]

``PYTHON`` is that of an environment with ``neurobench==2.3.0``, torch and snntorch. The harness
counts on torch layers between which our spikes are replayed, so that it judges counting alone. The
networks are ``digits-compact`` on constant images, and a dense network, three quarters of whose
weights are zero, on images in Bernoulli spikes. With ``--freeze`` the spikes and the harness's
figures are kept for the test.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from nengo_lifdeep import convert, datasets, pretrained, run
from nengo_lifdeep.energy.operations import operations_of
from nengo_lifdeep.inputs.coding import BernoulliCoding
from nengo_lifdeep.inputs.inputs import Inputs
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Dense, Flatten
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.records.outputs.neurobench import neurobench_figures

N_IMAGES, TIMING = 5, Presentation(t_c=0.01, t_p=0.04)


def sparse_network() -> TrainedModel:
    """A dense network of random weights, three quarters of which are zero."""
    rng = np.random.default_rng(0)
    layers = Architecture((8, 8, 1), (Flatten(), Dense(40), Dense(10)), "sparse")
    sizes = {"dense1": (64, 40), "dense2": (40, 10)}
    weights = {
        name: {
            "kernel": (rng.standard_normal(size) * (rng.random(size) < 0.25)).astype(np.float32),
            "bias": np.ones(size[1], np.float32),
        }
        for name, size in sizes.items()
    }
    return TrainedModel(layers, weights, SoftLIF(amplitude=0.02))


def networks() -> dict[str, tuple[TrainedModel, Any]]:
    """Trained networks with the coding of their images, by name."""
    return {
        "digits-compact": (pretrained.load("digits-compact"), None),
        "sparse": (sparse_network(), BernoulliCoding(1000)),
    }


def described(trained: TrainedModel, spiking: Any) -> tuple[str, dict[str, np.ndarray]]:
    """Layers for the harness, with the weights that the spiking network has."""
    layers: list[dict[str, Any]] = []
    arrays: dict[str, np.ndarray] = {}
    connections = {c.post: c for c in spiking.connections}
    biases = {p.name: p.bias for p in spiking.populations} | {"output": spiking.output_bias}
    fed = [*(p.name for p in spiking.populations), "output"]
    for name, layer in zip(
        fed, [la for la in trained.architecture.layers if la.has_weights], strict=True
    ):
        (stage,) = connections[name].stages
        dense = isinstance(layer, Dense)
        before = connections[name].pre
        if dense and before != "input" and len(spiking.population(before).shape) == 3:
            layers.append({"name": "", "kind": "flatten"})
        weight = stage.matrix if dense else stage.kernel
        arrays |= {f"{layer.name}/weight": weight, f"{layer.name}/bias": biases[name].ravel()}
        line: dict[str, Any] = {"name": layer.name, "kind": "dense" if dense else "conv"}
        if not dense:
            line |= {"strides": list(layer.strides), "padding": layer.padding}
        layers.append(line)
        if name != "output":
            layers.append({"name": name, "kind": "neurons"})
    return json.dumps(layers), arrays


def spikes_of(rows: np.ndarray, n_images: int, n_steps: int, shape: tuple[int, ...]) -> np.ndarray:
    """Rows (image, step, neuron) as ``(image, step, *shape)``."""
    found = np.zeros((n_images, n_steps, int(np.prod(shape))), np.float32)
    found[tuple(rows.T)] = 1
    return found.reshape(n_images, n_steps, *shape)


def measured(name: str, python: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Our figures, the harness's, and the record."""
    trained, coding = networks()[name]
    spiking = convert(trained)
    images = datasets.load("digits").test.first(N_IMAGES)
    inputs = Inputs.of(spiking, images, TIMING, coding)
    record = run(spiking, inputs, rasters=N_IMAGES, progress=False)
    right = record.predictions() == images.labels
    ours = neurobench_figures(
        operations_of(record, spiking, inputs), {"ClassificationAccuracy": float(right.mean())}
    )
    layers, arrays = described(trained, spiking)
    frames = inputs.chunk(0, N_IMAGES)
    if inputs.is_static:
        frames = np.repeat(frames[:, None], TIMING.n_steps, axis=1)
    for population in spiking.populations:
        rows = record.rasters[population.name]
        arrays[f"{population.name}/spikes"] = spikes_of(
            rows, N_IMAGES, TIMING.n_steps, population.shape
        )
    file = folder / f"{name}.npz"
    np.savez(file, layers=layers, frames=frames, labels=images.labels, **arrays)
    script = Path(__file__).with_name("peers") / "neurobench_harness.py"
    done = subprocess.run([python, str(script), str(file)], stdout=subprocess.PIPE, check=True)
    return ours, json.loads(done.stdout.splitlines()[-1]), record


def main() -> None:
    """Compare, print, and end with 1 if a figure differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("python")
    parser.add_argument("--freeze", type=Path)
    asked = parser.parse_args()
    frozen: dict[str, Any] = {}
    kept: dict[str, np.ndarray] = {}
    worst = 0.0
    for name in networks():
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs, record = measured(name, asked.python, Path(folder))
        frozen[name] = theirs
        kept |= {f"{name}/{k}": v.astype(np.int16) for k, v in record.rasters.items()}
        flat = {**theirs, **theirs["SynapticOperations"]}
        mine = {**ours, **ours["SynapticOperations"]}
        for key in mine.keys() & flat.keys() - {"SynapticOperations", "ClassificationAccuracy"}:
            apart = abs(mine[key] - flat[key]) / max(abs(flat[key]), 1e-12)
            worst = max(worst, apart)
            print(f"{name}: {key}: ours {mine[key]:,.6g}, NeuroBench {flat[key]:,.6g}")
    print(f"largest relative difference: {worst:.1e}")
    if asked.freeze:
        asked.freeze.mkdir(parents=True, exist_ok=True)
        (asked.freeze / "neurobench.json").write_text(json.dumps(frozen, indent=1) + "\n")
        np.savez_compressed(asked.freeze / "neurobench.npz", **kept)
    sys.exit(worst > 1e-6)


if __name__ == "__main__":
    main()
