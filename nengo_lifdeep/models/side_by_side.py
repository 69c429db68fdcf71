"""Several trained networks side by side as one, which answers with the mean of their scores."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from nengo.neurons import NeuronType

from ..errors import ValidationError
from ..jobs.fingerprints import fingerprint
from ..layers.architecture import Architecture
from ..layers.joins import Branch, Join, Shortcut
from ..layers.layer import Layer
from ..layers.neurons import Neurons
from ..layers.normalizations import Scale
from ..neurons.parameters import neuron_to_dict
from ..support.checks import checked, each, instance, optional, shown, text
from ..weights.fingerprints import member_prefix
from .trained import TrainedModel

__all__ = ["committee"]

#: in provenance: what changes how a network is run, so that members have to agree
_RUN_WITH = ("spikes", "dt")

_SPIKES = "provenance['spikes']"
_REMEDIES = {
    "preprocessing": ". Train them with one: train(..., preprocessing=members[0].preprocessing)",
    _SPIKES: ". Train them with one: train(..., method=SpikeBased(...)), and one leak of neurons",
}

#: in provenance: what holds for all together where it holds for one
_OF_ANY = ("pixels", "max pooling")


@checked(members=each(instance(TrainedModel), "trained networks", least=2), name=optional(text))
def committee(members: Iterable[TrainedModel], name: str | None = None) -> TrainedModel:
    """One network of several that were trained apart, with the mean of their scores.

    Networks that differ in nothing but the seed of their training err at different images, so that
    their mean errs less often than each of them (Hansen & Salamon 1990, "Neural network
    ensembles"). The members stand side by side: each reads the image, and only their scores meet,
    as currents of the read-out. So it is an ordinary network of as many neurons, synapses and
    spikes as all members have together, for every simulator, the chip, and files.

    Parameters
    ----------
    members : iterable of TrainedModel
        At least two, of any layers, with the same input, preprocessing and classes.
    name : str, optional
        Of the network; by default the first member's with the number of members.

    Returns
    -------
    TrainedModel
        Its layers have the members' names after ``m1_``, ``m2_``, ... Of the provenance it has
        what all members share, so that settings for spikes stay where they are the same, and
        ``"members"``, their fingerprints in order, which `quantize_weights` and others that change
        weights write anew. What one of them assumes of its pixels or has in place of max pooling
        goes along, the range of all their images, and every licence.

    Raises
    ------
    ValidationError
        If there are fewer than two members, two of them have the same weights and neurons, or they
        differ in what they read, in their classes, or in how they are run.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import untrained
    >>> both = committee([untrained("digits-compact", seed=seed) for seed in range(2)])
    >>> both.architecture.name, both.architecture.layers[-1].describe()
    ('digits-compact-x2', 'Scale 0.5 0')
    """
    found = tuple(members)
    _require_alike(found)
    first = found[0]
    layers: list[Layer] = []
    weights: dict[str, Mapping[str, np.ndarray]] = {}
    scores = ""
    for number, member in enumerate(found, 1):
        layers += [Branch("input", name=f"{member_prefix(number)}input")] if number > 1 else []
        prefix = member_prefix(number)
        layers += _renamed(member, prefix, first.neuron)
        weights |= {prefix + layer: arrays for layer, arrays in member.weights.items()}
        layers += [Shortcut(scores, name=f"sum{number}")] if number > 1 else []
        scores = layers[-1].name
    layers.append(Scale(1 / len(found), name="mean"))
    shape = first.architecture.input_shape
    name = name or f"{first.architecture.name}-x{len(found)}"
    return TrainedModel(
        Architecture(shape, tuple(layers), name), weights, first.neuron, first.preprocessing,
        first.classes, provenance=_origin(found),
    )  # fmt: skip


def _renamed(member: TrainedModel, prefix: str, usual: NeuronType) -> list[Layer]:
    """A member's layers under their names in the committee, whose usual neuron may be another."""
    other = neuron_to_dict(member.neuron) != neuron_to_dict(usual)
    layers = []
    for layer in member.architecture.layers:
        changed: dict[str, Any] = {"name": prefix + layer.name}
        if isinstance(layer, Join) and layer.source != "input":
            changed["source"] = prefix + layer.source
        if isinstance(layer, Neurons) and layer.neuron is None and other:
            changed["neuron"] = member.neuron
        layers.append(dataclasses.replace(layer, **changed))
    return layers


def _require_alike(members: Sequence[TrainedModel]) -> None:
    known: dict[str, int] = {}
    first = _interface(members[0])
    for number, member in enumerate(members, 1):
        twin = known.setdefault(f"{member.fingerprint} {member.neurons}", number)
        if twin != number:
            raise ValidationError(
                f"members {twin} and {number} have the same weights and neurons; expected networks "
                "that were trained apart, with seeds of their own for example"
            )
        for what, value in _interface(member).items():
            if value != first[what]:
                where, own, other = _entry(what, value, first[what])
                raise ValidationError(
                    f"member {number} ({member.architecture.name}) has {where} {shown(own)}, and "
                    f"member 1 ({members[0].architecture.name}) {shown(other)}; expected "
                    "the same: the members read one image and their scores are added"
                    + _REMEDIES.get(what, "")
                )


def _entry(what: str, value: Any, other: Any) -> tuple[str, Any, Any]:
    """Where two values differ: of two dictionaries the first entry that does."""
    if not (isinstance(value, Mapping) and isinstance(other, Mapping)):
        return what, value, other
    key = next(k for k in {**other, **value} if value.get(k) != other.get(k))
    return f"{what}[{key!r}]", value.get(key), other.get(key)


def _interface(member: TrainedModel) -> dict[str, Any]:
    """What members have to share."""
    numbers, arrays = member.preprocessing.to_arrays()
    prepared = {**numbers, **{name: fingerprint(array) for name, array in arrays.items()}}
    return {
        "input shape": member.architecture.input_shape,
        "output shape": member.architecture.output_shape,
        "classes": member.classes,
        "task": member.provenance.get("task") or "classification",
        "preprocessing": prepared,
        **{f"provenance[{key!r}]": member.provenance.get(key) for key in _RUN_WITH},
    }


def _origin(members: Sequence[TrainedModel]) -> dict[str, Any]:
    """What the members' provenances share, what one has for all, and who they are."""
    origins = [dict(member.provenance) for member in members]
    first, *others = origins
    shared = {k: v for k, v in first.items() if all(k in o and _equal(o[k], v) for o in others)}
    shared.pop("parameters", None)  # of one member
    for origin in reversed(origins):
        shared |= {key: origin[key] for key in _OF_ANY if key in origin}
    return {
        **shared, **_inputs(origins), **_licence(origins),
        "members": [member.fingerprint for member in members],
    }  # fmt: skip


def _equal(value: Any, other: Any) -> bool:
    try:
        return bool(value == other)
    except ValueError:  # arrays, which have no one answer
        return False


def _inputs(origins: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The images of the trainings, which are alike but for chance: from the lowest to the highest.

    Whoever learnt from features outside of [0, 1] is shown such features again.
    """
    known = [o["inputs"] for o in origins if isinstance(o.get("inputs"), Mapping)]
    if not known:
        return {}
    found = dict(known[0])
    for key, widest in (("low", min), ("high", max)):
        values = [each[key] for each in known if isinstance(each.get(key), int | float)]
        found |= {key: widest(values)} if values else {}
    return {"inputs": found}


def _licence(origins: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The members' licence; of several every one, since none of them alone is that of the whole."""
    said = [origin.get("licence") or "not said" for origin in origins]
    if len(set(map(str, said))) == 1:
        return {}
    return {"licence": ", ".join(f"m{i} {licence}" for i, licence in enumerate(said, 1))}
