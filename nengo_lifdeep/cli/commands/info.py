"""``lifdeep info``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..options import Json

if TYPE_CHECKING:
    from ...local import LocalNetwork
    from ...models import ProbabilisticModel
    from ...report.tables.grid import Grid

__all__ = ["described", "info"]

_DATA = {
    "digits": "8 x 8 handwritten digits, comes with scikit-learn (default)",
    "mnist": "28 x 28 handwritten digits",
    "fashion-mnist": "28 x 28 clothes",
    "cifar-10": "32 x 32 colour photographs, 10 classes",
    "cifar-100": "32 x 32 colour photographs, 100 classes",
    "svhn": "32 x 32 house numbers in colour, cropped (.mat files)",
    "folder": "your own pictures, one folder per class (--data-dir)",
    "pictures": "the same, decoded when needed: larger than memory, as ImageNet (train, val)",
    "events-folder": "recordings of an event camera, one folder per class (--data-dir), in frames",
    "series": "series, films or rows of features in .npz files (--data-dir)",
    "bars": "drawn at random: which way does the bar run?",
    "blobs": "drawn at random: which corner is bright?",
    "diabetes": "ten measurements of a patient, and the disease a year later: values, no classes",
    "breast-cancer": "30 features of a tumour's cells: malignant or benign, a binary task",
    "digits-images": "the digits again, with the images themselves as targets",
}

_NOISE = {
    "none": "training on plain rates",
    "gaussian:10": "a normal number with this standard deviation, in Hz",
    "alpha:3ms": "spikes through an alpha synapse, met at a random moment",
    "alpha-rc:3ms": "the same, and through the next neuron's membrane",
    "lowpass:3ms": "spikes through a first-order synapse, met at a random moment",
    "lowpass-rc:3ms": "the same, and through the next neuron's membrane",
}


def info(
    what: Annotated[
        str | None,
        typer.Argument(help="Name of an architecture, or a saved file.", show_default=False),
    ] = None,
    json: Json = False,
) -> None:
    """Describe a file or a named architecture, or list the available names."""
    from ...layers.named import NAMES, architecture
    from ...report.tables.evaluations import architecture_table
    from ..screen import show

    if what is None:
        show(_names(), json)
    elif what in NAMES:
        show([architecture_table(architecture(what))], json)
    elif Path(what).exists():
        from ..files import load_any

        show(described(load_any(Path(what))), json)
    else:
        message = f"{what!r} is neither a file nor one of {', '.join(NAMES)}"
        raise typer.BadParameter(message, param_hint="WHAT")


def _names() -> dict[str, Grid]:
    from ...datasets import NAMES
    from ...report.tables.grid import Column, Grid
    from ...simulators import SIMULATORS

    columns = (Column("name", "name"), Column("what", "what it is"))
    simulators = {name: each.summary for name, each in SIMULATORS.items()}
    listings: dict[str, tuple[str, dict[str, str]]] = {
        "data_sets": ("Data sets (--data)", {name: _DATA[name] for name in NAMES}),
        "simulators": ("Simulators (--simulator)", simulators),
        "noise": ("Noise in training (--noise)", _NOISE),
    }
    others = {
        key: Grid(title, columns, tuple({"name": k, "what": v} for k, v in listing.items()))
        for key, (title, listing) in listings.items()
    }
    return {"networks": _networks(), "neurons": _neurons(), **others}


def _networks() -> Grid:
    from ...layers import named as networks
    from ...report.tables.grid import Column, Grid

    columns = (
        Column("name", "name"),
        Column("neurons", "neurons", ",d"),
        Column("weights", "weights", ",d"),
        Column("synapses", "synapses", ",d"),
        Column("flops", "FLOPs per image", ",d"),
    )
    rows = []
    for name in networks.NAMES:
        counts = networks.architecture(name).counts()
        sizes = {c.key: getattr(counts, c.key) for c in columns[1:]}
        rows.append({"name": name, **sizes})
    guess = "lee2020-resnet9 is a guess: ResNet11 of the authors' code without its third block"
    return Grid("Networks (--network)", columns, tuple(rows), (guess,))


def _neurons() -> Grid:
    from ...neurons import neuron_to_dict
    from ...report.tables.grid import Column, Grid
    from ..words import NEURON_PRESETS, neuron_and_gain

    columns = (
        Column("name", "name"),
        Column("type", "type"),
        Column("tau_rc", "tau_rc [s]", "g"),
        Column("tau_ref", "tau_ref [s]", "g"),
        Column("sigma", "sigma", "g"),
        Column("amplitude", "amplitude", "g"),
        Column("noise", "noise"),
        Column("gain", "gain", "g"),
    )
    rows = []
    for name in NEURON_PRESETS:
        neuron, gain = neuron_and_gain(name, None, None)
        record = neuron_to_dict(neuron)
        row = {**record, "noise": _noise_text(record.get("noise"))}
        rows.append({"name": name, "gain": gain, **row})
    return Grid("Neurons (--neuron)", columns, tuple(rows))


def _noise_text(record: dict[str, Any] | None) -> str | None:
    """A noise model in short, e.g. ``"AlphaRCNoise 0.003"`` (seconds; Gaussian noise in Hz)."""
    if record is None:
        return None
    values = (f"{v:g}" for k, v in record.items() if k != "type" and v is not None)
    return " ".join([record["type"], *values])


def described(value: Any) -> list[Grid] | dict[str, Grid]:
    """What a file holds and where it comes from, as tables.

    Parameters
    ----------
    value : object
        A network, record, evaluation or comparison.
    """
    from ...evaluation.agreement import SpikeCheck
    from ...local import LocalNetwork
    from ...models import ProbabilisticModel, SpikingModel, TrainedModel
    from ...neurons import neuron_to_dict
    from ...probabilistic.learner import OnlineLearner
    from ...records import Evaluation
    from ...report.tables.evaluations import architecture_table, evaluation_table, population_table
    from .run import layer_table

    if isinstance(value, TrainedModel):
        facts = {"kind": "trained network", **_flat("neuron", neuron_to_dict(value.neuron))}
        for name, neuron in value.architecture.own_neurons.items():
            facts |= _flat(f"neuron of {name}", neuron_to_dict(neuron))
        facts |= {"classes": ", ".join(value.classes) or None}
        facts |= _flat("provenance", dict(value.provenance))
        return {"layers": architecture_table(value.architecture), "facts": _facts(facts)}
    if isinstance(value, SpikingModel):
        facts = {"kind": "spiking network", "initial voltage": value.initial_voltage}
        facts |= _flat("provenance", dict(value.provenance))
        return {"populations": population_table(value), "facts": _facts(facts)}
    if isinstance(value, ProbabilisticModel):
        return [_facts(_of_circuits(value, "probabilistic circuits"))]
    if isinstance(value, OnlineLearner):
        facts = _of_circuits(value.model, "probabilistic circuits that learn online")
        return [_facts(facts | {"steps so far": value.n_steps})]
    if isinstance(value, LocalNetwork):
        return [_facts(_of_layers(value))]
    if isinstance(value, SpikeCheck):
        facts = {"kind": "comparison of spikes", "passed": value.passed, "found": value}
        return [_facts(facts)]
    if isinstance(value, Evaluation):
        return [evaluation_table([value])]
    return [layer_table(value)]


def _of_circuits(model: ProbabilisticModel, kind: str) -> dict[str, Any]:
    facts = {
        "kind": kind, "name": model.name, "input": " x ".join(map(str, model.input_shape)),
        "hidden circuits": model.n_hidden, "visible circuits": model.n_visible,
        "values": model.n_values, "weights": model.n_weights, "filters": model.basis,
        "feedback filters": model.feedback_basis, "step [ms]": f"{1e3 * model.dt:g}",
        "classes": ", ".join(model.classes),
    }  # fmt: skip
    return facts | _flat("provenance", dict(model.provenance))


def _of_layers(network: LocalNetwork) -> dict[str, Any]:
    n_weights = sum(weights.size for weights in network.weights)
    facts = {
        "kind": "layers with read-outs of their own", "inputs": network.sizes[0],
        "neurons": ", ".join(f"{n:,d}" for n in network.sizes[1:]), "classes": network.n_classes,
        "weights": f"{n_weights:,d}", "a weight is": "-1 or 1" if network.is_binary else "a float",
        "kept by traces": ", ".join(f"{kept:.4g}" for kept in network.decays),
    }  # fmt: skip
    return facts | _flat("provenance", dict(network.provenance))


def _facts(facts: dict[str, Any]) -> Grid:
    from ...report.tables.grid import Column, Grid

    columns = (Column("fact", "fact"), Column("value", "value"))
    rows = ({"fact": key, "value": str(v)} for key, v in facts.items() if v is not None)
    return Grid("About this file", columns, tuple(rows))


def _flat(name: str, value: Any) -> dict[str, Any]:
    """Nested dicts as one, keys joined by dots; long lists and dicts shortened."""
    if isinstance(value, dict) and value:
        parts: dict[str, Any] = {}
        for key, inner in value.items():
            parts |= _flat(f"{name}.{key}", inner)
        return parts
    text = str(value)
    return {name: text if len(text) <= 100 else text[:97] + "..."}
