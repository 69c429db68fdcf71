"""Early decisions: end an image as soon as the margin of the read-out is stable."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from ..errors import ValidationError
from ..records import SpikeRecord
from ..support.checks import checked, each, instance, optional, real
from ..support.checks.arrays import checked_array
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from ..support.words.counted import counted

__all__ = ["EarlyDecision", "decide_early", "margins_of"]


@dataclasses.dataclass(frozen=True, eq=False)
class EarlyDecision:
    """Answers given as early as one rule allows.

    Attributes
    ----------
    margin : float
        Lead of the best class over the second, in units of the scores, that ended an image.
    patience : float
        How long it had to hold, in seconds.
    predictions : (n_images,) array of int
        Answers.
    latencies : (n_images,) array
        When they were given, in seconds from the image's onset.
    decided : (n_images,) array of bool
        Whether the rule ended the image; the others ran to the end.
    """

    margin: float
    patience: float
    predictions: np.ndarray
    latencies: np.ndarray
    decided: np.ndarray

    __repr__ = short_repr

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        return html_card(
            f"early decisions of {counted(len(self.predictions), 'image')}",
            [
                ("margin", f"{self.margin:.4g}, held for {1000 * self.patience:.0f} ms"),
                ("mean latency", f"{1000 * self.mean_latency:.1f} ms"),
                ("decided before the end", f"{100 * self.decided.mean():.1f} %"),
            ],
        )

    def accuracy(self, labels: np.ndarray) -> float:
        """Accuracy: the share of correct predictions.

        Parameters
        ----------
        labels : (n_images,) array of int
            The true classes.
        """
        n = len(self.predictions)
        true = checked_array(labels, "labels", kind="whole", shape=("image",))[:n]
        if len(true) < n:
            raise ValidationError(
                f"{counted(len(true), 'label')} for {counted(n, 'image')}; expected one each"
            )
        return float((self.predictions == true).mean())

    @property
    def mean_latency(self) -> float:
        """Mean time to the decision, in seconds."""
        return float(self.latencies.mean())


def margins_of(record: SpikeRecord, t_c: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Leading class and its lead at every step.

    Parameters
    ----------
    record : SpikeRecord
        A run with time.
    t_c : float, optional
        Averaging begins here, in seconds; the presentation's own by default.

    Returns
    -------
    leaders : (image, step) array of int
        Class with the largest mean output over ``[t_c, now]``.
    margins : (image, step) array
        Its mean output minus that of the second. The first step is the one at ``t_c``.
    """
    first = _first_step(record, t_c)
    if record.outputs.shape[2] < 2:
        raise ValidationError("one class alone has no lead over a second; expected two or more")
    steps = record.n_steps - first
    leaders = np.empty((record.n_images, steps), np.int64)
    leads = np.empty((record.n_images, steps))
    for image, outputs in enumerate(record.outputs[:, first:]):  # one at a time: several copies
        means = np.cumsum(outputs.astype(np.float64), axis=0)
        means /= np.arange(1, steps + 1)[:, np.newaxis]
        leaders[image] = means.argmax(axis=1)
        two = np.partition(means, -2, axis=1)[:, -2:]
        leads[image] = two[:, 1] - two[:, 0]
    return leaders, leads


@checked(
    record=instance(SpikeRecord),
    margins=each(real(0, infinite=True), "leads in units of scores", least=1),
    patience=real(0, unit="seconds"),
    t_c=optional(real(0, unit="seconds")),
)
def decide_early(
    record: SpikeRecord,
    margins: Iterable[float],
    patience: float = 0.01,
    t_c: float | None = None,
) -> list[EarlyDecision]:
    """Evaluate early decisions: every image ends once its prediction is clear.

    An image ends at the first step at which the same class has led for ``patience`` seconds on
    end, each time by ``margin`` or more; one for which that never happens runs to the end, and
    its prediction is that of the whole presentation.

    Parameters
    ----------
    record : SpikeRecord
        A run with time, e.g. of the simulator events.
    margins : iterable of float
        Leads to try, in units of the scores, 0 or more; infinity waits for the end.
    patience : float
        How long the lead must hold, in seconds.
    t_c : float, optional
        Averaging begins here, in seconds; the presentation's own by default.

    Returns
    -------
    list of EarlyDecision
        In the order of ``margins``.

    Raises
    ------
    ValidationError
        If the record has no time or a number is out of bounds.

    Examples
    --------
    >>> from nengo_lifdeep import convert, run
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, images = trained_example()
    >>> record = run(convert(trained, synapse=0.003), images.take(20))
    >>> soon, late = decide_early(record, [0.0, float("inf")])
    >>> bool(soon.mean_latency < late.mean_latency), int(late.decided.sum())
    (True, 0)
    """
    leaders, leads = margins_of(record, t_c)
    dt = record.presentation.dt  # type: ignore[union-attr]
    hold = max(1, round(patience / dt))
    n_images, n_steps = leaders.shape
    first = record.n_steps - n_steps
    same = np.ones_like(leaders, dtype=bool)
    same[:, 1:] = leaders[:, 1:] == leaders[:, :-1]
    found = []
    for margin in margins:
        held = _steps_held(leads >= margin, same)
        ended = held >= hold
        decided = np.asarray(ended.any(axis=1))
        step = np.where(decided, ended.argmax(axis=1), n_steps - 1)
        answers = leaders[np.arange(n_images), step]
        latencies = (first + step + 1) * dt
        found.append(EarlyDecision(float(margin), float(patience), answers, latencies, decided))
    return found


def _steps_held(clear: np.ndarray, same: np.ndarray) -> np.ndarray:
    """For how many steps on end, up to each step, the same class has led clearly."""
    held = np.zeros(clear.shape, dtype=np.int64)
    count = np.zeros(len(clear), dtype=np.int64)
    for step in range(clear.shape[1]):
        count = np.where(clear[:, step], np.where(same[:, step], count, 0) + 1, 0)
        held[:, step] = count
    return held


def _first_step(record: SpikeRecord, t_c: float | None) -> int:
    if record.presentation is None:
        raise ValidationError(
            f"simulator {record.simulator!r} has no time, so nothing can be decided early; run "
            "events or another simulator with spikes"
        )
    first = record.presentation.c_steps if t_c is None else round(t_c / record.presentation.dt)
    if not 0 <= first < record.n_steps:
        raise ValidationError(
            f"t_c is {t_c!r}; expected seconds from 0 to below the run's {record.presentation.t_p}"
        )
    return first
