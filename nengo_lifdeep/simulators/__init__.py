"""One interface, several ways to run a spiking network; each is imported when it is used."""

from .base import SIMULATORS, Options, complete, get_simulator, run

__all__ = ["SIMULATORS", "Options", "complete", "get_simulator", "run"]
