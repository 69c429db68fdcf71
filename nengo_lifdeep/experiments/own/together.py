"""The trainings of one recipe side by side, as one network."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.stats

from ...datasets import Split
from ...errors import ModelFileError, ValidationError
from ...jobs.local import Job
from ...loihi.board import BOARDS
from ...models import TrainedModel
from ...models.side_by_side import committee
from ...weights.fingerprints import are_other_weights
from .conversion import Conversion
from .trial import Trial

__all__ = ["Committee"]


@dataclasses.dataclass(frozen=True)
class Committee(Trial):
    """The `committee` of some trainings, and its files.

    Parameters
    ----------
    members : tuple of Trial
        The trainings, in the order of their seeds; at least two.
    """

    members: tuple[Trial, ...] = ()

    @classmethod
    def of(cls, trials: list[Trial]) -> Committee:
        """Of all trainings of a table, its files in a folder beside theirs.

        Parameters
        ----------
        trials : list of Trial
            The trainings.

        Raises
        ------
        ValidationError
            If there are fewer than two, or the images that each leaves out are to be judged:
            others were trained on them.
        """
        if len(trials) < 2:
            raise ValidationError(
                f"a committee of {len(trials)} training; expected at least two: --seeds 3"
            )
        if trials[0].validation:
            raise ValidationError(
                "a committee is judged by test images only: of the images that one training "
                "leaves out, the others were trained on most. Leave --validation out"
            )
        first = trials[0]
        given = {f.name: getattr(first, f.name) for f in dataclasses.fields(Trial)}
        given["folder"] = first.folder.with_name(f"seeds0-{len(trials) - 1}")
        board = _board_for(len(trials), first.recipe.board)
        given["recipe"] = dataclasses.replace(first.recipe, board=board)
        return cls(**given, members=tuple(trials))

    @property
    def held(self) -> Split:
        """Refused: no image was left out by all members."""
        raise ValidationError("no training image was left out by all members of a committee")

    @property
    def seeds(self) -> str:
        """Those of the members."""
        return ", ".join(str(member.seed) for member in self.members)

    @property
    def who(self) -> str:
        """What it is called."""
        return f"committee of {len(self.members)}"

    @property
    def hours(self) -> float:
        """Of all members' trainings, by the clock."""
        return sum(member.hours for member in self.members)

    @property
    def origin(self) -> str:
        """What it is made of."""
        return f"the trainings of seeds {self.seeds}"

    def trained(self) -> TrainedModel:
        """The network, from its file.

        Raises
        ------
        ModelFileError
            If a member was trained anew since.
        """
        found = super().trained()
        own = [member.trained().fingerprint for member in self.members]
        known = found.provenance.get("members", [])
        if len(known) != len(own) or any(map(are_other_weights, known, own)):
            raise ModelFileError(
                f"{self.network} is of the weights {known}, its members "
                f"have {own}: some were trained anew since. Remove the folder {self.folder}, and "
                "it is made and measured again"
            )
        return found

    def job(self, kind: str, work: float, *given: Conversion) -> Job:
        """As of `Trial`; its "train" puts the members together.

        Parameters
        ----------
        kind, work, *given
            As of `Trial`.
        """
        found = super().job(kind, work, *given)
        if kind != "train":
            return found
        needs = tuple(member.network for member in self.members)
        return dataclasses.replace(found, kind="join", needs=needs)

    def run(self, kind: str, conversion: Conversion | None = None) -> None:
        """As of `Trial`.

        Parameters
        ----------
        kind, conversion
            As of `Trial`.
        """
        if kind == "train":
            committee([member.trained() for member in self.members]).save(self.network)
            return
        super().run(kind, conversion)

    def beside_its_members(self) -> str:
        """How often it is right in rates where a member is wrong, with the exact p (McNemar)."""
        own = self.evaluation("rates")
        parts = []
        for member in self.members:
            other = member.evaluation("rates")
            better = int(
                np.sum((own.predictions == own.labels) & (other.predictions != own.labels))
            )
            worse = int(np.sum((own.predictions != own.labels) & (other.predictions == own.labels)))
            p = scipy.stats.binomtest(better, better + worse).pvalue if better + worse else 1.0
            parts.append(f"seed {member.seed} {better} and {worse} (p = {p:.2g})")
        return (
            "images at which the committee alone is right in rates, and the member alone, with "
            f"the two-sided p of McNemar's exact test: {'; '.join(parts)}"
        )

    @property
    def _first(self) -> Trial:
        return self.members[0]


def _board_for(n: int, board: str) -> str:
    """The smallest board with room for as many networks as fill another; else the largest."""
    needed = n * BOARDS[board].n_cores
    by_size = sorted(BOARDS.values(), key=lambda each: each.n_cores)
    large = [each.name for each in by_size if each.n_cores >= needed]
    return large[0] if large else by_size[-1].name
