"""The Python of the how-to pages, page by page, as a reader would type it."""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import nengo_lifdeep as nld
from nengo_lifdeep.errors import DataError

DOCS = Path(__file__).parents[1] / "docs"
#: ImageNet is the reader's; the recipe for neurons is followed in tests/neurons/test_recipe.py, own
#: pictures word for word in tests/journeys/test_own_pictures.py.
NOT_RUN = {"imagenet.md", "adding_a_neuron.md", "own_pictures.md"}
PAGES = {page.name for page in DOCS.glob("*.md") if "```python" in page.read_text("utf-8")}


def _given(page: str, folder: Path) -> dict:
    """What a page takes for granted: its reader's names and files."""
    digits = nld.datasets.load("digits")
    spiking = nld.convert(nld.pretrained.load("digits-compact"), synapse=0.003)
    if page == "cli.md":
        nld.run(spiking, digits.test.take(3), rasters=1).save(folder / "record.lifdeep")
    if page == "own_model.md":
        keras = pytest.importorskip("keras")
        K = keras.layers
        for name, first in (("mine", []), ("with_max_pooling", [K.MaxPooling2D(2)])):
            layers = [keras.Input((28, 28, 1)), *first, K.Flatten(), K.Dense(20, activation="relu")]
            keras.Sequential([*layers, K.Dense(10)]).save(folder / f"{name}.keras")
    if page == "importers.md":
        onnx = pytest.importorskip("onnx")
        weights = [onnx.numpy_helper.from_array(np.eye(64, 64 // n, dtype=np.float32), f"w{n}")
                   for n in (1, 8)]  # fmt: skip
        steps = [("Flatten", ["x"], ["a"]), ("MatMul", ["a", "w1"], ["b"]), ("Relu", ["b"], ["c"]),
                 ("MatMul", ["c", "w8"], ["y"])]  # fmt: skip
        ends = [onnx.helper.make_tensor_value_info(n, 1, s) for n, s in (("x", [1, 1, 8, 8]),
                ("y", None))]  # fmt: skip
        nodes = [onnx.helper.make_node(*step) for step in steps]
        graph = onnx.helper.make_graph(nodes, "mine", ends[:1], ends[1:], weights)
        onnx.save_model(onnx.helper.make_model(graph), folder / "mine.onnx")
    if page == "concepts.md":
        frames = np.random.default_rng(0).uniform(size=(2, 150, *digits.test.image_shape))
        return {"spiking": spiking, "test": digits.test.take(5), "frames": frames}
    return {"__name__": "__main__"}


@pytest.mark.tf
@pytest.mark.loihi
@pytest.mark.parametrize("page", sorted(PAGES - NOT_RUN))
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    if page == "nir.md":
        pytest.importorskip("nir")
    if page == "live_view.md":
        pytest.importorskip("panel")
    text = (DOCS / page).read_text(encoding="utf-8")
    for name in re.findall(r'load\("(\S*mnist)"\)', text):
        try:
            nld.datasets.load(name)
        except DataError as error:
            pytest.skip(str(error))
    monkeypatch.chdir(tmp_path)
    names = _given(page, tmp_path)
    for code in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        if "import torch" in code and find_spec("torch") is None:
            continue
        shorter = code.replace('load("mnist").test', 'load("mnist").test.take(100)')
        exec(compile(shorter, page, "exec"), names)
    made = {"cli.md": "raster.png", "nir.md": "digits.nir"}.get(page)
    assert made is None or (tmp_path / made).stat().st_size
