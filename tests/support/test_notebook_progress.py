"""A progress bar in a notebook moves, and needs no widgets."""

from __future__ import annotations

import pytest

from nengo_lifdeep.support.progress.notebook import in_notebook

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

CODE = """
import time
from nengo_lifdeep.support.progress import progress_bar

with progress_bar("<events>", 40, speed=(200, "image-steps")) as advance:
    for _ in range(4):
        advance(10)
        time.sleep(0.15)
"""


def test_a_bar_in_a_cell(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    seen = []
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    with client.setup_kernel():
        real = client.process_message

        def process(message, *arguments):
            if message["msg_type"] in ("display_data", "update_display_data"):
                seen.append(message["content"]["data"]["text/html"])
            return real(message, *arguments)

        client.process_message = process
        client.execute_cell(notebook.cells[0], 0)
    (output,) = notebook.cells[0].outputs  # one place, and no warning about widgets
    assert output.data["text/html"] == seen[-1]
    assert "&lt;events&gt;" in seen[0] and "0/40 images" in seen[0] and 'value="0"' in seen[0]
    assert any("20/40 images" in each or "30/40 images" in each for each in seen[1:-1])
    assert "40/40 images" in seen[-1] and "image-steps/s" in seen[-1] and "0:00 left" in seen[-1]


def test_outside_of_a_notebook():
    assert not in_notebook()
