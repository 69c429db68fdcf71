"""The interface of a paper's plan that tables and figures use."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from .trial import Trial

__all__ = ["Plan"]

#: (tau_s, t_c, t_p) in seconds or milliseconds, as the tables have them
Times = tuple[float, float, float]


class Plan(Protocol):
    """A data set, its recipe and seeds, and the trials they make: a `Reproduction`.

    Attributes
    ----------
    dataset, data_name : str
        The data set's name, and how titles write it.
    seeds : int
        Trainings of a row, with seeds from 0.
    n_images : int or None
        Test images that are judged; None for all.
    noises : tuple of str
        Names of the noise models of the noise table.
    progress, validation : bool
        Whether progress is shown, and whether held-out images are judged instead of test images.
    where : Path
        Folder of the trials.
    recipe : Recipe
        What is trained, and how.
    spiking : (float, float, float)
        ``(tau_s, t_c, t_p)`` of the spiking rows.
    n_published : int
        Test images that published errors were measured on.
    published_errors : tuple
        The paper's errors of ReLU, SoftLIF and spikes; None where it states none.
    """

    @property
    def dataset(self) -> str: ...
    @property
    def seeds(self) -> int: ...
    @property
    def n_images(self) -> int | None: ...
    @property
    def noises(self) -> tuple[str, ...]: ...
    @property
    def progress(self) -> bool: ...
    @property
    def validation(self) -> bool: ...
    @property
    def where(self) -> Path: ...
    @property
    def recipe(self) -> Any: ...
    @property
    def spiking(self) -> Times: ...
    @property
    def n_published(self) -> int: ...
    @property
    def data_name(self) -> str: ...
    @property
    def published_errors(self) -> tuple[float | None, float | None, float | None]: ...
    def main(self, seed: int = 0) -> Trial:
        """The SoftLIF network with alpha-RC noise."""
        ...

    def relu(self, seed: int = 0) -> Trial:
        """The same network with rectified linear neurons."""
        ...

    def noisy(self, noise: str, seed: int) -> Trial:
        """The SoftLIF network with one of the noises."""
        ...

    def trade_off_protocols(self) -> dict[Times, tuple[Any, Any]]:
        """Published error and efficiency of each protocol of the table of times."""
        ...

    def how(self) -> tuple[str, ...]:
        """How the networks were trained, tested and chosen, for the notes."""
        ...

    def networks(self) -> str:
        """How many networks a mean is taken over, in words."""
        ...
