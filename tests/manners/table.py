"""Every public callable with a good call and the kind of each of its arguments."""

from __future__ import annotations

from collections.abc import Callable

from . import (
    table_events,
    table_functions,
    table_layers,
    table_local,
    table_methods,
    table_neurons,
    table_theta,
    table_values,
    table_weights,
)
from .judging import Entry

#: name -> how to build its entry, which is done when it is tried
TABLE: dict[str, Callable[[], Entry]] = {
    **table_values.TABLE,
    **table_events.TABLE,
    **table_layers.TABLE,
    **table_local.TABLE,
    **table_methods.TABLE,
    **table_neurons.TABLE,
    **table_theta.TABLE,
    **table_functions.TABLE,
    **table_weights.TABLE,
}
