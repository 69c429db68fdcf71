"""A number and what it counts: 1 image, 2 images."""

from __future__ import annotations

__all__ = ["counted"]


def counted(n: float, noun: str, plural: str | None = None) -> str:
    """The number with the noun in its singular or plural.

    Parameters
    ----------
    n : int
        How many.
    noun : str
        Of one.
    plural : str, optional
        Of several; by default the noun and "s".

    Examples
    --------
    >>> counted(1, "image"), counted(0, "image"), counted(10_000, "image")
    ('1 image', '0 images', '10,000 images')
    >>> counted(2, "class", "classes")
    '2 classes'
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"
