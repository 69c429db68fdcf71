"""Energy of networks: exact counts of events, joules on named devices, the papers' accounting.

Counts are exact; joules are estimates, counts times published figures of one event each.
"""

from .counts import Counts, count, events_per_image
from .devices import DEVICES, Device
from .published import PublishedCost, published_cost, synapses_after

__all__ = [
    "DEVICES",
    "Counts",
    "Device",
    "PublishedCost",
    "count",
    "events_per_image",
    "published_cost",
    "synapses_after",
]
