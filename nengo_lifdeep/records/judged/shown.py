"""Which pictures a record is of, and what is judged of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...datasets.checks.images import checked_images
from ...datasets.fingerprints import are_other_images, images_fingerprint
from ...datasets.series import Series
from ...datasets.split import Split
from ...errors import ValidationError
from ...inputs.inputs import Inputs
from ...support.words.counted import counted
from ..spikes import SpikeRecord

__all__ = ["shown_fingerprint", "with_images"]


def shown_fingerprint(images: Split | None, record: SpikeRecord) -> str:
    """Fingerprint of the images that were judged: of those given, else what the record says.

    Parameters
    ----------
    images : Split or None
        What was shown, at least as many as were recorded.
    record : SpikeRecord
        What a simulator returned.

    Raises
    ------
    ValidationError
        If there are fewer, or the record is of other images.
    """
    n = record.n_images
    if images is None:
        return record.shown_images
    if len(images) < n:
        raise ValidationError(
            f"images are {counted(len(images), 'image')}; expected the record's {n}"
        )
    found = images.first(n).fingerprint
    if are_other_images(record.shown_images, found):
        raise ValidationError(
            f"the record is of {counted(n, 'image')} with the fingerprint {record.shown_images}; "
            f"that of the first {n:,} given is {found}: other pictures, or the same in another "
            "order. Give the images, labels or targets of the run; if the record may stand for "
            'these pictures, give dataclasses.replace(record, shown_images="")'
        )
    return found


def with_images(record: SpikeRecord, images: Any) -> SpikeRecord:
    """The record with the fingerprint of its images, as far as they have one.

    Parameters
    ----------
    record : SpikeRecord
        What a simulator gave.
    images : Split, Series, array or Inputs
        As of `run`.
    """
    n = record.n_images
    if isinstance(images, Series) and not images.at_every_step:
        images = images.split
    if isinstance(images, Split) and n:
        return dataclasses.replace(record, shown_images=images.first(n).fingerprint)
    if isinstance(images, Split | Series | Inputs) or np.ndim(images) not in (2, 4) or not n:
        return record
    shown = checked_images(np.asarray(images)[:n], "images", any_range=True)
    return dataclasses.replace(record, shown_images=images_fingerprint(shown))
