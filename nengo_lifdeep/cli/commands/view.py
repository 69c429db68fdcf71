"""``lifdeep view``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..completion import models
from ..options import DataDirectory, Model, Size, TestData

__all__ = ["view"]


def view(
    model: Model,
    data: TestData = None,
    data_dir: DataDirectory = None,
    size: Size = None,
    beside: Annotated[
        Path | None,
        typer.Option(
            help="A second network, shown the same image: a file, or a name as above.",
            autocompletion=models,
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    n: Annotated[
        int, typer.Option("--n", min=1, help="Test images to choose from, at most.")
    ] = 500,
) -> None:
    """Watch a network at work in the browser: spikes through the layers, evidence over time.

    Choose images, networks (the package's, and .lifdeep files of this folder), simulator, synapse
    and times; draw an image; save what is seen as GIF or PNG. The page is served to this machine
    only and loads nothing from elsewhere.
    """
    from ...view import serve
    from ..data import test_images
    from ..files import load_model

    network = load_model(model)
    images = test_images(network, data, data_dir, None, size=size)
    second = None if beside is None else load_model(beside)
    shown = images.take(min(n, len(images)))
    serve(network, shown, beside=second, port=port, show=browser)
