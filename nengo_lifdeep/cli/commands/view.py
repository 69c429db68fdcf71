"""``lifdeep view``."""

from __future__ import annotations

from typing import Annotated

import typer

from ..options import DataDirectory, Model, Size, TestData

__all__ = ["view"]


def view(
    model: Model,
    data: TestData = None,
    data_dir: DataDirectory = None,
    size: Size = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    n: Annotated[
        int, typer.Option("--n", min=1, help="Test images to choose from, at most.")
    ] = 500,
) -> None:
    """Watch a network at work in the browser: spikes through the layers, evidence over time.

    Choose an image or draw one; change synapse, times and simulator. The page is served to this
    machine only and loads nothing from elsewhere.
    """
    from ...view import serve
    from ..data import test_images
    from ..files import load_model

    network = load_model(model)
    images = test_images(network, data, data_dir, None, size=size)
    serve(network, images.take(min(n, len(images))), port=port, show=browser)
