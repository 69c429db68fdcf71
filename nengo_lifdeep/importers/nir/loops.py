"""Loops of a NIR graph: neurons that drive themselves, a step later."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...errors import UnsupportedLayerError

__all__ = ["cut_loops"]

Sources = dict[str, list[str]]


def cut_loops(
    sources: Mapping[str, list[str]], neurons: Collection[str]
) -> tuple[Sources, dict[str, list[str]]]:
    """A graph without the edges that close loops, and those edges.

    A loop that is cut leads from one node of neurons through linear nodes back to it, and nothing
    else leads into it. All others are left, and refused where nodes are put into order.

    Parameters
    ----------
    sources : dict of str to list of str
        What each node hears.
    neurons : collection of str
        The nodes that spike.

    Returns
    -------
    sources : dict of str to list of str
        Without what neurons hear of themselves.
    back : dict of str to list of str
        By node of neurons: what it hears of itself; only nodes that do.

    Raises
    ------
    UnsupportedLayerError
        If a node of such a loop hears others too; it names the nodes.

    Examples
    --------
    >>> heard = {"lif": ["input", "weights"], "weights": ["lif"], "output": ["lif"]}
    >>> cut_loops({"input": [], **heard}, ["lif"])[1]
    {'lif': ['weights']}
    """
    listeners: Sources = {name: [] for name in sources}
    for name, heard in sources.items():
        for each in heard:
            listeners[each].append(name)
    cut: Sources = {name: list(heard) for name, heard in sources.items()}
    back: Sources = {}
    for name in neurons:
        loop = _reached(name, listeners, neurons) & _reached(name, sources, neurons)
        closing = [each for each in sources[name] if each in loop or each == name]
        if not closing:
            continue
        for each in sorted(loop):
            others = set(sources[each]) - loop - {name}
            if others:
                raise UnsupportedLayerError(
                    f"node {each!r} leads from neurons {name!r} back to them, and hears "
                    f"{', '.join(map(repr, sorted(others)))} too; what neurons hear of themselves "
                    "comes a step later: give the others a node of their own"
                )
        back[name] = closing
        cut[name] = [each for each in sources[name] if each not in closing]
    return cut, back


def _reached(start: str, following: Mapping[str, list[str]], neurons: Collection[str]) -> set[str]:
    """Linear nodes that are reached through linear nodes."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for each in following[waiting.pop()]:
            if each not in found and each not in neurons:
                found.add(each)
                waiting.append(each)
    return found
