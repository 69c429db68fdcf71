"""`train_federated`: devices learn alone for a while, then exchange weights, and so on."""

from __future__ import annotations

import dataclasses
import math
import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ...errors import TrainingError
from ...support.checks import checked, file_name, function, optional, real, whole
from ...support.words.counted import counted
from .checkpoint import Checkpoint
from .device import Device
from .exchange import Exchange, exchange_weights
from .workers import Workers

__all__ = ["Federation", "train_federated"]


@dataclasses.dataclass(frozen=True, eq=False)
class Federation:
    """Devices after they have learned together.

    Parameters
    ----------
    devices : tuple of Device
        In the order they were given.
    exchanges : tuple of Exchange
        What happened.
    """

    devices: tuple[Device, ...]
    exchanges: tuple[Exchange, ...]

    def __repr__(self) -> str:
        return (
            f"Federation({counted(len(self.devices), 'device')}, {len(self.exchanges)} exchanges)"
        )

    @property
    def n_bytes(self) -> int:
        """Bytes that were sent, both ways."""
        return sum(e.bytes_sent + e.bytes_received for e in self.exchanges)

    @property
    def n_updates(self) -> int:
        """Changes of weights of a device that was never left out."""
        return self.exchanges[-1].n_updates if self.exchanges else 0


@checked(
    TrainingError, period=whole(1), n_updates=whole(0), rate=optional(real(0)),
    timeout=optional(real(above=0, unit="seconds")), checkpoint=optional(file_name),
    save_every=real(0, unit="seconds"), after=optional(function),
)  # fmt: skip
def train_federated(
    devices: Sequence[Device],
    period: int,
    n_updates: int,
    *,
    rate: float | None = None,
    executor: Any = None,
    timeout: float | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    save_every: float = 30.0,
    after: Callable[[Federation], object] | None = None,
) -> Federation:
    """Let devices learn online, and average their weights from time to time.

    All devices change their weights ``period`` times, each with its own films; then those that are
    there exchange weights (`federated_average`), and so on. The last period may be shorter. What
    comes out is the same to the last bit wherever and by however many workers devices are run.

    A device whose work fails, or is not done in time, is left out of the exchange: it neither sends
    nor receives, ``left_out`` of the `Exchange` names it, and a warning says so. One that failed
    goes on from where it was before this period; one that is late takes part once it is done.

    Parameters
    ----------
    devices : sequence of Device
        `OnlineDevice`, or others; they are not changed.
    period : int
        Changes of weights of each device between two exchanges.
    n_updates : int
        Changes of weights of each device in all.
    rate : float, optional
        Filters that are sent per change of weights: each device sends ``rate * period`` of its
        filters, those that changed most. All are sent by default, and nothing with 0.
    executor : Executor, callable, or sequence of these, optional
        Who runs the devices: anything with the interface of ``concurrent.futures.Executor``, such
        as threads, processes, or Dask's ``client.get_executor()``. A callable makes an executor,
        and another one when a process of it has died; these are shut down at the end. Several are
        for one device each: a process that dies breaks a whole ``ProcessPoolExecutor``, and with
        it all devices that it runs. By default devices run here, one after the other.
    timeout : float, optional
        Seconds after which an exchange begins without those that are late.
    checkpoint : path-like, optional
        Folder of the training's state; an interrupted training continues from it.
    save_every : float
        Seconds from one writing of the state to the next.
    after : callable, optional
        Called with the `Federation` after every exchange, e.g. to watch the loss.

    Returns
    -------
    Federation

    Raises
    ------
    TrainingError
        If an argument is not as described, or no device is left for an exchange.

    Examples
    --------
    >>> import numpy as np
    >>> from nengo_lifdeep.models.probabilistic import ProbabilisticModel
    >>> from nengo_lifdeep.probabilistic.federated.device import OnlineDevice
    >>> from nengo_lifdeep.probabilistic.learner import OnlineLearner
    >>> model = ProbabilisticModel.initial((2,), n_visible=2)
    >>> films = np.zeros((2, 50, 2), np.int8)
    >>> films[[0, 1], :, [0, 1]] = 1
    >>> devices = [  # each of them sees one class
    ...     OnlineDevice(name, OnlineLearner(model, engine="readable"), films[i : i + 1], [i])
    ...     for i, name in enumerate(["a", "b"])
    ... ]
    >>> found = train_federated(devices, period=25, n_updates=200)
    >>> found, found.exchanges[0].devices, found.n_bytes
    (Federation(2 devices, 8 exchanges), ('a', 'b'), 4608)
    """
    own = _checked_devices(devices)
    n_filters = _filters(rate, period)
    state = Checkpoint.of(checkpoint, own, period, rate)
    own, exchanges = state.found(own)
    done = exchanges[-1].n_updates if exchanges else 0
    if done > n_updates:
        raise TrainingError(
            f"the checkpoint in {os.fspath(checkpoint or '')!r} is after {done} changes of weights;"
            f" n_updates is {n_updates}. Give more, or another folder"
        )
    names = [device.name for device in own]
    with Workers(executor, names) as workers:
        try:
            while done < n_updates:
                n = min(period, n_updates - done)
                arrived, left_out = workers.run(own, n, timeout)
                done += n
                _require_some(arrived, names, left_out, done)
                there = sorted(arrived)
                after_it, sent, received = exchange_weights([arrived[i] for i in there], n_filters)
                reasons = {names[i]: reason for i, reason in sorted(left_out.items())}
                for name, reason in reasons.items():
                    warnings.warn(
                        f"exchange {len(exchanges) + 1} without device {name!r}: {reason}",
                        stacklevel=3,
                    )
                by_place = dict(zip(there, after_it, strict=True))
                found = Exchange(done, tuple(names[i] for i in there), reasons, sent, received)
                own, exchanges = (
                    [by_place.get(i, device) for i, device in enumerate(own)],
                    [*exchanges, found],
                )
                state.save_if_due(own, exchanges, save_every)
                if after is not None:
                    after(Federation(tuple(own), tuple(exchanges)))
        finally:
            state.save(own, exchanges)
    return Federation(tuple(own), tuple(exchanges))


def _checked_devices(devices: Any) -> list[Device]:
    found = list(devices) if isinstance(devices, Sequence) else []
    if not found:
        raise TrainingError(f"devices are {devices!r}; expected a list of one or more OnlineDevice")
    for device in found:
        for name in ("name", "size", "weights", "key", "masks", "stepped", "exchanged"):
            if not hasattr(device, name):
                raise TrainingError(
                    f"devices hold a {type(device).__name__}, which has no {name!r}; expected an "
                    "OnlineDevice, or what has all of its methods"
                )
    names = [device.name for device in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TrainingError(f"several devices are named {twice[0]!r}; give each a name of its own")
    return found


def _filters(rate: float | None, period: int) -> int | None:
    """How many filters are sent in an exchange."""
    if rate is None or rate == 0:
        return None if rate is None else 0
    n = math.floor(rate * period + 1e-9)
    if n < 1:
        raise TrainingError(
            f"rate {rate:g} times a period of {period} is {rate * period:g} filters in an exchange;"
            " expected one or more. Choose a longer period"
        )
    return n


def _require_some(
    arrived: dict[int, Any], names: list[str], left_out: dict[int, str], done: int
) -> None:
    if not arrived:
        reasons = "; ".join(f"{names[i]}: {reason}" for i, reason in sorted(left_out.items()))
        raise TrainingError(
            f"no device is left for the exchange after {done} changes of weights ({reasons}). With "
            "checkpoint=FOLDER the training continues once they are there again"
        )
