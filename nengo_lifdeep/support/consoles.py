"""Text for consoles that know few characters: their twins in ASCII instead of an error."""

from __future__ import annotations

import codecs
import unicodedata
from typing import Any

__all__ = ["be_printable", "printable"]

_TWINS = {
    "–": "-", "—": "-", "−": "-", "µ": "u", "μ": "u", "×": "x", "±": "+-", "·": ".", "…": "...",
    "≤": "<=", "≥": ">=", "→": "->", "‘": "'", "’": "'", "“": '"', "”": '"', "━": "-", "─": "-",
}  # fmt: skip

#: name of the way to treat what an encoding cannot say
_ERRORS = "nengo_lifdeep.ascii"


def printable(text: str, encoding: str | None) -> str:
    """The text as a console of this encoding can print it.

    Examples
    --------
    >>> printable("0.43–2.83 µJ, Höppner", "ascii")
    '0.43-2.83 uJ, Hoppner'
    >>> printable("0.43–2.83 µJ", "utf-8")
    '0.43–2.83 µJ'
    """
    encoding = encoding or "ascii"
    return text.encode(encoding, _ERRORS).decode(encoding)


def be_printable(stream: Any) -> None:
    """Have a stream print the twins of what its encoding cannot say."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors=_ERRORS)


def _twins(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_twin, error.object[error.start : error.end])), error.end


def _twin(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return _TWINS.get(character) or plain or "?"


codecs.register_error(_ERRORS, _twins)
