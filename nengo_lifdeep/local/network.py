"""A network of layers of spiking neurons, each with a fixed random read-out."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelFileError, ValidationError
from ..support.checks import checked, each, flag, instance, seed, shown, whole
from ..support.checks.arrays import checked_array
from ..support.files import read_record, write_record
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from ..weights.binary import signs
from ..weights.draws import bernoulli

__all__ = ["LocalNetwork"]


@dataclasses.dataclass(frozen=True, eq=False)
class LocalNetwork:
    """Layers of neurons, one after the other; every layer has a read-out of its own.

    In time steps, with input spikes ``x`` and the layer's own spikes ``s``, both 0 or 1::

        p_t = alpha p_{t-1} + q_{t-1}    q_t = beta q_{t-1} + x_t    r_t = gamma r_{t-1} + s_{t-1}
        u_t = W p_t / sqrt(fan_in) - r_t    s_t = 1 where u_t > 0    o_t = V s_t / sqrt(n)

    so that input acts one step later and a silent neuron without input stays silent. ``V`` is
    random -1 and 1 and is never trained; the answer is the last layer's ``o``.

    Parameters
    ----------
    latents : tuple of (fan_in, n_neurons) array of float
        The weights, or the numbers whose signs they are.
    readouts : tuple of (n_neurons, n_classes) array of float
        Weights -1 and 1 of the read-outs.
    is_binary : bool
        Whether weights are signs.
    decays : (alpha, beta, gamma)
        What traces keep from one step to the next; by default ``exp(-1/10)``, ``exp(-1/6)``,
        ``exp(-1/2)``.
    provenance : dict
        How it came about.

    Raises
    ------
    ValidationError
        If shapes do not follow one another, or numbers are out of bounds.

    Examples
    --------
    >>> LocalNetwork.initial((20, 256, 256), n_classes=2).sizes
    (20, 256, 256)
    """

    latents: tuple[np.ndarray, ...]
    readouts: tuple[np.ndarray, ...]
    is_binary: bool = True
    decays: tuple[float, float, float] = (math.exp(-1 / 10), math.exp(-1 / 6), math.exp(-1 / 2))
    provenance: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        for name in ("latents", "readouts"):
            given = getattr(self, name)
            if not isinstance(given, tuple | list) or not given:
                raise ValidationError(f"LocalNetwork.{name} is empty or no tuple; expected arrays")
            words = ("input", "neuron") if name == "latents" else ("neuron", "class")
            arrays = tuple(
                checked_array(a, f"LocalNetwork.{name}[{i}]", shape=words, dtype=np.float32,
                              own=True)
                for i, a in enumerate(given)
            )  # fmt: skip
            object.__setattr__(self, name, arrays)
        flag(self.is_binary, "LocalNetwork.is_binary")
        if not isinstance(self.provenance, Mapping):
            raise ValidationError(
                f"LocalNetwork.provenance is {shown(self.provenance)}; expected a dict of facts"
            )
        decays = checked_array(self.decays, "LocalNetwork.decays", shape=(3,), low=0, high=1)
        object.__setattr__(self, "decays", tuple(float(d) for d in decays))
        if len(self.latents) != len(self.readouts):
            raise ValidationError(
                f"{counted(len(self.latents), 'layer')} and {len(self.readouts)} read-outs; "
                "expected one each"
            )
        for i, (latent, readout) in enumerate(zip(self.latents, self.readouts, strict=True)):
            following = self.latents[i + 1].shape[0] if i + 1 < len(self.latents) else None
            if following not in (None, latent.shape[1]) or readout.shape != (
                latent.shape[1], self.n_classes,
            ):  # fmt: skip
                raise ValidationError(
                    f"layer {i} has {counted(latent.shape[1], 'neuron')}, but its read-out is of "
                    "shape "
                    f"{readout.shape} and the next layer has {following} inputs; expected "
                    f"({latent.shape[1]}, {self.n_classes}) and {latent.shape[1]}"
                )
            if not (np.abs(readout) == 1).all():
                raise ValidationError(f"LocalNetwork.readouts[{i}] has numbers other than -1 and 1")

    @classmethod
    def initial(
        cls, sizes: Sequence[int], n_classes: int, *, is_binary: bool = True, seed: int = 0
    ) -> LocalNetwork:
        """Random numbers, uniform between -1 and 1, and random read-outs.

        Parameters
        ----------
        sizes : sequence of int
            Inputs, and neurons of every layer.
        n_classes : int
            Number of classes.
        is_binary : bool
            Whether weights are signs.
        seed : int
            Of the random numbers.
        """
        return _initial(cls, sizes, n_classes, is_binary=is_binary, seed=seed)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return int(self.readouts[0].shape[1])

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, and neurons of every layer."""
        return (self.latents[0].shape[0], *(latent.shape[1] for latent in self.latents))

    @property
    def weights(self) -> tuple[np.ndarray, ...]:
        """What a device holds, ``(fan_in, n_neurons)``: of binary weights the likelier ones."""
        if not self.is_binary:
            return self.latents
        return tuple(signs(latent) for latent in self.latents)

    def drawn(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Binary weights by chance, as numbers trained by "bayes" have it.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of random numbers.

        Raises
        ------
        ValidationError
            If weights are not binary, or ``rng`` is another object.
        """
        if not self.is_binary:
            raise ValidationError("weights are floats; there is nothing to draw. Use weights")
        source = instance(np.random.Generator)(rng, "rng")
        return tuple(bernoulli(latent, source) for latent in self.latents)

    def kernels(self, weights: Sequence[np.ndarray] | None = None) -> tuple[np.ndarray, ...]:
        """Weights with their size ``1 / sqrt(fan_in)``, as synapses have them.

        Parameters
        ----------
        weights : sequence of (fan_in, n_neurons) array, optional
            Of every layer; `weights` by default.
        """
        taken = self.weights if weights is None else weights
        return tuple(w / np.float32(math.sqrt(len(w))) for w in taken)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file.

        Parameters
        ----------
        path : path-like
            The file.
        """
        header = {
            "is_binary": bool(self.is_binary), "decays": list(self.decays),
            "layers": len(self.latents), "provenance": dict(self.provenance),
        }  # fmt: skip
        arrays = {f"latent{i}": a for i, a in enumerate(self.latents)}
        arrays |= {f"readout{i}": a for i, a in enumerate(self.readouts)}
        return write_record(path, "LocalNetwork", header, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> LocalNetwork:
        """The network of a file.

        Parameters
        ----------
        path : path-like
            What `save` wrote.

        Raises
        ------
        ModelFileError
            If there is no such file, or it is damaged.
        """
        header, arrays = read_record(path, "LocalNetwork")
        try:
            numbers = range(whole(1)(header["layers"], "layers"))
            return cls(
                tuple(arrays[f"latent{i}"] for i in numbers),
                tuple(arrays[f"readout{i}"] for i in numbers),
                header["is_binary"], tuple(header["decays"]), header["provenance"],
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(
                f"{path} is damaged ({error}); restore a copy, or train again"
            ) from error


@checked(
    sizes=each(whole(1), "numbers of neurons", least=2), n_classes=whole(2, 100_000),
    is_binary=flag, seed=seed, cls=instance(type),
)  # fmt: skip
def _initial(
    cls: type[LocalNetwork], sizes: Sequence[int], n_classes: int, *, is_binary: bool, seed: int
) -> LocalNetwork:
    rng = np.random.default_rng(seed)
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    latents = tuple(rng.uniform(-1, 1, pair) for pair in pairs)
    readouts = tuple(rng.choice([-1.0, 1.0], (pair[1], n_classes)) for pair in pairs)
    return cls(latents, readouts, is_binary)
