"""Devices that learn together: the mean, any executor, devices that die or are late, files."""

from __future__ import annotations

import functools
import itertools
import os
import signal
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep.datasets.events.binning import Binning
from nengo_lifdeep.datasets.events.event_file import EventFile
from nengo_lifdeep.datasets.events.films import EventFilms
from nengo_lifdeep.errors import DataError, ModelFileError, TrainingError, ValidationError
from nengo_lifdeep.models.probabilistic import ProbabilisticModel
from nengo_lifdeep.probabilistic.federated.average import federated_average
from nengo_lifdeep.probabilistic.federated.device import OnlineDevice
from nengo_lifdeep.probabilistic.federated.exchange import Exchange, exchange_weights
from nengo_lifdeep.probabilistic.federated.films import GreyFilms
from nengo_lifdeep.probabilistic.federated.training import train_federated
from nengo_lifdeep.probabilistic.learner import OnlineLearner
from nengo_lifdeep.probabilistic.rule import LocalVariationalRule
from nengo_lifdeep.support.files import read_record, write_record


class Clock:
    """A device without a network: its one weight counts, and it does what it is told to.

    ``acts`` are called with the number of the period; what they raise is the device's end.
    """

    def __init__(self, name, start=0.0, size=1.0, act=None):
        self.name, self.size, self.act = name, size, act
        self.weights, self.key, self.periods = [np.array([start])], name, 0

    def masks(self, n_filters):
        return [np.ones(1, bool)]

    def stepped(self, n_updates):
        if self.act is not None:
            self.act(self.periods)
        return self._with(self.weights[0] + n_updates)

    def exchanged(self, weights):
        return self._with(weights[0], 0)

    def _with(self, weight, more=1):
        other = Clock(self.name, 0.0, self.size, self.act)
        other.weights, other.periods = [weight], self.periods + more
        return other


@pytest.fixture
def devices(small, films):
    """Devices that see one class each: ``devices(n_hidden, **of the rule)``."""

    def make(n=3, n_hidden=0, engine="readable", dtype="float32", counts=True, sizes=None, **rule):
        model = small(n_hidden, 1)
        shown, _ = films(2 * n, steps=20)
        rule = LocalVariationalRule(0.05, **rule)
        return [
            OnlineDevice(
                f"device {i}",
                OnlineLearner(model, rule, seed=i, engine=engine, dtype=dtype, counts_moves=counts),
                shown[2 * i : 2 * i + 2],
                [i % 3] * 2,
                size=None if sizes is None else sizes[i],
            )
            for i in range(n)
        ]

    return make


def _equal(some, others):
    return all(
        np.array_equal(a, b)
        for one, other in zip(some, others, strict=True)
        for a, b in zip(one.weights, other.weights, strict=True)
    )


@pytest.mark.parametrize("masked", [False, True])
def test_the_mean_is_what_its_definition_says(masked):
    rng = np.random.default_rng(0)
    shapes, n = [(3, 4), (5,), (2, 2)], 4
    weights = [[rng.normal(size=s) for s in shapes] for _ in range(n)]
    sizes = rng.integers(1, 50, n)
    masks = [[rng.random(s) < 0.4 for s in ((3, 1), (5,), ())] for _ in range(n)]
    found = federated_average(weights, sizes, masks if masked else None)
    for part, shape in enumerate(shapes):
        for at in itertools.product(*map(range, shape)):
            senders = [
                d for d in range(n) if not masked or np.broadcast_to(masks[d][part], shape)[at]
            ]
            for device in range(n):
                expected = weights[device][part][at]
                if senders:
                    total = sum(float(sizes[d]) for d in senders)
                    expected = sum(sizes[d] * weights[d][part][at] for d in senders) / total
                if len(senders) == 1:
                    assert found[device][part][at] == expected or sizes[senders[0]] > 1
                assert found[device][part][at] == pytest.approx(expected, rel=1e-14)


def test_all_masks_and_none():
    weights = [[np.array([1.0, 2.0], np.float32)], [np.array([3.0, 6.0], np.float32)]]
    ones = [[np.ones(2, bool)]] * 2
    for own, other in zip(
        federated_average(weights, [1, 3], ones), federated_average(weights, [1, 3]), strict=True
    ):
        np.testing.assert_array_equal(own[0], [2.5, 5.0])
        np.testing.assert_array_equal(own[0], other[0])
        assert own[0].dtype == np.float32
    apart = federated_average(weights, [1, 3], [[np.zeros(2, bool)]] * 2)
    for own, other in zip(apart, weights, strict=True):
        np.testing.assert_array_equal(own[0], other[0])
    alone = federated_average(weights, [0.3, 7], [[np.ones(2, bool)], [np.zeros(2, bool)]])
    np.testing.assert_array_equal(alone[1][0], weights[0][0])  # what one device sent, exactly


_W = [[np.ones(2)], [np.ones(2)]]


@pytest.mark.parametrize(
    ("weights", "sizes", "masks", "words"),
    [
        (3, [1], None, "int"),
        ([], [], None, "no device"),
        ([np.ones(2)], [1], None, "list of arrays"),
        ([[]], [1], None, "no arrays"),
        ([[np.array([np.nan])]], [1], None, "finite"),
        ([["a"]], [1], None, "real numbers"),
        ([[np.ones(2)], [np.ones(3)]], [1, 1], None, "device 1 have shapes"),
        (_W, [1], None, "sizes"),
        (_W, [1, 0], None, r"sizes\[1\] is 0"),
        (_W, [1, np.inf], None, "sizes"),
        (_W, [1, 1], [[np.ones(2, bool)]], "masks are of 1 devices"),
        (_W, [1, 1], [[], []], "masks of device 0 are 0"),
        (_W, [1, 1], [[np.ones(2)], [np.ones(2)]], "booleans"),
        (_W, [1, 1], [[np.ones(3, bool)]] * 2, "broadcasting"),
        (_W, [1, 1], 5, "masks are of 0 devices"),
    ],
)
def test_what_has_no_mean(weights, sizes, masks, words):
    with pytest.raises(ValidationError, match=words):
        federated_average(weights, sizes, masks)


@pytest.mark.parametrize("kappa", [0.0, 0.2, 0.9])
def test_an_exchange_after_every_change_is_the_mean_gradient(devices, films, kappa):
    """Property 3.5.4: the rule is linear in eligibilities where nothing is hidden."""
    given = devices(dtype="float64", kappa=kappa)
    found = train_federated(given, 1, 40).devices
    learners = [OnlineLearner(d.learner.model, d.learner.rule, dtype="float64", engine="readable")
                for d in given]  # fmt: skip
    one = given[0].weights
    for step in range(40):
        changes = []
        for learner, device in zip(learners, given, strict=True):
            learner.set_weights(one)
            film, at = divmod(step, 20)
            piece = device.films[film : film + 1, at : at + 1]
            learner.partial_fit(piece, device.labels[:1], restart=at == 0)
            changes.append([a - b for a, b in zip(learner.weights, one, strict=True)])
        one = [w + np.mean(c, axis=0) for w, c in zip(one, zip(*changes, strict=True), strict=True)]
    for device in found:
        for own, other in zip(device.weights, one, strict=True):
            np.testing.assert_allclose(own, other, rtol=0, atol=1e-14)
    assert np.abs(one[0] - given[0].weights[0]).max() > 0.01


def test_devices_with_nothing_to_send_are_apart(devices):
    given = devices(n_hidden=2)
    found = train_federated(given, 7, 50, rate=0)
    assert _equal(found.devices, [device.stepped(50) for device in given])
    assert found.n_bytes == 0 and not _equal(found.devices[:1], found.devices[1:2])
    assert [d.learner.n_steps for d in given] == [0, 0, 0]  # they are left as they are


def test_bytes_are_those_of_the_weights_that_are_sent(devices):
    given = devices()
    n = given[0].learner.model.n_weights
    full = train_federated(given, 20, 80)
    assert [e.bytes_sent for e in full.exchanges] == [3 * 4 * n] * 4
    assert full.n_bytes == 2 * 4 * 3 * 4 * n and full.n_updates == 80
    assert train_federated(given, 40, 80).n_bytes == full.n_bytes // 2
    some = train_federated(given, 20, 80, rate=0.1)  # two of four filters, 3 x 6 synapses each
    assert [e.bytes_sent for e in some.exchanges] == [3 * (4 * (2 * 18 + 6) + 1)] * 4
    assert some.exchanges[0].bytes_received >= some.exchanges[0].bytes_sent
    every = train_federated(given, 20, 80, rate=0.2)
    assert _equal(every.devices, full.devices) and not _equal(some.devices, full.devices)


def test_filters_that_changed_most_are_sent(devices):
    stepped = [device.stepped(20) for device in devices()]
    for device in stepped:
        moved = np.abs(device.weights[0] - devices()[0].weights[0]).sum(axis=(0, 1, 3, 4))
        assert moved.all()
        chosen = device.masks(1)[0].any(axis=(0, 1, 3, 4))
        assert chosen.sum() == 1 and device.learner.moved.argmax() == chosen.argmax()
    after, _, _ = exchange_weights(stepped, 1)
    sent = np.any([d.masks(1)[0].any(axis=(0, 1, 3, 4)) for d in stepped], axis=0)
    assert 1 <= sent.sum() < 4
    for device, before in zip(after, stepped, strict=True):
        kept = before.weights[0][:, :, ~sent]
        np.testing.assert_array_equal(device.weights[0][:, :, ~sent], kept)
        np.testing.assert_array_equal(
            device.weights[0][:, :, sent], after[0].weights[0][:, :, sent]
        )
        assert not device.learner.moved.any() and before.learner.moved.all()
    with pytest.raises(DataError, match="counts_moves=True"):
        exchange_weights(devices(counts=False), 1)


def test_sizes_weigh(devices):
    stepped = [device.stepped(20) for device in devices(2, sizes=[1, 3])]
    after, _, _ = exchange_weights(stepped)
    one, three = (device.weights[0] for device in stepped)
    np.testing.assert_allclose(after[0].weights[0], (one + 3 * three) / 4, rtol=1e-6)


@pytest.mark.parametrize("rate", [None, 0.1])
def test_the_same_bits_wherever_it_is_run(devices, rate):
    given = devices(4, n_hidden=2, update_every=2)
    here = train_federated(given, 10, 45, rate=rate)
    with ThreadPoolExecutor(3) as threads, ProcessPoolExecutor(2) as processes:
        for executor in (threads, processes, functools.partial(ThreadPoolExecutor, 1),
                         ThreadPoolExecutor, [threads, processes, None, threads]):  # fmt: skip
            there = train_federated(given, 10, 45, rate=rate, executor=executor)
            assert _equal(there.devices, here.devices)
            assert there.exchanges == here.exchanges
    assert [e.n_updates for e in here.exchanges] == [10, 20, 30, 40, 45]
    assert here.devices[0].learner.n_steps == 90


def test_the_compiled_kernel_learns_alike(devices):
    pytest.importorskip("numba")
    given = devices(3, engine="compiled", dtype="float64")
    here = train_federated(given, 10, 40)
    with ThreadPoolExecutor(3) as threads:
        assert _equal(train_federated(given, 10, 40, executor=threads).devices, here.devices)
    twins = train_federated(devices(3, dtype="float64"), 10, 40).devices
    for own, other in zip(here.devices, twins, strict=True):
        np.testing.assert_allclose(own.weights[0], other.weights[0], rtol=0, atol=1e-12)


def _fails(period, at=1):
    if period == at:
        raise OSError("no power")


def test_a_device_that_fails_is_left_out_and_named():
    given = [Clock("a", 0.0), Clock("b", 10.0), Clock("c", 40.0, act=_fails)]
    with pytest.warns(UserWarning, match="without device 'c': OSError: no power") as said:
        found = train_federated(given, 1, 3)
    assert [str(w.message)[:10] for w in said] == ["exchange 2", "exchange 3"]
    # 16.7 + 1 each; then a and b alone; c never gets beyond its second period
    assert [e.devices for e in found.exchanges] == [("a", "b", "c"), ("a", "b"), ("a", "b")]
    assert dict(found.exchanges[2].left_out) == {"c": "OSError: no power"}
    mean = 50 / 3 + 1
    values = [device.weights[0][0] for device in found.devices]
    np.testing.assert_allclose(values, [mean + 2, mean + 2, mean])


def _dies(period, at=1, marker=None):
    if period == at and (marker is None or not os.path.exists(marker)):
        if marker is not None:
            open(marker, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_a_process_that_is_killed(tmp_path):
    """One executor for each device: the one that dies is lost alone; a callable makes it anew."""
    marker = str(tmp_path / "died")
    given = [Clock("a", 0.0), Clock("b", 2.0, act=functools.partial(_dies, marker=marker))]
    one = functools.partial(ProcessPoolExecutor, 1)
    with pytest.warns(UserWarning, match=r"exchange 2 without device 'b': the process.*has died"):
        found = train_federated(given, 2, 6, executor=[one, one])
    assert [e.devices for e in found.exchanges] == [("a", "b"), ("a",), ("a", "b")]
    values = [device.weights[0][0] for device in found.devices]
    assert values == [((3 + 4) + (3 + 2)) / 2] * 2


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_a_pool_that_breaks_for_good(tmp_path):
    """A pool of processes is broken once one of them is killed, and with it all of its devices."""
    given = [Clock("a"), Clock("b", act=_dies), Clock("c")]
    with ProcessPoolExecutor(1) as pool, ThreadPoolExecutor(1) as threads:
        with (
            pytest.warns(UserWarning, match="without device 'b': the process"),
            pytest.raises(TrainingError, match=r"no device is left.*after 6.*BrokenProcessPool"),
        ):
            train_federated(given, 2, 8, executor=pool)
        with pytest.warns(UserWarning, match="without device 'b'"):
            found = train_federated(given[:2], 2, 4, executor=[threads, pool])
        assert found.exchanges[-1].devices == ("a",)


def test_a_device_that_is_late():
    gate = threading.Event()

    def wait(period):
        if period == 0:
            gate.wait(20)

    given = [Clock("a"), Clock("slow", act=wait)]
    opened = []

    def after(federation):
        opened.append(len(federation.exchanges))
        if len(opened) == 2:
            gate.set()
            time.sleep(0.3)

    with ThreadPoolExecutor(2) as threads, pytest.warns(UserWarning, match="within 0.2 s"):
        found = train_federated(given, 1, 3, executor=threads, timeout=0.2, after=after)
    assert [e.devices for e in found.exchanges] == [("a",), ("a",), ("a", "slow")]
    assert found.exchanges[0].left_out == {"slow": "it has not come within 0.2 s"}
    assert [d.weights[0][0] for d in found.devices] == [2.0, 2.0]  # mean of 3 and 1
    alone = [Clock("s", act=lambda _: time.sleep(0.3))]
    with (
        ThreadPoolExecutor(1) as threads,
        pytest.raises(TrainingError, match="no device is left.*s: it has not come within 0.05 s"),
    ):
        train_federated(alone, 1, 1, executor=threads, timeout=0.05)


@pytest.mark.parametrize("rate", [None, 0.1])
def test_it_goes_on_where_it_stopped(devices, tmp_path, rate):
    given = devices(3, n_hidden=2)
    whole = train_federated(given, 10, 60, rate=rate)
    folder = tmp_path / "state"

    def stop(federation):
        if federation.n_updates == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_federated(given, 10, 60, rate=rate, checkpoint=folder, after=stop)
    steps = []
    found = train_federated(
        given, 10, 60, rate=rate, checkpoint=folder, save_every=0,
        after=lambda federation: steps.append(federation.n_updates),
    )  # fmt: skip
    assert steps == [40, 50, 60]
    assert _equal(found.devices, whole.devices) and found.exchanges == whole.exchanges
    again = train_federated(given, 10, 60, rate=rate, checkpoint=folder)
    assert _equal(again.devices, whole.devices) and again.exchanges == whole.exchanges
    assert len(list(folder.iterdir())) == 4  # one of each device, and one of all
    with pytest.raises(TrainingError, match="other devices, or another period"):
        train_federated(given, 20, 60, rate=rate, checkpoint=folder)
    with pytest.raises(TrainingError, match="other devices"):
        train_federated(given[:2], 10, 60, rate=rate, checkpoint=folder)
    with pytest.raises(TrainingError, match="after 60 changes"):
        train_federated(given, 10, 50, rate=rate, checkpoint=folder)
    state = folder / "federation.lifdeep"
    state.write_bytes(state.read_bytes()[:-30])
    with pytest.raises(ModelFileError, match=r"federation\.lifdeep"):
        train_federated(given, 10, 60, rate=rate, checkpoint=folder)


def test_other_films_of_the_same_shape_are_refused(devices, tmp_path):
    """Where one device has them; equal ones go on, wherever they are."""
    given, folder = devices(3), tmp_path / "state"
    train_federated(given, 10, 20, checkpoint=folder)
    a, b, c = given
    other = OnlineDevice(b.name, b.learner, 1 - b.films, b.labels, b.size)
    assert other.key == b.key and other.films.shape == b.films.shape
    with pytest.raises(TrainingError, match=f"is of other films of '{b.name}'. Continue"):
        train_federated([a, other, c], 10, 40, checkpoint=folder)
    copy = OnlineDevice(b.name, b.learner, b.films.copy(), b.labels, b.size)
    assert train_federated([a, copy, c], 10, 40, checkpoint=folder).n_updates == 40


def test_devices_without_films_go_on_from_states_of_before(devices, tmp_path, monkeypatch):
    """Devices of other kinds, which have no `films_key`: there is nothing to compare."""
    monkeypatch.setattr(OnlineDevice, "films_key", "")
    given, folder = devices(2), tmp_path / "state"
    train_federated(given, 10, 20, checkpoint=folder)
    state = folder / "federation.lifdeep"
    header, arrays = read_record(state, "Federation")
    del header["films"]
    write_record(state, "Federation", header, arrays)
    for n_updates in (30, 40):
        found = train_federated(given, 10, n_updates, checkpoint=folder)
        assert found.n_updates == n_updates


def test_states_of_before_go_on_and_say_so(devices, tmp_path, monkeypatch):
    """They do not know films, and do not claim to afterwards."""
    given, folder = devices(2), tmp_path / "state"
    with monkeypatch.context() as before:
        before.setattr(OnlineDevice, "films_key", "")
        train_federated(given, 10, 20, checkpoint=folder)
    state = folder / "federation.lifdeep"
    header, arrays = read_record(state, "Federation")
    del header["films"]
    write_record(state, "Federation", header, arrays)
    for n_updates in (30, 40):
        with pytest.warns(UserWarning, match="does not say which films") as said:
            train_federated(given, 10, n_updates, checkpoint=folder)
        assert {Path(warning.filename).name for warning in said} == {Path(__file__).name}
        assert not any(read_record(state, "Federation")[0]["films"])


class Films:
    """Films of somebody else's, which know their shape and can be sliced."""

    def __init__(self, array):
        self.array, self.shape = array, array.shape

    def __len__(self):
        return len(self.array)

    def __getitem__(self, at):
        return self.array[at]


def test_films_are_told_apart_by_their_contents(small, tmp_path):
    learner = OnlineLearner(small(0, 1), engine="readable")
    n = learner.model.n_inputs
    images = np.linspace(0, 1, 2 * n).reshape(2, n)

    def key(films):
        return OnlineDevice("a", learner, films, [0, 1]).films_key

    grey = [
        GreyFilms(images, 20),
        GreyFilms(images[::-1], 20),
        GreyFilms(images, 20, seed=1),
        GreyFilms(images, 20, scale=0.25),
        GreyFilms(images, 21),
    ]
    arrays = [np.asarray(films[:]) for films in grey[:3]]
    kinds = [*grey, *arrays, *map(Films, arrays)]
    keys = [key(films) for films in kinds]
    assert len(set(keys)) == len(kinds)
    again = [GreyFilms(images.copy(), 20), arrays[0].copy(), Films(arrays[0].copy())]
    assert [key(films) for films in again] == [keys[0], keys[5], keys[8]]


def test_films_in_files_are_told_apart_by_names_and_sizes(small, tmp_path):
    """A copy goes on; another recording does not."""

    def recordings(folder, n_events):
        folder.mkdir(parents=True)
        for i in range(2):
            events = np.zeros(n_events, [("t", "<i8"), ("x", "<i8"), ("y", "<i8"), ("p", "<i8")])
            events["t"] = np.arange(n_events)
            np.save(folder / f"{i}.npy", events)
        files = [EventFile(folder / f"{i}.npy", size=(1, 2)) for i in range(2)]
        return EventFilms(files, Binning(5, polarity="summed", limit=1))

    model = ProbabilisticModel.initial((1, 2, 1), n_visible=2)
    keys = [
        OnlineDevice("a", OnlineLearner(model, engine="readable"), films, [0, 1]).films_key
        for films in (
            recordings(tmp_path / "one" / "set", 10),
            recordings(tmp_path / "copy" / "set", 10),
            recordings(tmp_path / "other" / "set", 11),
        )
    ]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"devices": []}, "one or more OnlineDevice"),
        ({"devices": [1]}, "int, which has no 'name'"),
        ({"devices": [Clock("a"), Clock("a")]}, "several devices are named 'a'"),
        ({"period": 0}, "period is 0"),
        ({"n_updates": -1}, "n_updates"),
        ({"rate": -1}, "rate"),
        ({"rate": 0.4}, "choose a longer|longer period"),
        ({"timeout": 0}, "timeout"),
        ({"executor": 3}, "executor is 3"),
        ({"executor": []}, "executor is a list of 0"),
        ({"executor": [None] * 2}, "list of 2; expected one for each of 1"),
        ({"executor": lambda: 3}, "expected an executor"),
        ({"after": 3}, "after"),
        ({"checkpoint": ""}, "checkpoint"),
    ],
)
def test_what_cannot_be_trained(change, words):
    given = {"devices": [Clock("a")], "period": 2, "n_updates": 4, **change}
    with pytest.raises(TrainingError, match=f"(?i){words}"):
        train_federated(**given)


def test_dask_is_given_by_its_executor():
    class Client:
        def submit(self, function, *arguments):
            return 3

    with pytest.raises(TrainingError, match=r"client\.get_executor\(\)"):
        train_federated([Clock("a")], 1, 1, executor=Client())


class Immediate:
    """An executor of somebody else's that knows no more than the protocol."""

    def submit(self, function, *arguments):
        future = Future()
        future.set_result(function(*arguments))
        return future


def test_any_executor():
    found = train_federated([Clock("a"), Clock("b", 4.0)], 1, 2, executor=Immediate())
    assert [d.weights[0][0] for d in found.devices] == [4.0, 4.0]


@pytest.mark.parametrize(
    ("films", "labels", "words"),
    [
        (np.zeros((1, 5, 7), int), [0], "6 inputs"),
        (np.zeros((1, 5, 6), int), [0, 1], "one each"),
        (np.zeros((1, 5, 6), int), [3], "expected 0 to 2"),
        (np.zeros((1, 5, 6), int), None, "labels"),
        (np.zeros((0, 5, 6), int), [], "one step or more"),
        (np.zeros((1, 5, 6)) + 0.5, [0], "bernoulli_films"),
        (3, [0], "film, step"),
    ],
)
def test_devices_refuse_what_does_not_fit(small, films, labels, words):
    with pytest.raises(DataError, match=words):
        OnlineDevice("a", OnlineLearner(small(), engine="readable"), films, labels)


def test_grey_films():
    images = np.array([[[0.0, 1.0]], [[0.5, 0.0]]])
    films = GreyFilms(images, 400, 0.5, seed=1)
    assert films.shape == (2, 400, 1, 2) and len(films) == 2
    np.testing.assert_allclose(films[:].mean(axis=1)[:, 0], [[0, 0.5], [0.25, 0]], atol=0.07)
    np.testing.assert_array_equal(films[1:2], films[:][1:])  # of a film's place, not of the slice
    assert films[5:].shape == (0, 400, 1, 2)
    for arguments in ((images + 2, 4), (images, 0), (images, 4, 2.0), (np.zeros(3), 4),
                      (images[:0], 4)):  # fmt: skip
        with pytest.raises(DataError):
            GreyFilms(*arguments)
    with pytest.raises(DataError, match="slice"):
        films[0]


def test_records():
    exchange = Exchange(3, ("a",), {"b": "late"}, 10, 20)
    assert Exchange(**{**exchange.to_dict(), "devices": ("a",)}) == exchange
    with pytest.raises(TypeError):
        exchange.left_out["c"] = ""
