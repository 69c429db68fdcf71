"""Event data: streams of pixels that became brighter or darker, their files, and their frames."""

from .binning import Binning
from .event_file import EventFile, read_events
from .films import EventFilms
from .moving import saccades, signed_events
from .value import Events

__all__ = [
    "Binning",
    "EventFile",
    "EventFilms",
    "Events",
    "read_events",
    "saccades",
    "signed_events",
]
