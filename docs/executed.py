"""The notebooks as pages of the site: text, code, and what the code shows.

``make docs`` runs them (it sets ``LIFDEEP_NOTEBOOKS=run``). Results are kept in
``_build/notebooks`` by the notebook's text and the package's version, so that a site is built again
in seconds; remove that folder to run everything anew (about a minute for each of them). A build
without that variable, as of the tests, takes what is kept; other pages say that they were not run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent / "notebooks"
PAGES, KEPT = HERE / "_notebooks", HERE / "_build" / "notebooks"

#: seconds for one cell
PATIENCE = 900

#: a bar that moves, of which only the last state could stand on a page, or nothing at all
_WIDGET = "application/vnd.jupyter.widget-view+json"
_BAR = re.compile(r"^$|<progress ")


_NOT_RUN = "*This notebook was not run when the site was built: its outputs are missing.*"

#: a link to another notebook
_LINK = re.compile(r"\]\((\w+)\.ipynb")


def pages(app: Any = None) -> None:
    """Write a page for every notebook, and a page of contents."""
    PAGES.mkdir(exist_ok=True)
    names = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        text = page(path)
        target = PAGES / f"{path.stem}.md"
        if not target.is_file() or target.read_text("utf-8") != text:
            target.write_text(text, encoding="utf-8")
        names.append(path.stem)
    listed = "\n".join(names)
    contents = (
        "# Notebooks\n\nThe notebooks of the folder `notebooks`, with what they showed when this "
        "site was built. To run them: `pip install jupyterlab`, then `jupyter lab notebooks` in a "
        f"checkout.\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    )
    target = PAGES / "index.md"
    if not target.is_file() or target.read_text("utf-8") != contents:
        target.write_text(contents, encoding="utf-8")


def page(path: Path) -> str:
    """A notebook in MyST."""
    notebook, ran = executed(path)
    parts = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(_LINK.sub(r"](\1.md", cell.source.replace("](../docs/", "](../")))
        elif "find_spec" not in cell.source:  # the cell that installs
            parts.append(f"```python\n{cell.source}\n```")
            parts += [shown(output, f"{path.stem}-{number}-{i}")
                      for i, output in enumerate(together(cell.get("outputs", [])))]  # fmt: skip
    first, *rest = [part for part in parts if part]
    if not ran:
        rest.insert(0, _NOT_RUN)
    return "\n\n".join([first, f"From `notebooks/{path.name}`.", *rest]) + "\n"


def together(outputs: list[Any]) -> list[Any]:
    """Lines that were printed one after the other as one output."""
    found: list[Any] = []
    for output in outputs:
        if output.output_type == "stream" and output.name != "stdout":
            continue
        if found and output.output_type == found[-1].output_type == "stream":
            found[-1] = SimpleNamespace(
                output_type="stream", name="stdout", text=found[-1].text + output.text
            )
        else:
            found.append(output)
    return found


def shown(output: Any, name: str) -> str:
    """One output: a picture, a card, or text."""
    if output.output_type == "stream":
        return f"```text\n{output.text.rstrip()}\n```" if output.name == "stdout" else ""
    data = output.get("data", {})
    if _WIDGET in data:
        return ""
    if "image/png" in data:
        (PAGES / f"{name}.png").write_bytes(base64.b64decode(data["image/png"]))
        return f"![]({name}.png)"
    if "text/html" in data and _BAR.search(data["text/html"]):
        return ""
    if "text/html" in data:
        card = re.sub(r"\n\s*\n", "\n", data["text/html"])
        return f"```{{raw}} html\n{card}\n```"
    return f"```text\n{data['text/plain'].rstrip()}\n```" if "text/plain" in data else ""


def executed(path: Path) -> tuple[Any, bool]:
    """A notebook with its outputs, and whether it could be run; a failing cell ends the build."""
    import nengo_lifdeep

    text = path.read_bytes()
    digest = hashlib.sha256(text + nengo_lifdeep.__version__.encode()).hexdigest()[:16]
    kept = KEPT / f"{path.stem}-{digest}.ipynb"
    wanted = os.environ.get("LIFDEEP_NOTEBOOKS") == "run"
    if not kept.is_file() and not wanted:
        cells = [
            SimpleNamespace(
                cell_type=cell["cell_type"], source="".join(cell["source"]), get=lambda key, no: no
            )
            for cell in json.loads(text)["cells"]
        ]
        return SimpleNamespace(cells=cells), False
    import nbclient
    import nbformat

    if kept.is_file():
        return nbformat.read(kept, as_version=4), True
    notebook = nbformat.read(path, as_version=4)
    KEPT.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    folder = KEPT / "files"  # what a notebook writes
    folder.mkdir(exist_ok=True)
    client = nbclient.NotebookClient(
        notebook, timeout=PATIENCE, kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    client.execute()
    nbformat.write(notebook, kept)
    return notebook, True


def setup(app: Any) -> dict[str, bool]:
    """For Sphinx: before it looks for pages."""
    app.connect("builder-inited", pages)
    return {"parallel_read_safe": True}
