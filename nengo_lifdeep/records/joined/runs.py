"""Records of parts of a run, put together as if it had been one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...errors import ValidationError
from ...support.arrays.owned_arrays import adopted
from ...support.checks import checked, each, instance
from ...weights.fingerprints import are_other_weights
from ..spikes import SpikeRecord
from .ways import way_notes

__all__ = ["RATE_UNIT", "Joining", "joined_records"]

#: Hz; rates without spikes are summed in whole units of it, which float64 adds without rounding
#: up to 8e9 in sum, so that they do not depend on the order
RATE_UNIT = 2.0**-20


class Joining:
    """Takes the records of a run's parts in the order of the images.

    Spikes are whole numbers and rates whole units of 2**-20 Hz, whose sums do not depend on how the
    images were cut. Only sums are held, not the parts.

    Examples
    --------
    >>> from nengo_lifdeep import Presentation
    >>> def part(n):
    ...     timing = Presentation(t_c=0, t_p=0.01)
    ...     return SpikeRecord("events", "net", timing, np.zeros((n, 10, 2)), {"a": [50.0 * n]},
    ...                        {"a": np.arange(n)})
    >>> both = joined_records([part(1), part(3)])
    >>> both.n_images, both.layer_rates["a"].tolist(), both.image_spikes["a"].tolist()
    (4, [125.0], [0, 0, 1, 2])
    """

    def __init__(self) -> None:
        self._first: SpikeRecord | None = None
        self._outputs: list[np.ndarray] = []
        self._totals: dict[str, np.ndarray] = {}
        self._spikes: dict[str, list[np.ndarray]] = {}
        self._rasters: dict[str, list[np.ndarray]] = {}
        self._counters: dict[str, dict[str, int]] = {}
        self._dense: dict[str, int] = {}
        self._notes: dict[str, None] = {}
        self.n_images = self.n_asked = 0
        self.seconds = self.build_seconds = 0.0

    def add(self, part: SpikeRecord) -> None:
        """Take the next images.

        Parameters
        ----------
        part : SpikeRecord
            Their record.

        Raises
        ------
        ValidationError
            If it is of another network, simulator or presentation, or an earlier part is not whole.
        """
        part = instance(SpikeRecord)(part, "a part")
        first = self._first = self._first or part
        for name in ("simulator", "model", "presentation", "is_static"):
            if getattr(part, name) != getattr(first, name):
                raise ValidationError(
                    f"a part's {name} is {getattr(part, name)!r}, the first one's "
                    f"{getattr(first, name)!r}; expected parts of one run"
                )
        if are_other_weights(part.trained_weights, first.trained_weights):
            raise ValidationError(
                f"a part is of the weights {part.trained_weights}, the first one of "
                f"{first.trained_weights}: another training of {first.model!r}. Expected parts of "
                "one run"
            )
        if part.layer_rates.keys() != first.layer_rates.keys():
            raise ValidationError(
                f"a part has populations {list(part.layer_rates)}, the first one "
                f"{list(first.layer_rates)}; expected parts of one run"
            )
        if self.n_images < self.n_asked:
            raise ValidationError("an interrupted part can only be the last one")
        for name, rates in part.layer_rates.items():
            total = _total(rates, part)
            self._totals[name] = self._totals[name] + total if name in self._totals else total
        for name, spikes in part.image_spikes.items():
            self._spikes.setdefault(name, []).append(spikes)
        for name, rows in part.rasters.items():
            moved = rows + np.array([self.n_images, 0, 0], np.int32)
            self._rasters.setdefault(name, []).append(moved)
        self._outputs.append(part.outputs)
        for counter, counts in part.counters.items():
            _add(self._counters.setdefault(counter, {}), counts)
        _add(self._dense, part.dense)
        own = way_notes(part.dense, part.n_images)
        self._notes |= dict.fromkeys(note for note in part.notes if note not in own)
        self.n_images += part.n_images
        self.n_asked += part.n_asked
        self.seconds += part.seconds
        self.build_seconds += part.build_seconds

    def record(self, **changes: Any) -> SpikeRecord:
        """The record of the whole run.

        Parameters
        ----------
        **changes : object
            Fields that are known better: ``seconds``, ``n_asked``.

        Raises
        ------
        ValidationError
            If there was no part.
        """
        first = self._first
        if first is None:
            raise ValidationError("there are no parts; expected one record at least")
        duration = _duration(first, self.n_images)
        fields: dict[str, Any] = {
            "simulator": first.simulator,
            "model": first.model,
            "presentation": first.presentation,
            "outputs": adopted(np.concatenate(self._outputs)),
            "layer_rates": {name: total / duration for name, total in self._totals.items()},
            "image_spikes": {k: adopted(np.concatenate(v)) for k, v in self._spikes.items()},
            "rasters": {k: adopted(np.concatenate(v)) for k, v in self._rasters.items()},
            "seconds": self.seconds,
            "build_seconds": self.build_seconds,
            "n_asked": self.n_asked,
            "notes": (*way_notes(self._dense, self.n_images), *self._notes),
            "is_static": first.is_static,
            "counters": self._counters,
            "dense": self._dense,
            "trained_weights": first.trained_weights,
        }
        return SpikeRecord(**(fields | changes))


@checked(parts=each(instance(SpikeRecord), "records", least=1))
def joined_records(parts: Iterable[SpikeRecord]) -> SpikeRecord:
    """One record of several, as if their images had been shown in one run.

    Parameters
    ----------
    parts : iterable of SpikeRecord
        In the order of the images.

    Raises
    ------
    ValidationError
        If they are not parts of one run.
    """
    joining = Joining()
    for part in parts:
        joining.add(part)
    return joining.record()


def _duration(record: SpikeRecord, n_images: int) -> float:
    """What spikes are divided by for a rate: seconds of all images; in rates the images."""
    timing = record.presentation
    n = max(n_images, 1)
    return float(n) if timing is None else n * timing.n_steps * timing.dt


def _total(rates: np.ndarray, part: SpikeRecord) -> np.ndarray:
    """Spikes of every neuron, or its rates summed, as they were before the division."""
    total = np.asarray(rates, float) * _duration(part, part.n_images)
    if part.presentation is None:
        return np.rint(total / RATE_UNIT) * RATE_UNIT
    whole = np.rint(total)
    return np.where(np.abs(total - whole) <= 1e-9 * np.maximum(whole, 1.0), whole, total)


def _add(sums: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        sums[name] = sums.get(name, 0) + count
