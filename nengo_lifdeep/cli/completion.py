"""What the Tab key offers as values of options."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["data_sets", "devices", "models", "networks", "of_the_paper", "offered", "papers"]


def offered(values: Iterable[str]) -> Callable[[str], list[str]]:
    """A function that gives the values which begin as typed.

    Parameters
    ----------
    values : iterable of str
        The values there are.

    Examples
    --------
    >>> offered(["rate", "events"])("e")
    ['events']
    """
    known = list(values)
    return lambda incomplete: [value for value in known if value.startswith(incomplete)]


def data_sets(incomplete: str) -> list[str]:
    """Names of data sets.

    Parameters
    ----------
    incomplete : str
        What was typed.
    """
    from ..datasets import NAMES

    return offered(NAMES)(incomplete)


def networks(incomplete: str) -> list[str]:
    """Names of architectures.

    Parameters
    ----------
    incomplete : str
        What was typed.
    """
    from ..layers.named import NAMES

    return offered(NAMES)(incomplete)


def devices(incomplete: str) -> list[str]:
    """Names of devices whose energy is estimated.

    Parameters
    ----------
    incomplete : str
        What was typed.
    """
    from ..energy import DEVICES

    return offered(DEVICES)(incomplete)


def papers(incomplete: str) -> list[str]:
    """Names of papers whose experiments can be run again.

    Parameters
    ----------
    incomplete : str
        What was typed.
    """
    from ..experiments import NAMES

    return offered(NAMES)(incomplete)


def of_the_paper(what: str) -> Callable[[Any, str], list[str]]:
    """A function that gives what the paper on the command line has.

    Parameters
    ----------
    what : str
        Name in the paper's module: ``"DATASETS"``, ``"TABLES"``, ``"FIGURES"``, ``"NETWORKS"`` or
        ``"NOISES"``.
    """

    def complete(ctx: Any, incomplete: str) -> list[str]:
        from ..experiments import NAMES, experiment, figures

        # a line that is not finished is not parsed to its end: arguments are among its words
        paper = next((word for word in (ctx.params.get("paper"), *ctx.args) if word in NAMES), None)
        if paper is None:
            return []
        found = getattr(experiment(paper), what, None)
        if found is None:
            found = figures.FIGURES if what == "FIGURES" else ()
        return offered([*found, *(["all"] if what == "FIGURES" and found else [])])(incomplete)

    return complete


def models(incomplete: str) -> list[str]:
    """Networks that come with the package, and files of networks in this folder.

    Parameters
    ----------
    incomplete : str
        What was typed.
    """
    from pathlib import Path

    from ..pretrained import NAMES

    if "/" in incomplete:  # a path, which shells complete themselves
        return []
    files = [path.name for path in sorted(Path().iterdir()) if path.suffix.lower() in SUFFIXES]
    return offered([*NAMES, *files])(incomplete)


#: of files that commands take as networks
SUFFIXES = (".lifdeep", ".keras", ".h5", ".onnx", ".nir", ".pt2")
