"""The model card of a trained network: data, training, provenance and measured accuracy."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from ...inputs.recommended import Recommended
from ...models import TrainedModel
from ...neurons.parameters import neuron_to_dict
from ...records import Evaluation, ValueEvaluation
from ...support.words.counted import counted
from ..tables.evaluations import evaluation_table
from ..tables.plain_text import as_code, as_text
from .measured import check_measured

__all__ = ["model_card", "shown_command"]

#: columns that say more about the machine than about the network
_OF_THE_MACHINE = ("seconds", "image_steps_per_second")


def model_card(
    trained: TrainedModel,
    evaluations: Sequence[Evaluation | ValueEvaluation] = (),
    *,
    use: str = "",
    costs: Sequence[str] = (),
    limits: Sequence[str] = (),
) -> str:
    """A model card as Markdown: data, command, seed, commit, accuracy, protocol, costs, limits.

    The headings follow Mitchell et al. 2019, "Model Cards for Model Reporting".

    Parameters
    ----------
    trained : TrainedModel
        The network.
    evaluations : sequence of Evaluation or ValueEvaluation
        What was measured of this network, in the order of the table's rows.
    use : str
        A sentence on what the network is meant for.
    costs : sequence of str
        What training and running it take, a line each.
    limits : sequence of str
        What a user must not expect, a sentence each.

    Returns
    -------
    str
        What is not known (a network built without `train` has no command) is left out.

    Raises
    ------
    ValidationError
        If an evaluation is of another network.

    Examples
    --------
    >>> from nengo_lifdeep import pretrained
    >>> print(model_card(pretrained.load("digits-compact")).splitlines()[4])
    - 1,344 neurons, 14,288 weights, 60,224 synapses
    """
    check_measured(trained, evaluations)
    net, counts = trained.architecture, trained.architecture.counts()
    layers = ", ".join(layer.describe() for layer in net.layers if layer.has_weights)
    lines = [f"# {as_text(net.name)}", "", *([use, ""] if use else []), "## Network", ""]
    lines += [
        f"- {counted(counts.neurons, 'neuron')}, {counted(counts.weights, 'weight')}, "
        f"{counted(counts.synapses, 'synapse')}",
        f"- input {' x '.join(map(str, net.input_shape))}, {_answers(trained)}",
        f"- layers: {as_text(layers)}",
        f"- fingerprint of the weights: {trained.fingerprint}",
        *_neurons(trained),
        *_in_spikes(trained),
    ]
    origin = _origin(trained.provenance, trained.history)
    if origin:
        lines += ["", "## Training", "", *origin]
    if evaluations:
        table = evaluation_table(evaluations)
        kept = tuple(c for c in table.columns if c.key not in _OF_THE_MACHINE)
        rows = tuple({c.key: row.get(c.key) for c in kept} for row in table.rows)
        table = dataclasses.replace(table, columns=kept, rows=rows)
        lines += ["", "## Measured", "", table.markdown()]
    if costs:
        lines += ["", "## Costs", "", *(f"- {cost}" for cost in costs)]
    if limits:
        lines += ["", "## Limits", "", *(f"- {limit}" for limit in limits)]
    return "\n".join(lines) + "\n"


def shown_command(command: str) -> str:
    """A recorded command as it is typed: scripts through ``python``.

    Parameters
    ----------
    command : str
        The command as it was recorded.

    Examples
    --------
    >>> shown_command("lifdeep train --out a.lifdeep"), shown_command("examples/a.py --epochs 3")
    ('lifdeep train --out a.lifdeep', 'python examples/a.py --epochs 3')
    """
    return command if command.startswith("lifdeep ") else f"python {command}"


def _answers(trained: TrainedModel) -> str:
    """What the network gives: its classes, or values."""
    names = as_text(", ".join(trained.classes))
    if trained.provenance.get("task") != "regression":
        return f"{counted(len(trained.classes), 'class', 'classes')}: {names}"
    n = int(trained.architecture.output_shape[0])
    return counted(n, "value") + (f": {names}" if names else "")


def _origin(provenance: Any, history: Any) -> list[str]:
    options = provenance.get("options", {})
    images = provenance.get("images", {})
    optimizer = options.get("optimizer") or {}
    facts = {
        "committee": _members(provenance.get("members")),
        "data": provenance.get("data"),
        "images": f"{images['training']:,}" if images else None,
        "command": provenance.get("command"),
        "seed": options.get("seed"),
        "commit": provenance.get("commit"),
        "epochs": _epochs(provenance),
        "batch size": options.get("batch_size"),
        "optimiser": optimizer.get("class_name"),
        "learning rate": _range(history.get("learning_rate")),
        "augmentation": _named_values(options.get("augmentation")),
        "versions": _named_values(provenance.get("versions"), " "),
        "licence": provenance.get("licence"),
    }
    if facts["committee"] and any(value is not None for value in list(facts.values())[1:]):
        facts["committee"] += "; what follows is of each of them"
    shown = {name: as_text(value) for name, value in facts.items() if value is not None}
    if facts["command"]:
        shown["command"] = as_code(shown_command(str(facts["command"])))
    return [f"- {name}: {value}" for name, value in shown.items() if value]


def _members(known: Any) -> str | None:
    """Who the members of a `committee` are."""
    if not isinstance(known, list | tuple) or not known:
        return None
    who = f"{counted(len(known), 'network')} side by side, fingerprints"
    return f"{who} {', '.join(map(str, known))}"


def _epochs(provenance: Any) -> str | None:
    """How many, and whether others came before: of these its history holds nothing."""
    kept = provenance.get("kept_epoch")
    if kept is None:
        return None
    return f"{kept}, from given weights" if provenance.get("continues") else str(kept)


def _neurons(trained: TrainedModel) -> list[str]:
    """The network's neuron, and where layers have another."""
    lines = [f"- neuron: {as_text(_neuron(neuron_to_dict(trained.neuron)))}"]
    for name, neuron in trained.architecture.own_neurons.items():
        own = _neuron(neuron_to_dict(neuron))
        lines.append(f"- neuron of {as_text(name)}: {as_text(own)}")
    return lines


def _in_spikes(trained: TrainedModel) -> list[str]:
    """How it is best converted, if it knows."""
    known = Recommended.of(trained.provenance)
    return [] if known is None else [f"- in spikes: {known}"]


def _neuron(record: dict[str, Any]) -> str:
    noise = record.pop("noise", None)
    text = f"{record.pop('type')} ({_named_values(record)})"
    return text if noise is None else f"{text}, noise {noise.pop('type')} ({_named_values(noise)})"


def _named_values(record: dict[str, Any] | None, between: str = " = ") -> str | None:
    if not record:
        return None
    return ", ".join(f"{k}{between}{_value(k, v)}" for k, v in record.items() if v is not None)


def _value(name: str, value: Any) -> str:
    return f"{1e3 * value:g} ms" if name.startswith("tau_") else str(value)


def _range(values: Sequence[float] | None) -> str | None:
    if not values:
        return None
    highest, last = max(values), values[-1]
    return f"{highest:.3g}" if last == highest else f"{highest:.3g}, at the end {last:.3g}"
