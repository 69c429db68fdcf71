"""One call from a network to the chip: planned, checked, compiled, emulated."""

from .deployment import Deployment, deploy
from .rungs import ChipRung, chip_ladder, chip_rungs

__all__ = ["ChipRung", "Deployment", "chip_ladder", "chip_rungs", "deploy"]
