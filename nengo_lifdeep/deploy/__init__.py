"""One call from a network to the chip: planned, checked, compiled, emulated."""

from .deployment import Deployment, deploy
from .ladder import ChipRung, chip_ladder

__all__ = ["ChipRung", "Deployment", "chip_ladder", "deploy"]
