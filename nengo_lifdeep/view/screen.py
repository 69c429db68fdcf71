"""One network at work: its choices, what it says, and its pictures."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import numpy as np

from ..compat.requirements import import_optional
from ..conversion.swap import convert
from ..models import SpikingModel
from ..support.words.counted import counted
from .choices import Network, Shelf, shape_of
from .figures import EvidenceFigure, FilterFigure, LayerFigure
from .filters import filtered, filters
from .look import Look
from .showing import Run, choices_for

__all__ = ["NOBODY", "Screen", "grid"]

#: the second network, where none is wanted
NOBODY = "none"

_HIDDEN = "none"

_FITTING: dict[str, Any] = {"sizing_mode": "stretch_width"}

#: over the curves
_EVIDENCE, _VALUES = "evidence for each class", "each of the values"

#: how what went wrong looks
_ALARMING = {
    "background": "#f8d7da", "color": "#58151c", "border": "1px solid #f1aeb5",
    "border-radius": "6px", "padding": "0.6em 1em",
}  # fmt: skip


def grid(parts: list[Any], most: int) -> Any:
    """Parts side by side, as many as there is room for.

    Parameters
    ----------
    parts : list
        What Panel can show.
    most : int
        Side by side, on the widest screen.
    """
    panel = import_optional("panel")
    share = 100 // (most + 1) + 1  # of the width: one more would not fit
    columns = f"repeat(auto-fit, minmax(min(100%, max(420px, {share}%)), 1fr))"
    rule = f":host {{ display: grid !important; grid-template-columns: {columns}; gap: 4px 16px; }}"
    # every column of Panel has an unseen button at its end, which would take a place of its own
    unseen = ".scroll-button { display: none; }"
    return panel.Column(*parts, stylesheets=[rule, unseen], **_FITTING)


class Screen:
    """A network of the shelf and its pictures; empty until one is chosen.

    Parameters
    ----------
    shelf : Shelf
        What can be chosen.
    chosen : str
        The network to begin with, or `NOBODY`.
    look : Look
        Colours.
    changed : callable
        Called when another network or simulator was chosen.
    optional : bool
        Whether there may be no network.

    Attributes
    ----------
    valued : bool
        Whether the images come with values, so that the network's answer is values.
    """

    def __init__(
        self,
        shelf: Shelf,
        chosen: str,
        look: Look,
        changed: Callable[[], None],
        optional: bool = False,
    ) -> None:
        self.panel = panel = import_optional("panel")
        self.shelf, self.look, self.changed = shelf, look, changed
        self.model: Network | None = None
        self.spiking: SpikingModel | None = None
        self.classes: tuple[str, ...] = ()
        self.layers: list[LayerFigure] = []
        self.run: Run | None = None
        names = [NOBODY, *shelf.networks] if optional else shelf.networks
        w = panel.widgets
        self.network = w.Select(
            name="second network" if optional else "network", options=names, value=chosen,
            **_FITTING,
        )  # fmt: skip
        self.simulator = w.Select(
            name="its simulator" if optional else "simulator", options=[], **_FITTING
        )
        self.pictured = w.Select(
            name="its filters" if optional else "filters of", options=[_HIDDEN], **_FITTING
        )
        self.says = panel.pane.HTML("", **_FITTING)
        self.problem = panel.pane.HTML("", visible=False, styles=_ALARMING, **_FITTING)
        self.evidence = EvidenceFigure((), look)
        self.filter = FilterFigure(look)
        self.filter_pane = panel.pane.Bokeh(self.filter.figure, **_FITTING)
        self.filter_place = panel.Column(**_FITTING)
        self.pictures = grid([], 3)
        self.area = panel.Column(
            self.says, self.problem, self.filter_place, self.pictures, **_FITTING
        )
        self.valued = self._choosing = False
        self.choose()
        self.network.param.watch(lambda event: self._network_chosen(), "value")
        self.simulator.param.watch(lambda event: self._simulator_chosen(), "value")
        self.pictured.param.watch(lambda event: self._filters_chosen(), "value")

    @property
    def controls(self) -> list[Any]:
        """Widgets of this network."""
        return [self.network, self.simulator, self.pictured]

    @property
    def named(self) -> tuple[str, ...] | None:
        """Names of the classes; None where the network gives values."""
        return None if self.valued else self.classes

    @property
    def wanted(self) -> bool:
        """Whether a network was chosen and is there."""
        return self.model is not None

    def choose(self) -> None:
        """Take the chosen network from the shelf; raises what keeps it from being taken."""
        name = self.network.value
        self.run, self.layers, self.model, self.spiking = None, [], None, None
        for widget in (self.simulator, self.pictured):
            widget.visible = name != NOBODY
        if name == NOBODY:
            return
        model = self.shelf.network(name)
        spiking = model if isinstance(model, SpikingModel) else convert(model)
        able = choices_for(model)
        self._choosing = True
        self.simulator.options = list(able)
        self.simulator.value = able[0]
        self.pictured.options = [_HIDDEN, *filtered(spiking)]
        self.pictured.value = _HIDDEN
        self._choosing = False
        self.model, self.spiking = model, spiking
        self.classes = tuple(model.classes) or tuple(map(str, range(spiking.n_classes)))
        self.evidence = EvidenceFigure(self.classes, self.look)
        self.layers = [LayerFigure(p.name, self.look) for p in spiking.populations]
        figures = [self.evidence.figure, *(layer.figure for layer in self.layers)]
        self.pictures.objects = [self.panel.pane.Bokeh(each, **_FITTING) for each in figures]

    def _network_chosen(self) -> None:
        try:
            self.choose()
        except Exception as error:
            self.fail(error)
        self.changed()

    def _simulator_chosen(self) -> None:
        if not self._choosing:
            self.changed()

    def _filters_chosen(self) -> None:
        name = self.pictured.value
        shown = name != _HIDDEN and self.spiking is not None
        if shown:
            assert self.spiking is not None
            self.filter.draw(
                filters(self.spiking, name),
                f"{name}: its strongest filters; red excites, blue inhibits",
            )
        self.filter_place.objects = [self.filter_pane] if shown else []

    def takes(self, image: np.ndarray) -> bool:
        """Whether the network takes images of this shape.

        Parameters
        ----------
        image : (row, column, channel) array
            The image.
        """
        return self.model is not None and shape_of(self.model) == image.shape

    def begin(self) -> None:
        """Say that it runs."""
        self.says.object = f"running in {html.escape(self.simulator.value)} ..."
        self.area.loading = True

    def fail(self, error: Exception) -> None:
        """Say what went wrong, and show no answer of settings before.

        Parameters
        ----------
        error : Exception
            What went wrong.
        """
        self.area.loading, self.problem.visible = False, True
        self.problem.object = html.escape(str(error) or type(error).__name__)
        self.run, self.says.object = None, ""
        self.evidence.clear()
        for layer in self.layers:
            layer.clear()

    def arrive(self, run: Run) -> None:
        """Take a run.

        Parameters
        ----------
        run : Run
            The run that is shown from now on.
        """
        self.area.loading, self.problem.visible = False, False
        self.run = run
        self.evidence.load(run)
        self.evidence.figure.title.text = _VALUES if self.valued else _EVIDENCE

    def show(self, step: int) -> None:
        """Everything as it is after ``step`` steps.

        Parameters
        ----------
        step : int
            Number of the step, counted from 0.
        """
        run = self.run
        if run is None:
            return
        step = min(step, run.n_steps)
        for layer in self.layers:
            layer.show(run, step)
        self.evidence.show(step)
        spikes = sum(run.spikes_until(layer.name, step) for layer in self.layers)
        self.says.object = (
            f"<b>{html.escape(self.network.value)}</b> in simulator "
            f"{html.escape(run.record.simulator)}, <b>{step} ms</b>: answer "
            f"<b>{html.escape(run.says(step, self.named))}</b>, {counted(spikes, 'spike')}"
        )
