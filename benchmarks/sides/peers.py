"""PyTorch's spiking libraries, each in a process of its own in another environment."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Layer
from nengo_lifdeep.layers.types import Shape
from nengo_lifdeep.stages.types import AveragePool

from .task import Round, Task

__all__ = ["LIBRARIES", "Peer"]

LIBRARIES = ("snntorch", "spikingjelly", "norse", "sinabs")
_WORKER = Path(__file__).resolve().parent.parent / "peers" / "worker.py"


class Peer:
    """A worker process that runs one batch whenever it is told to.

    Parameters
    ----------
    task : Task
        What to run.
    library : str
        One of `LIBRARIES`.
    filtered : bool
        Whether there is a lowpass synapse after neurons, or none.
    python : str
        Interpreter of the environment with PyTorch.
    threads : int
        For PyTorch.
    """

    def __init__(self, task: Task, library: str, filtered: bool, python: str, threads: int) -> None:
        if task.has_local_layers:
            raise LookupError("locally connected layers are not built for the PyTorch libraries")
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "network.npz"
        _write(task, path)
        self.log = Path(self.folder.name) / "log"
        command = [python, str(_WORKER), library, str(path), f"--threads={threads}"]
        with self.log.open("w") as log:
            try:
                self.process = subprocess.Popen(
                    command + ["--filtered"] * filtered,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
            except OSError as error:
                raise LookupError(f"{python} does not start: {error}") from error
        ready = self._answer()
        self.versions: dict[str, str] = ready["versions"]
        self.notes = [ready["configuration"]]
        self.work = len(task.data) * task.timing.n_steps
        self.accuracy, self.rate = ready["accuracy"], ready["spikes"] / task.timing.dt

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            lines = self.log.read_text().strip().splitlines() or ["no message"]
            raise LookupError(f"its worker ended: {lines[-1]}")
        return json.loads(line)

    def round(self) -> Round:
        """One batch."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return Round(self._answer()["seconds"], self.work, self.accuracy, self.rate)

    def close(self) -> None:
        """End the worker."""
        self.process.communicate()
        self.folder.cleanup()


def _write(task: Task, path: Path) -> None:
    arrays: dict[str, Any] = {"images": task.inputs, "labels": task.data.labels}
    parts = []
    for part in task.parts():
        layers = []
        for layer, shape in zip(part.layers, part.shapes, strict=False):
            described = _described(layer, shape)
            for name, array in task.trained.weights.get(layer.name, {}).items():
                described[name] = f"{layer.name}.{name}"
                arrays[described[name]] = array
            if described:
                layers.append(described)
        parts.append({"layers": layers, "population": part.population})
    header = {
        "parts": parts,
        "tau_rc": task.neuron.tau_rc,
        "tau_s": None if task.synapse is None else task.synapse.tau,
        "amplitude": task.neuron.amplitude / task.timing.dt,
        "dt": task.timing.dt,
        "n_steps": task.timing.n_steps,
        "c_steps": task.timing.c_steps,
        "n_neurons": task.spiking.n_neurons,
    }
    np.savez(path, header=json.dumps(header), **arrays)


def _described(layer: Layer, shape: Shape) -> dict[str, Any]:
    if isinstance(layer, Conv2D):
        size, padding = layer.kernel_size, 0 if layer.padding == "valid" else None
        if padding is None:  # PyTorch pads both sides alike
            if layer.strides != (1, 1) or not all(n % 2 for n in size):
                raise LookupError(f"PyTorch has no padding like {layer.describe()!r}")
            padding = [n // 2 for n in size]
        return {"type": "Conv2D", "strides": layer.strides, "padding": padding,
                "groups": layer.groups}  # fmt: skip
    if isinstance(layer, AveragePooling2D):
        pool = AveragePool(shape, layer.strides, layer.padding, layer.pool_size)
        if any(before for _, before in pool.geometry()):
            raise LookupError(f"PyTorch has no padding like {layer.describe()!r}")
        return {"type": "AveragePooling2D", "pool_size": layer.pool_size,
                "strides": layer.strides, "clipped": pool.is_clipped}  # fmt: skip
    return {"type": "Dense"} if isinstance(layer, Dense) else {}
