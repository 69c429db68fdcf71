"""The facts of a model card that programs read: YAML before the text, as model hubs take it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ...models import TrainedModel
from ...records import Evaluation, ValueEvaluation
from .measured import check_measured

__all__ = ["front_matter"]

#: what such a network is for, in the hubs' words
_TASKS = {"classification": "image-classification", "binary": "image-classification"}


def front_matter(
    trained: TrainedModel,
    evaluations: Sequence[Evaluation | ValueEvaluation] = (),
    *,
    licence: str = "",
) -> str:
    """A YAML block in the form of Hugging Face's model cards: licence, tags, data, results.

    Parameters
    ----------
    trained : TrainedModel
        The network.
    evaluations : sequence of Evaluation or ValueEvaluation
        What was measured of this network. The data set of a result is the network's where the
        evaluation's data are called after it (mnist: "mnist's test images"), else these data.
    licence : str
        Of the weights, as an SPDX name in lower case (``"mit"``); left out if it is not said.

    Returns
    -------
    str
        Lines between two ``---``; put the text of the card below them.

    Raises
    ------
    ValidationError
        If an evaluation is of another network.

    References
    ----------
    https://github.com/huggingface/hub-docs/blob/main/modelcard.md

    Examples
    --------
    >>> from nengo_lifdeep import pretrained
    >>> print(front_matter(pretrained.load("digits-compact"), licence="mit"))
    ---
    license: "mit"
    library_name: "nengo_lifdeep"
    pipeline_tag: "image-classification"
    tags: ["spiking-neural-network", "snn", "nengo", "loihi"]
    datasets: ["digits"]
    ---
    """
    check_measured(trained, evaluations)
    data = trained.provenance.get("data")
    task = _TASKS.get(str(trained.provenance.get("task") or "classification"))
    facts: dict[str, Any] = {
        "license": licence or None,
        "library_name": "nengo_lifdeep",
        "pipeline_tag": task,
        "tags": ["spiking-neural-network", "snn", "nengo", "loihi"],
        "datasets": [str(data)] if data else None,
    }
    # JSON is YAML: a text in double quotes means itself, whatever it holds
    lines = [f"{name}: {json.dumps(value)}" for name, value in facts.items() if value is not None]
    if evaluations:
        results = [_result(each, task, str(data or "")) for each in evaluations]
        name = trained.architecture.name
        lines += ["model-index:", f"- {json.dumps({'name': name, 'results': results})}"]
    return "\n".join(["---", *lines, "---"])


def _result(found: Evaluation | ValueEvaluation, task: str | None, known: str) -> dict[str, Any]:
    """One measurement: of what, on what, and how much."""
    named = re.search(rf"(?<![\w-]){re.escape(known)}(?![\w-])", found.data) if known else None
    data = known if named else found.data
    where = f"{found.simulator}: {found.data}"
    if isinstance(found, ValueEvaluation):
        metric = {"type": "r_squared", "value": float(found.r2), "name": f"R2 ({where})"}
    else:
        accuracy = round(float(found.accuracy), 6)
        metric = {"type": "accuracy", "value": accuracy, "name": f"accuracy ({where})"}
    shown = {"type": task or "tabular-regression"}
    return {"task": shown, "dataset": {"type": data, "name": found.data}, "metrics": [metric]}
