"""Text for consoles: characters they do not know as twins in ASCII, and none that steers them."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Any

__all__ = ["be_printable", "printable", "visible"]

_TWINS = {
    "–": "-", "—": "-", "−": "-", "µ": "u", "μ": "u", "×": "x", "±": "+-", "·": ".", "…": "...",
    "≤": "<=", "≥": ">=", "→": "->", "‘": "'", "’": "'", "“": '"', "”": '"', "━": "-", "─": "-",
}  # fmt: skip

#: what steers a terminal or turns the order of reading around: control characters, marks of
#: direction, breaks of lines, and halves of characters, which no file takes
_STEERING = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)

#: name of the way to treat what an encoding cannot say
_ERRORS = "nengo_lifdeep.ascii"


def printable(text: str, encoding: str | None) -> str:
    """The text as a console of this encoding can print it.

    Parameters
    ----------
    text : str
        The text.
    encoding : str or None
        Encoding of the console.

    Examples
    --------
    >>> printable("0.43–2.83 µJ, Höppner", "ascii")
    '0.43-2.83 uJ, Hoppner'
    >>> printable("0.43–2.83 µJ", "utf-8")
    '0.43–2.83 µJ'
    """
    encoding = encoding or "ascii"
    return text.encode(encoding, _ERRORS).decode(encoding)


def visible(text: object, keep: str = "") -> str:
    """Text that came from a file or a name, as a terminal can show it without obeying it.

    Names of networks, classes, layers and files are somebody else's text. Escape sequences in them
    would clear the screen, set its title, or hide what stands there.

    Parameters
    ----------
    text : object
        What ``str`` makes of it is shown.
    keep : str
        Control characters that stay, e.g. ``"\\n"`` for text of several lines.

    Examples
    --------
    >>> print(visible("a \\x1b[2J network"))
    a \\x1b[2J network
    """
    return _STEERING.sub(
        lambda found: found[0] if found[0] in keep else ascii(found[0])[1:-1], str(text)
    )


def be_printable(stream: Any) -> None:
    """Have a stream print the twins of what its encoding cannot say.

    Parameters
    ----------
    stream : text file
        The stream, e.g. `sys.stdout`.
    """
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
