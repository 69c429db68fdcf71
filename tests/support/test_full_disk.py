"""Every writer says that the disk is full, keeps what was there, and leaves nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep import convert, evaluate, run
from nengo_lifdeep.errors import ModelFileError
from nengo_lifdeep.training.checkpoints import Checkpoint

PACKAGE = Path(__file__).parents[2] / "nengo_lifdeep"

#: names that write files; who may call them, and why
WRITING = {
    "open": {"support/temporaries.py", "cli/endings/streams.py"},  # for writing; the null device
    "write_text": set(),  # of pathlib
    "write_bytes": set(),
    "savefig": {"report/plots/canvas.py"},  # into memory
    "to_csv": set(),
    "savez": set(),
    "save_weights": set(),
    "NamedTemporaryFile": set(),
    "mkstemp": set(),
}


@pytest.fixture(scope="module")
def values(example):
    trained, images = example
    spiking = convert(trained, synapse=None)
    record = run(spiking, images.take(4), rasters=4)
    return {
        "trained": trained,
        "spiking": spiking,
        "record": record,
        "evaluation": evaluate(spiking, images.take(4)),
        "images": images,
    }


def saved(name):
    return lambda values, path: values[name].save(path)


def checkpoint(values, path):
    Checkpoint({}, {}, values["trained"].weights, [np.random.default_rng(0).random(5000)]).save(
        path.parent
    )


def picture(suffix):
    def write(values, path):
        from nengo_lifdeep.report import plots

        plots.save_picture(plots.tuning_curve([values["trained"].neuron]), path)

    return suffix, write


def nir(values, path):
    pytest.importorskip("nir")
    from nengo_lifdeep import to_nir

    to_nir(values["spiking"], path, tau_ref="metadata")


def page(values, path):
    from nengo_lifdeep.report.pages.page import Page

    Page(["# Title", "words " * 5000]).save(path.parent, path.stem)


def report(values, path):
    from nengo_lifdeep.report.pages.network import write_report

    write_report(path.parent, values["trained"], values["spiking"], [values["evaluation"]])


WRITERS = {
    "trained": (".lifdeep", saved("trained")),
    "spiking": (".lifdeep", saved("spiking")),
    "record": (".lifdeep", saved("record")),
    "evaluation": (".lifdeep", saved("evaluation")),
    "checkpoint": (".lifdeep", checkpoint),
    "png": picture(".png"),
    "svg": picture(".svg"),
    "pdf": picture(".pdf"),
    "nir": (".nir", nir),
    "page": (".md", page),
    "report": (".lifdeep", report),
}
#: the name that the writer chooses itself
NAMES = {"checkpoint": "checkpoint.lifdeep", "report": "trained.lifdeep"}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk(values, tmp_path, smallest_files, name):
    suffix, write = WRITERS[name]
    path = tmp_path / NAMES.get(name, f"file{suffix}")
    path.write_bytes(b"what was there")
    with smallest_files(700), pytest.raises(ModelFileError, match=f"cannot write {path.parent}"):
        write(values, path)
    assert path.read_bytes() == b"what was there"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    write(values, path)  # and there is room again
    assert path.stat().st_size > 700


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            method = isinstance(called, ast.Attribute)
            name = called.attr if method else getattr(called, "id", "")
            yield name, method, node


def writes(name, method, node):
    if name == "open":
        modes = [a.value for a in (*node.args[1:2], *(k.value for k in node.keywords))
                 if isinstance(a, ast.Constant) and isinstance(a.value, str)]  # fmt: skip
        return any(set(mode) & set("wax+") and len(mode) <= 3 for mode in modes) and not method
    if name in ("write_text", "write_bytes"):
        return method  # ours are functions
    return name in WRITING


def test_no_file_is_written_elsewhere():
    """One writer for all: what is written otherwise may be half."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for name, method, node in calls(ast.parse(path.read_text(encoding="utf-8"))):
            if writes(name, method, node):
                found.setdefault(name, set()).add(path.relative_to(PACKAGE).as_posix())
    assert found["open"] and found["savefig"]
    assert {name: files - WRITING[name] for name, files in found.items()} == dict.fromkeys(
        found, set()
    )
