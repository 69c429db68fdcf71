"""What a Loihi core, chip and board can hold: the limits, each with its source."""

from __future__ import annotations

import dataclasses

from ..errors import ValidationError
from ..support.checks import shown

__all__ = ["BOARDS", "CORE_LIMITS", "REFRACTORY_STEPS", "SYNAPSE_FORMATS", "Board", "as_board"]

#: Limits of one core. nengo-loihi 1.1: `block.py`.
CORE_LIMITS = {
    "compartments": 1024,
    "in_axons": 4096,
    "out_axons": 4096,
    "synapse_bits": 16384 * 64,
}

#: Distinct formats of synapses one core can hold. nengo-loihi 1.1: `hardware/validate.py`; asserted
#: for the board only, never by the emulator.
SYNAPSE_FORMATS = 7

#: Longest refractory period in steps, 6 bits. nengo-loihi 1.1: `hardware/validate.py`; asserted for
#: the board only, never by the emulator.
REFRACTORY_STEPS = 63


@dataclasses.dataclass(frozen=True)
class Board:
    """Chips in one place.

    Parameters
    ----------
    name : str
        For tables.
    n_chips : int
        Loihi chips on it.
    cores_per_chip : int
        Neuromorphic cores of each chip.
    spikes_per_step : int
        Spikes that the host can send into one chip in a step while it answers at once (nengo-loihi
        1.1: ``snip_max_spikes_per_step``); the rest is dropped with a warning.

    Examples
    --------
    >>> Board("two chips", 2).n_cores
    256
    """

    name: str
    n_chips: int
    cores_per_chip: int = 128
    spikes_per_step: int = 50

    def __post_init__(self) -> None:
        for field in ("n_chips", "cores_per_chip", "spikes_per_step"):
            value = getattr(self, field)
            if not isinstance(value, int) or value < 1:
                raise ValidationError(f"Board.{field} is {value!r}; expected a whole number >= 1")

    @property
    def n_cores(self) -> int:
        """Cores of all chips."""
        return self.n_chips * self.cores_per_chip


#: Boards by name. "loihi" has the two chips that nengo-loihi takes by default (a Kapoho Bay);
#: chips per board: Davies et al. 2021, "Advancing neuromorphic computing with Loihi", section II.
BOARDS = {
    board.name: board
    for board in (
        Board("loihi", 2),
        Board("kapoho-bay", 2),
        Board("nahuku-8", 8),
        Board("nahuku-32", 32),
    )
}


def as_board(board: Board | str) -> Board:
    """A board from its name.

    Parameters
    ----------
    board : Board or str
        The board or its name.

    Raises
    ------
    ValidationError
        If there is no board of that name; the message lists the names.
    """
    if isinstance(board, Board):
        return board
    if not isinstance(board, str) or board not in BOARDS:
        raise ValidationError(
            f"there is no board {shown(board)}; expected one of {', '.join(BOARDS)}, or a Board"
        )
    return BOARDS[board]
