"""`Settings`: what is asked of a paper's experiments, the same for every paper that trains."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import ClassVar

from ..datasets import load
from ..datasets.base import SUFFIX, Dataset, Split
from ..errors import ValidationError

__all__ = ["Settings"]


@dataclasses.dataclass(frozen=True)
class Settings:
    """Data, seeds and folder of a `Reproduction`, which is made of it.

    Parameters
    ----------
    dataset : str
        One of the paper's data sets.
    folder : Path
        Where networks and results are kept; an interrupted run continues from it.
    seeds : int
        Trainings per row.
    epochs : int, optional
        Instead of the recipes'.
    n_images : int, optional
        Test images to use; all by default.
    noises : tuple of str
        Rows of a table of noise, which most papers have not.
    progress : bool
        Whether to show progress bars.
    validation : bool
        Whether a sixth of the training images takes the place of the test images.
    draws : int
        Draws of initial voltages, where they are random.

    Raises
    ------
    ValidationError
        If the data set is unknown, or a table of noise is asked for that the paper has not.
    """

    #: as `lifdeep reproduce` has it
    PAPER: ClassVar[str] = ""
    #: names of the data sets that there are recipes for
    SETS: ClassVar[tuple[str, ...]] = ()
    #: names of the tables that can be asked for
    ASKED: ClassVar[tuple[str, ...]] = ()

    dataset: str
    folder: Path
    seeds: int = 3
    epochs: int | None = None
    n_images: int | None = None
    noises: tuple[str, ...] = ()
    progress: bool = True
    validation: bool = False
    draws: int = 1

    def __post_init__(self) -> None:
        if self.dataset not in self.SETS:
            raise ValidationError(
                f"there is no recipe for {self.dataset!r} of {self.PAPER}; expected "
                f"{' or '.join(self.SETS)}"
            )
        if self.noises:
            raise ValidationError(f"{self.PAPER} has no table of noise; leave {self.noises} out")

    @property
    def where(self) -> Path:
        """Folder of this data set's networks, results and tables."""
        return self.folder / (self.dataset + (SUFFIX if self.validation else ""))

    @property
    def data(self) -> Dataset:
        """The data set, with held-out images in place of test images where that is asked for."""
        data = load(self.dataset)
        return data.held_out() if self.validation else data

    @property
    def test_images(self) -> Split:
        """Test images, or as many of them as are asked for."""
        test = self.data.test
        return test if self.n_images is None else test.take(min(self.n_images, len(test)))

    @property
    def judged(self) -> str:
        """Which test images are used, for names of files."""
        return "all" if self.n_images is None else f"{self.n_images}-random"

    def require(self, table: str) -> None:
        """Refuse a table that the paper has not.

        Parameters
        ----------
        table : str
            Name of the table.

        Raises
        ------
        ValidationError
            If there is no such table; those there are are listed.
        """
        if table not in self.ASKED:
            raise ValidationError(
                f"{self.PAPER} has no table {table!r}; expected one of {', '.join(self.ASKED)}"
            )
