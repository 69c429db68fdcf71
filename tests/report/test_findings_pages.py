"""What is wrong with a run stands on every page about it, in HTML and in Markdown."""

import dataclasses
import html
import json

import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.report.pages.deployment import write_deployment_report
from nengo_lifdeep.report.pages.folder import write_run_report
from nengo_lifdeep.report.pages.network import write_report

SILENT, DARK, ALIKE = "no neuron fires", "times darker", "answers differ as images do"


@pytest.fixture(scope="module")
def kinds(example):
    """Network, images and the words that must be there, for each kind."""
    trained, test = example
    images = test.take(20)
    still = {name: dict(arrays) for name, arrays in trained.weights.items()}
    alike = {name: dict(arrays) for name, arrays in trained.weights.items()}
    *front, last = [la.name for la in trained.architecture.layers if la.has_weights]
    for name in front:
        still[name]["bias"] = still[name]["bias"] - np.float32(1e5)
    alike[last]["bias"] = alike[last]["bias"] + np.float32(1e6) * (np.arange(4) == 1)
    dark = Split(images.unit_images() / 16, images.labels)
    return {
        SILENT: (dataclasses.replace(trained, weights=still), images),
        DARK: (trained, dark),
        ALIKE: (dataclasses.replace(trained, weights=alike), images),
    }


def pages(files):
    """The texts of a report's pages, its line breaks and escapes undone."""
    for file in files:
        yield " ".join(html.unescape(file.read_text()).replace("\\", "").split())


@pytest.mark.parametrize("words", [SILENT, DARK, ALIKE])
def test_pages_of_networks_and_folders(kinds, words, tmp_path):
    network, images = kinds[words]
    spiking = convert(network, synapse=0.002)
    found = evaluate(spiking, images, presentation=Presentation(t_c=0.01, t_p=0.04))
    assert any(words in str(f) for f in found.findings)
    write_report(tmp_path, network, spiking, [found])
    found.save(tmp_path / "found.lifdeep")
    files = write_run_report(tmp_path, markdown=True)
    for page in pages([*files.values(), *tmp_path.glob("index.*")]):
        assert words in page


@pytest.mark.parametrize("words", [SILENT, DARK, ALIKE])
def test_pages_of_deployments(kinds, words, tmp_path):
    network, images = kinds[words]
    deployment = deploy(network, images=images, strict=False)
    assert deployment.n_images == 20
    assert any(words in str(f) for f in deployment.findings) and words in str(deployment)
    files = write_deployment_report(tmp_path, deployment)
    for page in pages([files["page"], files["page-text"]]):
        assert words in page
    record = json.loads(files["numbers"].read_text())
    assert record["rates_judged_on_images"] == 20
    assert any(words in " ".join(f.values()) for f in record["findings"])


def test_a_deployment_without_images_says_that_it_did_not_look(example, tmp_path):
    trained, images = example
    blind = deploy(trained)
    assert blind.plan.findings == () and blind.n_images == 0
    (note,) = blind.findings
    assert note.severity == "note" and "deploy(..., images=" in note.remedy
    assert str(blind).splitlines()[1:] == [str(note)] and "no images" not in str(
        deploy(trained, images=images.take(20))
    )
    files = write_deployment_report(tmp_path, blind)
    for page in pages([files["page"], files["page-text"]]):
        assert "no images were given" in page
    assert "rates were looked at" in blind._repr_html_()
