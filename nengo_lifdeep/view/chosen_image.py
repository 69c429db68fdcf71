"""The image that the networks are shown: one of a set, or drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DataError
from .choices import Network, Shelf, shape_of
from .figures import ImageFigure, drawing_pad
from .look import Look
from .showing import numbers
from .strokes import draw_strokes

__all__ = ["ChosenImage"]

_FITTING: dict[str, Any] = {"sizing_mode": "stretch_width"}


class ChosenImage:
    """Widgets with which one visitor chooses an image or draws one, and its picture.

    Parameters
    ----------
    panel : module
        Panel.
    shelf : Shelf
        Sets that can be chosen, and the one that is shown first.
    look : Look
        Colours.
    model : TrainedModel, SpikingModel or None
        The first network, which decides what sets are offered; None if it cannot be had.
    changed : callable
        Called when there is another image to be run.
    failed : callable
        Called with the error if there are no images.
    """

    def __init__(
        self,
        panel: Any,
        shelf: Shelf,
        look: Look,
        model: Network | None,
        changed: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self.shelf, self.changed, self.failed = shelf, changed, failed
        self.drawn: np.ndarray | None = None
        self.title = "image"
        self.images, self.classes = shelf.images(shelf.given), shelf.class_names(shelf.given)
        self.missing: Exception | None = None  # why the chosen images are not there
        self.picture = ImageFigure(look)
        self.pad, self.strokes = drawing_pad(look)
        w = panel.widgets
        fitting = self._sets_for(model)
        others = (
            [] if shelf.given in fitting else [shelf.given]
        )  # the page says that they do not fit
        self.data = w.Select(name="images", options=[*others, *fitting], **_FITTING)
        last = len(self.images) - 1
        self.index = w.IntSlider(name="image", start=0, end=max(last, 1), value=0,
                                 disabled=last == 0, **_FITTING)  # fmt: skip
        self.another = w.Button(name="another image", button_type="primary")
        self.clear = w.Button(name="clear the drawing")
        self.pad_pane = panel.pane.Bokeh(self.pad, max_width=220, **_FITTING)
        self.image_pane = panel.pane.Bokeh(self.picture.figure, max_width=220, **_FITTING)
        self.shown = panel.Row(**_FITTING)
        self._offer_the_pad()
        self.index.param.watch(lambda event: self._another_image(), "value_throttled")
        self.data.param.watch(lambda event: self._data_changed(), "value")
        self.another.on_click(lambda event: self.choose())
        self.clear.on_click(lambda event: self._clear())
        self.strokes.on_change("data", lambda attr, old, new: self._draw(new))

    def take(self) -> np.ndarray:
        """The image as it is chosen now; the title says which one it is, in its own set's words."""
        index = min(int(self.index.value), len(self.images) - 1)
        label = self._label(index)
        self.title = f"image {index}: {label}" if self.drawn is None else "your drawing"
        return self.images.images[index] if self.drawn is None else self.drawn

    def choose(self) -> None:
        """Another one at random."""
        self.drawn = None
        self.index.value = int(np.random.default_rng().integers(len(self.images)))
        self.changed()

    def fit(self, model: Network | None) -> None:
        """Another first network: offer images that it takes, and run.

        Parameters
        ----------
        model : TrainedModel, SpikingModel or None
            The network; None if it cannot be had.
        """
        names = self._sets_for(model)
        if self.data.value in names or model is None:
            self.data.options = names if self.data.value in names else self.data.options
            self.changed()
            return
        trained_with = str(model.provenance.get("data"))
        chosen = trained_with if trained_with in names else names[0] if names else None
        if chosen is None:
            shape = " x ".join(map(str, shape_of(model)))
            self.failed(DataError(f"there are no images of {shape} here to choose from"))
            return
        self.data.options = names
        if self.data.value == chosen:
            self._data_changed()
        else:
            self.data.value = chosen

    def _sets_for(self, model: Network | None) -> list[str]:
        return self.shelf.data(shape_of(model)) if model is not None else [self.shelf.given]

    def _label(self, index: int) -> str:
        """What is to be given for an image: its class, or its values."""
        known = self.images.known_labels
        if known is None:
            return numbers(self.images.flat_targets[index])
        label = int(known[index])
        return self.classes[label] if label < len(self.classes) else str(label)

    def _offer_the_pad(self) -> None:
        grey = self.images.image_shape[-1] == 1
        self.clear.visible = grey
        self.shown.objects = [self.image_pane, *([self.pad_pane] if grey else [])]

    def _another_image(self) -> None:
        self.drawn = None
        self.changed()

    def _data_changed(self) -> None:
        try:
            self.images = self.shelf.images(self.data.value)
        except Exception as error:
            self.missing = error
            self.failed(error)
            return
        self.missing, self.classes = None, self.shelf.class_names(self.data.value)
        self.drawn, last = None, len(self.images) - 1
        self.index.value = 0
        self.index.end, self.index.disabled = max(last, 1), last == 0
        self._offer_the_pad()
        self.changed()

    def _clear(self) -> None:
        self.strokes.data = {"xs": [], "ys": []}
        if self.drawn is not None:
            self._another_image()

    def _draw(self, data: Any) -> None:
        if not any(len(x) for x in data["xs"]):
            return
        rows, cols = self.images.image_shape[:2]
        self.drawn = draw_strokes(data["xs"], data["ys"], (rows, cols))
        self.changed()
