"""Networks that give nearly every image the same answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..records.finding import Finding

__all__ = ["answer_findings"]

#: images below which nothing is reported
_LEAST = 10

#: share of one answer from which on it is said, and how often that is more than its class has
_SHARE, _TIMES = 0.5, 2.0

_REMEDY = (
    "look at the scale of the images (a model of pixels from 0 to 255: from_keras(..., "
    "preprocessing=Preprocessing(scale=255.0))) and at the firing (rate_scales(net, images), a "
    "longer t_p); diagnose() names the layer"
)


def answer_findings(
    answers: np.ndarray, labels: np.ndarray | None, classes: Sequence[str] = ()
) -> list[Finding]:
    """Whether most images get one answer, though they are of several classes.

    Parameters
    ----------
    answers : (n,) array of int
        Classes that were given.
    labels : (n,) array of int or None
        True classes; where they are unknown, only equal predictions for all are reported.
    classes : sequence of str
        Their names; numbers by default.

    Examples
    --------
    >>> labels = np.arange(200) % 10
    >>> print(answer_findings(np.full(200, 3), labels)[0].found)
    all 200 images get class 3; 10 % are of it
    >>> answer_findings(labels, labels)
    []
    """
    n = len(answers)
    if n < _LEAST:
        return []
    counts = np.bincount(answers)
    most = int(counts.argmax())
    share = counts[most] / n
    name = classes[most] if most < len(classes) else str(most)
    words = f"all {n} images get" if share == 1 else f"{100 * share:.0f} % of {n} images get"
    if labels is None:
        true = "their classes are not known"
        is_odd = bool(share == 1)
    else:
        of_it = float((labels[:n] == most).mean())
        true = f"{100 * of_it:.0f} % are of it"
        is_odd = bool(share >= _SHARE and share >= _TIMES * of_it)
    if not is_odd:
        return []
    return [
        Finding(
            "warning", "answers differ as images do", "output", f"{words} class {name}; {true}",
            _REMEDY,
        )
    ]  # fmt: skip
