"""How connections were computed, spike by spike or in dense products, in words."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["way_notes"]


def way_notes(dense: Mapping[str, int], n_images: int) -> tuple[str, ...]:
    """Lines on the way that each connection was computed.

    Parameters
    ----------
    dense : dict of str to int
        Of how many images each connection was computed in dense products.
    n_images : int
        Images of the run.

    Examples
    --------
    >>> way_notes({"input -> conv1": 4, "conv1 -> output": 1}, 4)
    ('by dense products: input -> conv1', \
'by dense products for 25 % of the images: conv1 -> output')
    >>> way_notes({}, 4)
    ()
    """
    names = {0.0: "events", 1.0: "dense products"}
    connections: dict[str, list[str]] = {}
    for connection, images in dense.items():
        share = images / max(n_images, 1)
        way = names.get(share, f"dense products for {100 * share:.0f} % of the images")
        connections.setdefault(way, []).append(connection)
    if len(connections) == 1:
        return (f"all connections by {next(iter(connections))}",)
    return tuple(f"by {way}: {', '.join(found)}" for way, found in connections.items())
