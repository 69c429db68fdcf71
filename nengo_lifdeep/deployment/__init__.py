"""Deploy a network to the Loihi chip with one call: plan, check, compile, emulate."""

from .deployment import Deployment
from .planning import deploy
from .rungs import ChipRung, chip_ladder, chip_rungs

__all__ = ["ChipRung", "Deployment", "chip_ladder", "chip_rungs", "deploy"]
