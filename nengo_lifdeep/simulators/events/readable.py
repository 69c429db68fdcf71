"""The readable engine: the same steps in plain NumPy, all images at once and nothing skipped."""

from __future__ import annotations

import numpy as np

from ...records.recorded.single import require_few_spikes
from .activity import Chunk
from .coefficients import NeuronStep, require_current
from .plan import Plan
from .targets import Target

__all__ = ["ReadableEngine"]


class ReadableEngine:
    """Runs chunks of images through a plan, as `CompiledEngine` does, to be read and compared.

    Parameters
    ----------
    plan : Plan
        What to run.
    n_steps : int
        Steps per image.
    """

    def __init__(self, plan: Plan, n_steps: int) -> None:
        self.plan, self.n_steps = plan, n_steps
        self.layers: dict[str, _Layer] = {}

    def run(
        self, inputs: np.ndarray, rasters: int = 0, restart: bool = True,
        indices: np.ndarray | None = None,
    ) -> Chunk:  # fmt: skip
        """As `CompiledEngine.run`.

        Parameters
        ----------
        inputs : (n, *shape) or (n, step, *shape) array of float
            Images, or images step by step.
        rasters : int
            Number of images whose single spikes are kept.
        restart : bool
            Whether to start from the initial state.
        indices : (n,) array of int, optional
            Positions of the images in the data, for random initial voltages.
        """
        indices = np.arange(len(inputs)) if indices is None else indices
        if not restart and len(inputs) > 1:  # one stream: image after image
            parts = [
                self.run(inputs[i : i + 1], int(i < rasters), False, indices[i : i + 1])
                for i in range(len(inputs))
            ]
            return _joined(parts)
        if restart or not self.layers:
            start = self.plan.v_start(indices)
            self.layers = {
                t.name: _Layer(t, len(inputs), start.get(t.name)) for t in self.plan.targets
            }
        static = self.plan.is_static(inputs)
        outputs = []
        trains: dict[str, list[np.ndarray]] = {t.name: [] for t in self.plan.populations}
        for step in range(self.n_steps):
            activity = {"input": inputs if static else inputs[:, step]}
            for target in self.plan.targets:
                activity[target.name] = self.layers[target.name].step(activity)
            outputs.append(activity["output"])
            for name, train in trains.items():
                train.append(activity[name])
        counts = {name: np.stack(train, axis=1).astype(np.int64) for name, train in trains.items()}
        return Chunk(
            np.stack(outputs, axis=1).astype(np.float32),
            {name: c.sum(axis=(0, 1)) for name, c in counts.items()},
            {name: c.sum(axis=(1, 2)) for name, c in counts.items()},
            {name: _rows(c[:rasters]) for name, c in counts.items() if rasters},
            {
                f"{s.pre} -> {t.name}": np.ones(len(inputs), bool)
                for t in self.plan.targets
                for s in t.sources
                if s.pre != "input"
            },
        )


class _Layer:
    """One target's state for several images, and what it does in one step."""

    def __init__(self, target: Target, n_images: int, v_start: np.ndarray | None) -> None:
        self.target = target
        shape = n_images, target.n_neurons
        dtype = target.bias.dtype
        self.p, self.q, self.rest = np.zeros(shape, dtype), np.zeros(shape, dtype), np.zeros(shape)
        self.v = np.zeros(shape, dtype)
        if target.filters_bias:
            self.p -= target.bias
        if v_start is not None:
            self.v[:] = v_start

    def step(self, activity: dict[str, np.ndarray]) -> np.ndarray:
        """Spike counts ``(image, neuron)`` of this step; of the output, its scores."""
        synapse, neuron = self.target.synapse, self.target.neuron
        first, *others = (s.currents(activity[s.pre]) for s in self.target.sources)
        arriving = sum(others, first)
        if synapse.delayed:
            self.q = synapse.decay * (self.q + synapse.coupling * self.p)
            self.p = synapse.decay * self.p
        elif synapse.forgets:
            self.p = arriving
        else:
            self.p = synapse.decay * (self.p + arriving)
        J = self.p + self.q + self.target.bias
        if synapse.delayed:
            self.p = arriving if synapse.forgets else self.p + arriving
        if neuron is None:
            return J
        self.v, self.rest, counts = neuron_update(neuron, J, self.v, self.rest)
        if neuron.integrates:
            require_current(neuron, float(counts.max()), self.target.name)
        elif counts.any():
            require_current(neuron, float(J[counts > 0].max()), self.target.name)
        return counts


def neuron_update(
    neuron: NeuronStep, J: np.ndarray, v: np.ndarray, rest: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Voltages, remaining refractory times (s) and spike counts after one step.

    The voltage follows its exact solution under a constant current over the part of the step
    that is not refractory; the time of a spike within the step comes from inverting it.
    """
    drive = np.maximum(J, J.dtype.type(neuron.j_min))
    if neuron.refractory:
        rest = rest - neuron.dt
        awake = np.clip(neuron.dt - rest, 0, neuron.dt)
        v = v - (drive - v) * np.expm1(-awake / neuron.tau_rc).astype(v.dtype)
    else:
        v = neuron.keep * v + neuron.gain * drive
    v = np.maximum(v, v.dtype.type(neuron.v_min))
    fired = v > neuron.threshold
    if neuron.integrates:
        counts = np.clip(np.floor(v), 0, 2 * neuron.most)
        return v - counts, rest, counts
    if neuron.refractory:
        spike = np.full(v.shape, neuron.dt)
        if neuron.interpolates:
            spike[fired] -= _ago(v[fired], J[fired], awake[fired], neuron.tau_rc)
        rest = np.where(fired, neuron.tau_ref + spike, rest)
    after = v - v.dtype.type(neuron.taken) if neuron.taken else v.dtype.type(0)
    return np.where(fired, after, v), rest, fired.astype(v.dtype)


def _ago(v: np.ndarray, J: np.ndarray, awake: np.ndarray, tau_rc: float) -> np.ndarray:
    """Seconds from spikes to the end of their step: within the part that was not refractory."""
    v, J = v.astype(np.float64), J.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # rounding of v, at J very near to 1
        ago = -tau_rc * np.log1p(-(v - 1) / (J - 1))
    return np.where(ago < awake, np.maximum(ago, 0), awake)


def _rows(counts: np.ndarray) -> np.ndarray:
    """Rows (image, step, neuron), sorted, of spike counts ``(image, step, neuron)``."""
    require_few_spikes(float(counts.sum(dtype=float)), "rasters")
    places = np.argwhere(counts).astype(np.int32)
    return np.repeat(places, counts[tuple(places.T)], axis=0)


def _joined(parts: list[Chunk]) -> Chunk:
    rasters: dict[str, list[np.ndarray]] = {}
    for i, part in enumerate(parts):
        for name, rows in part.rasters.items():
            rasters.setdefault(name, []).append(rows + np.array([i, 0, 0], np.int32))
    return Chunk(
        np.concatenate([p.outputs for p in parts]),
        {name: np.sum([p.totals[name] for p in parts], axis=0) for name in parts[0].totals},
        {name: np.concatenate([p.per_image[name] for p in parts]) for name in parts[0].per_image},
        {name: np.concatenate(rows) for name, rows in rasters.items()},
        {name: np.concatenate([p.dense[name] for p in parts]) for name in parts[0].dense},
    )
