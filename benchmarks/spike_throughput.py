"""Speed of training on spikes beside snnTorch and SpikingJelly, on the same network, in turns.

Run as ``python benchmarks/spike_throughput.py --peers PYTHON``, the interpreter of an environment
with ``benchmarks/peers/requirements.txt``. LeNet with firing pools, the same steps, batch, spikes,
weights, surrogate (arctan) and number of threads on all sides; peers run in the fastest of several
forms, compiled where PyTorch can (``--whole``: also all steps as one graph, which takes minutes to
compile). A step is forward, summed squared error, backward, and a step of gradient descent. Before
it is timed, the loss and all gradients are compared: SpikingJelly fires at the threshold and goes
back through the reset, snnTorch fires above it and does not, and we do as each of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from nengo_lifdeep.compat import import_tensorflow
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.training.settings.spike_based import SpikeBased
from nengo_lifdeep.training.spikes.graph import build_spike_graph

WORKER = Path(__file__).resolve().parent / "peers" / "spike_worker.py"
LEAK, RATE, GAIN = 0.99, 0.1, 1.5
SHAPES = ((5, 5, 1, 20), (5, 5, 20, 50), (7, 7, 50, 200), (200, 10))

#: Of each peer: whether it fires at the threshold itself, and goes back through the reset.
LIKE = {"spikingjelly": (True, True), "snntorch": (False, False)}


def lenet(reaches: bool) -> tuple[Architecture, StepLIF]:
    """The network and its neuron.

    Parameters
    ----------
    reaches : bool
        Whether a voltage of exactly the threshold fires.
    """
    pool = Neurons(StepLIF.of_leak(1.0, threshold=0.75, reaches=reaches))
    layers = [
        Conv2D(20, 5, padding="same", use_bias=False), Neurons(), AveragePooling2D(2), pool,
        Conv2D(50, 5, padding="same", use_bias=False), Neurons(), AveragePooling2D(2),
        Neurons(pool.neuron), Flatten(), Dense(200, use_bias=False), Neurons(),
        Dense(10, use_bias=False),
    ]  # fmt: skip
    return Architecture((28, 28, 1), layers, "lenet"), StepLIF.of_leak(LEAK, reaches=reaches)


class Task:
    """Random spikes, labels and weights.

    Parameters
    ----------
    n_steps, batch : int
        Size of a step of training.
    """

    def __init__(self, n_steps: int, batch: int) -> None:
        rng = np.random.default_rng(0)
        self.frames = (rng.random((n_steps, batch, 28, 28, 1)) < RATE).astype(np.float32)
        self.labels = rng.integers(0, 10, batch)
        self.kernels = [
            rng.normal(0, GAIN * (2 / np.prod(s[:-1])) ** 0.5, s).astype(np.float32) for s in SHAPES
        ]

    def save(self, path: Path) -> None:
        """As PyTorch orders axes.

        Parameters
        ----------
        path : Path
            The file.
        """
        weights = {f"weight{i}": _for_torch(k) for i, k in enumerate(self.kernels)}
        frames = self.frames.transpose(0, 1, 4, 2, 3)
        np.savez(path, frames=frames, labels=self.labels, leak=LEAK, **weights)


def _for_torch(kernel: np.ndarray) -> np.ndarray:
    if kernel.shape == SHAPES[2]:  # a dense layer on (row, column, channel)
        return np.ascontiguousarray(kernel.transpose(3, 2, 0, 1).reshape(200, -1))
    axes = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
    return np.ascontiguousarray(kernel.transpose(axes))


class Ours:
    """A training step here, as one TensorFlow function.

    Parameters
    ----------
    task : Task
        What to train on.
    like : str
        Key of `LIKE`.
    """

    def __init__(self, task: Task, like: str) -> None:
        tf = import_tensorflow()
        reaches, through = LIKE[like]
        net, neuron = lenet(reaches)
        method = SpikeBased(n_steps=len(task.frames), derivative="arctan", through_reset=through)
        self.graph = build_spike_graph(net, neuron, method)
        names = [layer.name for layer in net.layers if layer.has_weights]
        kernels = [k.reshape(-1, 200) if k.shape == SHAPES[2] else k for k in task.kernels]
        self.graph.set_weights({n: {"kernel": k} for n, k in zip(names, kernels, strict=True)})
        model = self.graph.stages[0]
        variables = [self.graph.variables()[name]["kernel"] for name in names]
        frames = task.frames.transpose(1, 0, 2, 3, 4).reshape(
            len(task.labels), len(task.frames), -1
        )
        self.frames, target = tf.constant(frames), tf.one_hot(task.labels, 10)

        @tf.function(autograph=False)
        def step(shown: Any) -> Any:
            with tf.GradientTape() as tape:
                scores = model({"input": shown}, training=True)["output"][:, 0]
                loss = tf.reduce_sum(tf.square(scores - target))
            gradients = tape.gradient(loss, variables)
            for variable, gradient in zip(variables, gradients, strict=True):
                variable.assign_sub(0.0 * gradient)
            return loss, gradients

        self.step = step

    def run(self) -> tuple[float, list[np.ndarray]]:
        """Loss, and gradients as `Task` has kernels."""
        loss, gradients = self.step(self.frames)
        found = [g.numpy().reshape(s) for g, s in zip(gradients, SHAPES, strict=True)]
        return float(loss), found

    def timed(self) -> tuple[float, float]:
        """Seconds, and processor seconds."""
        start, work = time.perf_counter(), time.process_time()
        float(self.step(self.frames)[0])
        return time.perf_counter() - start, time.process_time() - work


class Peer:
    """A worker of `benchmarks/peers/spike_worker.py`.

    Parameters
    ----------
    python : str
        Its interpreter.
    library : str
        Key of `LIKE`.
    folder : Path
        With ``task.npz``.
    options : argparse.Namespace
        Threads, and whether to compile all steps as one.
    """

    def __init__(self, python: str, library: str, folder: Path, options: Any) -> None:
        self.gradients = folder / f"{library}.npz"
        words = [python, str(WORKER), library, str(folder / "task.npz"), str(self.gradients)]
        words += [f"--threads={options.threads}", *["--whole"] * options.whole]
        self.log = folder / f"{library}.log"
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}  # waiting is no work
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                env=environment,
            )  # fmt: skip
        self.ready = self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a worker ended:\n{self.log.read_text()}")
        return json.loads(line)

    def timed(self) -> tuple[float, float]:
        """Seconds, and processor seconds."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        wall, work = self._answer()
        return wall, work


def compare(ours: Ours, file: Path) -> str:
    """How far loss and gradients are from a peer's.

    Parameters
    ----------
    ours : Ours
        This side.
    file : Path
        What the peer found.
    """
    theirs = np.load(file)
    loss, gradients = ours.run()
    apart = [
        np.linalg.norm(_for_torch(g) - theirs[f"weight{i}"]) / np.linalg.norm(g)
        for i, g in enumerate(gradients)
    ]
    off = abs(loss - float(theirs["loss"])) / loss
    shown = ", ".join(f"{a:.1e}" for a in apart)
    return f"loss differs by {off:.1e} of itself, gradients of the four layers by {shown}"


def main() -> None:
    """Measure, and print one line per side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True, help="interpreter with PyTorch's libraries")
    parser.add_argument("--steps", type=int, default=25, help="time steps per image")
    parser.add_argument("--batch", type=int, default=32, help="images per step of training")
    parser.add_argument("--rounds", type=int, default=9, help="timed rounds")
    parser.add_argument("--threads", type=int, default=1, help="on every side")
    parser.add_argument("--whole", action="store_true", help="compile all steps as one, too")
    options = parser.parse_args()
    tf = import_tensorflow()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    task = Task(options.steps, options.batch)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        task.save(folder / "task.npz")
        sides: dict[str, Any] = {}
        for library in LIKE:
            peer = sides[library] = Peer(options.peers, library, folder, options)
            print(f"{library}: {peer.ready['versions']}")
            for title, seconds in peer.ready["variants"].items():
                print(f"    {title}: {seconds:.3f} s of processor time")
            ours = sides[f"ours, as {library}"] = Ours(task, library)
            print(f"    {compare(ours, peer.gradients)}", flush=True)
        found: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
        for _ in range(options.rounds):
            for side, each in sides.items():
                found[side].append(each.timed())
    versions = f"Python {platform.python_version()}, TensorFlow {tf.__version__}"
    size = f"T = {options.steps}, {options.batch} images, {options.threads} threads"
    print(f"{versions}; {size}, medians of {options.rounds}")
    for library in LIKE:
        theirs, own = (
            [statistics.median(column) for column in zip(*found[side], strict=True)]
            for side in (library, f"ours, as {library}")
        )
        print(
            f"{library}: {theirs[0]:.3f} s, {theirs[1]:.3f} s of processor time; ours {own[0]:.3f} "
            f"s, {own[1]:.3f} s; ratio {theirs[0] / own[0]:.2f}, processor "
            f"{theirs[1] / own[1]:.2f}"
        )


if __name__ == "__main__":
    main()
