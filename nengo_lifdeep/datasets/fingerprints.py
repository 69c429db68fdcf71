"""What pictures are told apart by: their pixels, or the files that they stay in."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..jobs.fingerprints import fingerprint, fingerprint_of
from .checks.images import unit_values

__all__ = ["are_other_images", "images_fingerprint"]

#: what the fingerprints of images that stay in their files begin with
_IN_FILES = "files-"

#: pixels that are looked at together (16 MiB as float32)
_PIXELS = 2**22


def images_fingerprint(images: Any) -> str:
    """Short name for pictures in their order; see `Split.fingerprint`.

    Parameters
    ----------
    images : (n, row, column, channel) or (n, frame, row, column, channel) array
        Images or films, uint8 or float32, or such that are read when they are needed.

    Examples
    --------
    >>> images = np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1)
    >>> images_fingerprint(images) == images_fingerprint(np.float32(images) / 255)
    True
    >>> images_fingerprint(images) == images_fingerprint(images[::-1])
    False
    """
    if getattr(images, "is_lazy", False):
        return _IN_FILES + fingerprint(images.identity)
    each = max(int(np.prod(images.shape[1:])), 1)
    at_once = max(_PIXELS // each, 1)  # of the shape alone: equal pictures, equal blocks

    def blocks() -> Any:
        for start in range(0, len(images), at_once):
            block = images[start : start + at_once]
            values = block if block.dtype.kind == "f" else unit_values(block)
            yield values.astype("<f4", copy=False) + np.float32(0)  # -0.0 is 0.0

    return fingerprint_of(blocks())


def are_other_images(one: str, other: str) -> bool:
    """Whether two fingerprints are surely of different pictures.

    Parameters
    ----------
    one, other : str
        Fingerprints. An empty one is not known; pixels and files cannot be compared.

    Examples
    --------
    >>> are_other_images("1f", "2e"), are_other_images("1f", ""), are_other_images("1f", "files-2e")
    (True, False, False)
    """
    kinds = {each.startswith(_IN_FILES) for each in (one, other)}
    return "" not in (one, other) and len(kinds) == 1 and one != other
