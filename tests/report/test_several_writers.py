"""Two processes that write a report to one place: one waits, and no pages are mixed."""

from __future__ import annotations

import dataclasses
import json
import os
import threading
import time

import pytest

from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.report.pages.deployment import write_deployment_report
from nengo_lifdeep.report.pages.folder import write_run_report
from nengo_lifdeep.report.pages.network import write_report
from nengo_lifdeep.support.temporaries import alone_at


@pytest.fixture(scope="module")
def named(trained):
    """The same network under two names."""
    return [
        dataclasses.replace(
            trained, architecture=dataclasses.replace(trained.architecture, name=name)
        )
        for name in ("bars-one", "bars-two")
    ]


def of_a_network(network, folder, evaluations):
    from nengo_lifdeep import convert

    write_report(folder, network, convert(network), evaluations[:1])
    return [folder / name for name in ("summary.json", "summary.md")]


def of_a_deployment(network, folder, evaluations):
    files = write_deployment_report(folder, deploy(network, strict=False))
    record = json.loads(files["numbers"].read_text())
    assert record["written_by"]
    return [files["page"], files["page-text"]]


def of_a_folder(network, folder, evaluations):
    source = folder.parent / network.architecture.name
    network.save(source / "net.lifdeep")
    return list(write_run_report(source, folder / "report.html", markdown=True).values())


#: writer -> the file that it keeps other processes away from
WRITERS = {
    of_a_network: "summary.json",
    of_a_deployment: "deployment.json",
    of_a_folder: "report",
}


@pytest.mark.parametrize("write", WRITERS)
def test_another_writer_is_waited_for(tmp_path, named, evaluations, write):
    folder = tmp_path / "out"
    with alone_at(folder / WRITERS[write]):
        writing = threading.Thread(target=write, args=(named[0], folder, evaluations))
        writing.start()
        writing.join(2)
        assert writing.is_alive()
        assert [p for p in folder.iterdir() if not p.name.startswith(".lifdeep-")] == []
    writing.join(60)
    assert len(list(folder.iterdir())) > 1


@pytest.mark.parametrize("write", WRITERS)
def test_two_writers_do_not_mix(tmp_path, named, evaluations, write, monkeypatch):
    """All files are of the one that came last."""
    synchronise = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (time.sleep(0.02), synchronise(file)))
    folder, files = tmp_path / "out", []

    def written(network):
        files[:] = write(network, folder, evaluations)

    writing = [threading.Thread(target=written, args=(network,)) for network in named]
    for thread in writing:
        thread.start()
    for thread in writing:
        thread.join(60)
    texts = [path.read_text() for path in files]
    assert len(texts) == 2
    assert len({("bars-one" in text, "bars-two" in text) for text in texts}) == 1
    assert not list(tmp_path.rglob(".lifdeep-*"))
