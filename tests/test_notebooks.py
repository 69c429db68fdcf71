"""Every notebook runs from top to bottom, and is committed without outputs."""

from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_bare(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_first_cell_installs_only_where_the_package_is_missing(path):
    code = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    assert 'find_spec("nengo_lifdeep") is None' in code[0].source
    assert "pip install" in code[0].source


#: lines of code, without blank ones and comments, of NengoDL's example of the same content:
#: nengo/nengo-dl, docs/examples/keras-to-snn.ipynb, at 1540c604e464ab9f4b4b34d37a73adc2bcf1a28b
NENGO_DL_LINES = 197


def test_keras_to_snn_takes_less_than_half_the_lines():
    notebook = nbformat.read(NOTEBOOKS[0].with_name("08_keras_to_snn.ipynb"), as_version=4)
    cells = [c for c in notebook.cells if c.cell_type == "code"][1:]  # the first one installs
    lines = [line.strip() for c in cells for line in c.source.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    assert 20 < len(lines) < NENGO_DL_LINES / 2


@pytest.mark.tf
@pytest.mark.loihi
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
