"""What one run of a simulator left behind."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..html_card import html_card
from ..presentation import Presentation
from ..storage import damage_reported, grouped, read_record, write_record

__all__ = ["SpikeRecord"]


@dataclasses.dataclass(frozen=True, eq=False)
class SpikeRecord:
    """Activity of a network over a batch of images.

    Parameters
    ----------
    simulator : str
        Name of the simulator that ran.
    model : str
        Name of the network.
    presentation : Presentation or None
        Timing; None where there is no time (simulator ``"rate"``).
    outputs : (image, step, class) array of float32
        Class scores at every step (one step for ``"rate"``).
    layer_rates : dict of str to (n_neurons,) array
        Mean firing rate of every neuron over images and time, in Hz, by population. Spikes of
        negative sign (`nengo.Tanh`) are spikes.
    image_spikes : dict of str to (n_images,) array
        Spikes of each population during each image, of either sign; empty for ``"rate"``.
    rasters : dict of str to (n_spikes, 3) array of int32
        Single spikes as rows (image, step, neuron), of the images that were asked for.
    seconds : float
        Wall-clock time of the run without building, in seconds.
    build_seconds : float
        Wall-clock time of building the simulator, in seconds.
    n_asked : int
        Images the run was asked for; more than ``n_images`` if it was interrupted.
    notes : tuple of str
        What the reader of the numbers must know, e.g. what was changed for a chip.

    Raises
    ------
    ValidationError
        If the arrays do not fit each other.
    """

    simulator: str
    model: str
    presentation: Presentation | None
    outputs: np.ndarray
    layer_rates: Mapping[str, np.ndarray]
    image_spikes: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    rasters: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    build_seconds: float = 0.0
    n_asked: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.outputs.ndim != 3:
            raise ValidationError(
                f"outputs have shape {self.outputs.shape}; expected (image, step, class)"
            )
        steps = 1 if self.presentation is None else self.presentation.n_steps
        if self.outputs.shape[1] != steps:
            raise ValidationError(f"outputs have {self.outputs.shape[1]} steps; expected {steps}")
        for name, spikes in self.image_spikes.items():
            if len(spikes) != self.n_images:
                raise ValidationError(
                    f"population {name!r}: spikes of {len(spikes)} images; expected {self.n_images}"
                )
        object.__setattr__(self, "n_asked", self.n_asked or self.n_images)

    @property
    def n_images(self) -> int:
        """Images that were run to their end."""
        return self.outputs.shape[0]

    @property
    def is_complete(self) -> bool:
        """Whether the run got through all the images it was asked for."""
        return self.n_images == self.n_asked

    @property
    def n_steps(self) -> int:
        """Steps per image."""
        return self.outputs.shape[1]

    @property
    def spikes_per_image(self) -> float | None:
        """Mean number of spikes in the whole network per image; None without spikes."""
        if not self.image_spikes:
            return None
        return float(sum(spikes.mean() for spikes in self.image_spikes.values()))

    @property
    def mean_rate(self) -> float:
        """Mean firing rate over all neurons of the network, in Hz."""
        return float(np.concatenate([np.ravel(r) for r in self.layer_rates.values()]).mean())

    def scores(self, t_c: float | None = None, t_p: float | None = None) -> np.ndarray:
        """Mean output over ``[t_c, t_p)``, shape ``(image, class)``.

        Parameters
        ----------
        t_c, t_p : float, optional
            Window in seconds; the presentation's own by default.
        """
        if self.presentation is None:
            return self.outputs[:, 0]
        window = dataclasses.replace(
            self.presentation,
            t_c=self.presentation.t_c if t_c is None else t_c,
            t_p=self.presentation.t_p if t_p is None else t_p,
        )
        if window.n_steps > self.n_steps:
            raise ValidationError(
                f"t_p = {window.t_p} s is longer than the run's {self.presentation.t_p} s"
            )
        return self.outputs[:, window.c_steps : window.n_steps].mean(axis=1)

    def predictions(self, t_c: float | None = None, t_p: float | None = None) -> np.ndarray:
        """Class with the largest mean output over ``[t_c, t_p)``, shape ``(image,)``."""
        return self.scores(t_c, t_p).argmax(axis=1)

    def accuracy_grid(self, labels: np.ndarray) -> np.ndarray:
        """Accuracy for every window, from this one run.

        Parameters
        ----------
        labels : (n_images,) array of int
            True classes.

        Returns
        -------
        grid : (n_steps, n_steps + 1) array
            ``grid[c, p]`` is the accuracy averaging over steps ``c <= step < p``; NaN where
            ``c >= p``.
        """
        total = np.zeros((self.n_images, self.n_steps + 1, self.outputs.shape[2]))
        np.cumsum(self.outputs, axis=1, out=total[:, 1:])
        grid = np.full((self.n_steps, self.n_steps + 1), np.nan)
        for p in range(1, self.n_steps + 1):
            answers = (total[:, p : p + 1] - total[:, :p]).argmax(axis=2)
            grid[:p, p] = (answers == labels[:, None]).mean(axis=0)
        return grid

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        rates = ", ".join(f"{k} {v.mean():.1f}" for k, v in self.layer_rates.items())
        spikes = self.spikes_per_image
        return html_card(
            f"{self.model} in {self.simulator}, {self.n_images:,} images",
            [
                ("presentation", self.presentation),
                ("rates [Hz]", rates or None),
                ("spikes per image", None if spikes is None else f"{spikes:,.0f}"),
                ("single spikes kept of", f"{len(self._drawn())} images" if self.rasters else None),
                ("notes", "; ".join(self.notes) or None),
            ],
        )

    def _drawn(self) -> np.ndarray:
        """Images of which single spikes are kept and there are any."""
        return np.unique(np.concatenate([rows[:, 0] for rows in self.rasters.values()]))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically. Returns its path."""
        header = {
            "simulator": self.simulator,
            "model": self.model,
            "presentation": None if self.presentation is None else self.presentation.to_dict(),
            "seconds": self.seconds,
            "build_seconds": self.build_seconds,
            "n_asked": self.n_asked,
            "notes": list(self.notes),
        }
        arrays: dict[str, Any] = {"run/outputs": self.outputs}
        for group in ("layer_rates", "image_spikes", "rasters"):
            arrays.update({f"{group}/{k}": v for k, v in getattr(self, group).items()})
        return write_record(path, "SpikeRecord", header, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SpikeRecord:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer."""
        header, arrays = read_record(path, "SpikeRecord")
        with damage_reported(path):
            groups = grouped(arrays)
            timing = header.pop("presentation")
            header["notes"] = tuple(header["notes"])
            return cls(
                presentation=None if timing is None else Presentation(**timing),
                outputs=groups["run"]["outputs"],
                layer_rates=groups["layer_rates"],
                image_spikes=groups.get("image_spikes", {}),
                rasters=groups.get("rasters", {}),
                **header,
            )
