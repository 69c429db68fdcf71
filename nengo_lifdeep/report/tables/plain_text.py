"""Text that came from a file, made to read as text in Markdown and in HTML, never as markup."""

from __future__ import annotations

from ...support.consoles import visible

__all__ = ["as_code", "as_text"]


def as_text(text: object) -> str:
    """Text for a line of Markdown: no HTML, no link, no picture, no second line.

    Names of networks, classes, layers and files are somebody else's text. A Markdown viewer would
    run HTML in them and load pictures.

    Parameters
    ----------
    text : object
        What ``str`` makes of it is shown.

    Examples
    --------
    >>> as_text("<img src=x onerror=alert(1)> ![a](http://b)")
    '&lt;img src=x onerror=alert(1)> ![a]\\\\(http://b)'
    """
    line = _one_line(text).replace("<", "&lt;")
    # a backtick could end the code that follows, and "]:" makes a link of every "[...]"
    for markup, shown in (("](", "]\\("), ("]:", "]\\:"), ("`", "\\`")):
        line = line.replace(markup, shown)
    return line


def as_code(text: object) -> str:
    """Text as inline code; a backtick, which would end it, becomes an apostrophe.

    Parameters
    ----------
    text : object
        The text.

    Examples
    --------
    >>> as_code("lifdeep train --out `a`")
    "`lifdeep train --out 'a'`"
    """
    return f"`{_one_line(text).replace('`', chr(39))}`"


def _one_line(text: object) -> str:
    return visible(" ".join(str(text).split()))
