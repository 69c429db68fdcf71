"""Whether a network is the one that a record is of."""

from __future__ import annotations

from typing import Any

from ...errors import ValidationError
from ...weights.fingerprints import are_other_weights

__all__ = ["require_network"]


def require_network(record: Any, model: Any) -> None:
    """Refuse a network of other weights, as far as both are known.

    Parameters
    ----------
    record : SpikeRecord
        Of a run.
    model : SpikingModel
        The network that is said to have run.

    Raises
    ------
    ValidationError
        If they are of two trainings, or one of them was rounded since.
    """
    if not are_other_weights(record.trained_weights, model.trained_weights):
        return
    raise ValidationError(
        f"the record is of the weights {record.trained_weights}; those of network {model.name!r} "
        f"are {model.trained_weights}: another training, or rounded ones. Give the network that "
        "ran, or run this one; if the record may stand for it, give "
        'dataclasses.replace(record, trained_weights="")'
    )
