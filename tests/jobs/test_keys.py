"""Keys of jobs: the content decides, not the objects that hold it."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys
import threading
from pathlib import Path, PurePath

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.jobs.keys import key_of
from nengo_lifdeep.jobs.local import Job

VALUES = (
    1, 1.0, True, None, "1", b"1", (1,), [1], {1}, {"a": 1}, {"a": 2}, Path("a"), np.arange(3),
    np.arange(3.0), np.arange(3).reshape(1, 3), np.float32(1), np.arange(3)[::-1], key_of,
    Path.stat, Path("a").stat, Path("b").stat, len, np.add, np.subtract,
    nengo.LIF(), nengo.LIF(tau_rc=0.03), nengo.Alpha(0.003), nengo.Lowpass(0.003),
    Presentation(), Presentation(t_p=0.3), np.random.default_rng(3), np.array([1, "a"], object),
    np.ma.array([1, 2, 3], mask=[0, 1, 0]), np.ma.array([1, 2, 3], mask=[1, 0, 0]),
    np.ma.array([1, 2, 3], mask=[0, 1, 0], fill_value=7),
)  # fmt: skip


def test_different_values_have_different_keys():
    keys = [key_of(value) for value in VALUES]
    assert len(set(keys)) == len(keys) > 20


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_equal_values_have_equal_keys(value):
    assert key_of(pickle.loads(pickle.dumps(value))) == key_of(value)


def test_what_is_one_object_twice_is_as_good_as_two():
    one = [1, 2]
    assert key_of([one, one]) == key_of([[1, 2], [1, 2]])
    a = "".join(["a", "b"])
    assert key_of((a, a)) == key_of(("ab", "".join(["a", "b"])))


def test_a_network_has_one_key_in_every_process(example, tmp_path):
    trained, images = example
    path = trained.save(tmp_path / "trained.lifdeep")
    changed = dataclasses.replace(images, labels=images.labels[::-1])
    assert key_of(images) != key_of(changed)
    script = (
        "import sys; from nengo_lifdeep import TrainedModel; from nengo_lifdeep.jobs.keys import "
        "key_of; print(key_of(TrainedModel.load(sys.argv[1])))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == key_of(type(trained).load(path))


def test_what_contains_itself_is_refused():
    around: list = []
    around.append(around)
    with pytest.raises(ValidationError, match="contains itself"):
        key_of(around)


@pytest.mark.parametrize(
    "value", [(n for n in range(3)), lambda: 1, [sys], threading.Lock()], ids=range(4)
)
def test_what_cannot_be_pickled_is_refused(value):
    with pytest.raises(ValidationError, match="no key can be made of"):
        key_of(value)


def test_a_jobs_key_is_of_its_inputs(tmp_path):
    job = Job("touch", "touch", 1.0, tmp_path / "a", Path.touch, (tmp_path / "a",))
    again = dataclasses.replace(job, name="another name", work=2.0)
    other = dataclasses.replace(job, arguments=(tmp_path / "b",))
    assert job.key == again.key != other.key
    assert dataclasses.replace(job, function=Path.unlink).key != job.key


def test_a_path_is_its_file_as_it_is_now(tmp_path):
    path = tmp_path / "a"
    missing = key_of(path)
    path.write_bytes(b"one")
    one = key_of({"files": [path]})
    path.write_bytes(b"two")  # as long
    two = key_of({"files": [path]})
    path.write_bytes(b"one")
    assert key_of({"files": [path]}) == one != two
    assert len({missing, key_of(path), key_of(str(path)), key_of(tmp_path)}) == 4
    assert key_of(PurePath("a")) != key_of(Path("a"))


def test_a_mapped_array_is_its_content(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3))
    array = np.load(tmp_path / "a.npy", mmap_mode="r+")
    before = key_of(array)
    array[1] = 7
    assert key_of(array) != before
    array[1] = 1
    assert key_of(array) == before


def test_a_path_that_cannot_be_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.touch()

    def refused(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(ValidationError, match="a, which cannot be read: Permission denied"):
        key_of(path)


#: one function, as edited: each differs from the first in one thing
EDITS = {
    "first": "def f(t, images, *, n=1): return images * (t > 0.01)",
    "constant": "def f(t, images, *, n=1): return images * (t > 0.02)",
    "operation": "def f(t, images, *, n=1): return images / (t > 0.01)",
    "order of arguments": "def f(images, t, *, n=1): return t * (images > 0.01)",
    "name": "def f(t, images, *, n=1): return image * (t > 0.01)",
    "default": "def f(t, images=1, *, n=1): return images * (t > 0.01)",
    "keyword's default": "def f(t, images, *, n=2): return images * (t > 0.01)",
    "inner function": "def f(t, images, *, n=1): return map(lambda i: i * (t > 0.01), images)",
    "inner constant": "def f(t, images, *, n=1): return map(lambda i: i * (t > 0.02), images)",
    "decorated": "@around(1)\ndef f(t, images, *, n=1): return images * (t > 0.01)",
    "decorated, closure": "@around(2)\ndef f(t, images, *, n=1): return images * (t > 0.01)",
    "decorated, inside": "@around(2)\ndef f(t, images, *, n=1): return images * (t > 0.02)",
}
DECORATOR = """
import functools, threading

def around(k):
    lock = threading.Lock()
    def decorate(g):
        @functools.wraps(g)
        def h(*a, **b):
            with lock:
                return h and g(k, *a, **b)
        return h
    return decorate
"""


def edited(source, name="own_module"):
    """The function of a module with this source."""
    names = {"__name__": name}
    exec(compile(DECORATOR + source, "any.py", "exec"), names)
    return names["f"]


def test_functions_are_what_they_do():
    keys = {name: key_of(edited(source)) for name, source in EDITS.items()}
    assert len(set(keys.values())) == len(EDITS)
    for name, source in EDITS.items():  # again, in other lines and with a comment
        assert key_of(edited("\n# as before\n" + source)) == keys[name]
    assert key_of(edited(EDITS["first"], "other_module")) != keys["first"]


def test_functions_that_ran_have_the_same_key():
    f = edited("def f(n): return sum(i * 2 for i in range(n))")
    before = key_of(f)
    for _ in range(200):
        f(20)
    assert key_of(f) == before


def test_functions_of_this_package_are_their_names():
    assert key_of(edited(EDITS["first"], "nengo_lifdeep.jobs.keys")) == key_of(
        edited(EDITS["constant"], "nengo_lifdeep.jobs.keys")
    )
