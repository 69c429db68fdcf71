"""How a network that was trained on its spikes saw images, which is how it is shown them later."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Mapping
from typing import Any

from ..errors import ValidationError
from .coding import BernoulliCoding, Coding, ConstantCoding, LatencyCoding, PoissonCoding
from .presentation import Presentation
from .recommended import Recommended

__all__ = [
    "SHOWN",
    "coding_as_trained",
    "coding_record",
    "is_as_trained",
    "own_times",
    "shown_as",
    "was_trained_on_spikes",
]

#: what of a network's provenance says how it is shown images: a training on spikes, `Recommended`
SHOWN = ("spikes", "recommended")

_KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (BernoulliCoding, PoissonCoding, LatencyCoding, ConstantCoding)
}


def was_trained_on_spikes(provenance: Mapping[str, Any]) -> bool:
    """Whether a network was trained on its spikes, by ``train(method=SpikeBased(...))``.

    Parameters
    ----------
    provenance : dict
        Of the trained network, or of the converted one.
    """
    return isinstance(provenance.get("spikes"), Mapping)


def coding_record(coding: Coding | None) -> dict[str, Any] | None:
    """A coding as JSON: its class and numbers, or the text alone of one that is a function.

    Parameters
    ----------
    coding : Coding or None
        The coding.

    Examples
    --------
    >>> coding_record(BernoulliCoding(max_rate=1000.0))
    {'type': 'BernoulliCoding', 'max_rate': 1000.0, 'seed': 0}
    """
    if coding is None:
        return None
    kind = type(coding).__name__
    if _KINDS.get(kind) is not type(coding):
        return {"type": kind, "text": str(coding)}
    fields = {f.name: getattr(coding, f.name) for f in dataclasses.fields(coding)}  # type: ignore[arg-type]
    return {"type": kind, **fields}


def coding_as_trained(provenance: Mapping[str, Any]) -> Coding | None:
    """The coding with which a network was trained on its spikes; None for constant images.

    Parameters
    ----------
    provenance : dict
        Of the trained network, or of the converted one.

    Raises
    ------
    ValidationError
        If the network was not trained on its spikes, or its coding is a function, of which a file
        knows the name only.

    Examples
    --------
    >>> spikes = {"coding": {"type": "BernoulliCoding", "max_rate": 500.0, "seed": 3}}
    >>> coding_as_trained({"spikes": spikes})
    BernoulliCoding(max_rate=500.0, seed=3)
    """
    if not was_trained_on_spikes(provenance):
        raise ValidationError(
            "the network was not trained on its spikes, and so with no coding; choose coding=..."
        )
    record = provenance["spikes"].get("coding")
    if record is None:
        return None
    found = _of_text(record) if isinstance(record, str) else dict(record)
    kind = found.pop("type", None)
    if kind not in _KINDS or "text" in found:
        raise ValidationError(
            f"the network was trained with coding {found.get('text', record)}, which a file cannot "
            "hold; give it again with coding=..., or coding=ConstantCoding() for constant images"
        )
    try:
        coding: Coding = _KINDS[kind](**found)
    except TypeError as error:
        raise ValidationError(f"coding of the training is {record!r}: {error}") from error
    return coding


def _of_text(text: str) -> dict[str, Any]:
    """The record of a coding from its `repr`, as files of before hold it."""
    try:
        call = ast.parse(text, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
            return {"text": text}
        fields = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError):
        return {"text": text}
    return {"type": call.func.id, **fields}


def is_as_trained(provenance: Mapping[str, Any], coding: Coding | None) -> bool:
    """Whether a network was trained on its spikes with this coding.

    Parameters
    ----------
    provenance : dict
        Of the network.
    coding : Coding or None
        What it is shown with.
    """
    if not was_trained_on_spikes(provenance):
        return False
    known = provenance["spikes"].get("coding")
    return known in (coding_record(coding), None if coding is None else str(coding))


def own_times(provenance: Mapping[str, Any], usual: Presentation | None = None) -> Presentation:
    """The times of a network: of its training on spikes, or its `Recommended` ones.

    Parameters
    ----------
    provenance : dict
        Of the network.
    usual : Presentation, optional
        Those of networks that have none of their own; by default ``Presentation()``.

    Raises
    ------
    ValidationError
        If its `Recommended` settings make no sense.

    Examples
    --------
    >>> own_times(Recommended(t_c=0.02, t_p=0.06).noted({})).t_p
    0.06
    """
    if was_trained_on_spikes(provenance):
        return Presentation.as_trained(provenance)
    known = Recommended.of(provenance)
    if known is not None:
        return known.presentation
    return Presentation() if usual is None else usual


def shown_as(
    provenance: Mapping[str, Any],
    presentation: Presentation | None,
    coding: Coding | None,
    *,
    over_time: bool = False,
) -> tuple[Presentation, Coding | None]:
    """Timing and coding of a run: what is given, else the network's own, else the usual ones.

    A network's own are those of its training on spikes, or its `Recommended` times.

    Parameters
    ----------
    provenance : dict
        Of the network.
    presentation : Presentation or None
        What was asked for.
    coding : Coding or None
        What was asked for.
    over_time : bool
        Whether the images change over time already, or cannot: then no coding is added.

    Raises
    ------
    ValidationError
        If the network was trained on its spikes with a coding that a file cannot hold, and none is
        given.

    Examples
    --------
    >>> spikes = {"n_steps": 50, "dt": 0.001, "leak": 1.0, "coding": None}
    >>> shown_as({"spikes": spikes}, None, None)[0].t_p
    0.05
    >>> shown_as({}, None, None)[0].t_p
    0.1
    """
    if over_time:
        return presentation or Presentation(), coding
    timing = presentation or own_times(provenance)
    if coding is None and was_trained_on_spikes(provenance):
        coding = coding_as_trained(provenance)
    return timing, coding
