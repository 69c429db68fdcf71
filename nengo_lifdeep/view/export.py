"""What is seen, as a picture or a film: drawn with Pillow, which Bokeh brings."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..support.words.counted import counted
from .look import LIGHT, Look
from .showing import Run

__all__ = ["Shot", "gif", "png"]

#: pixels: width of a network's column, margin, height of a line of text, of the curves, of a layer
_WIDTH, _MARGIN, _LINE, _CURVES, _HIGHEST = 440, 10, 20, 180, 150

#: pictures of a film, at most, and ms for which each is shown
_FRAMES, _SHOWN_FOR = 40, 100


@dataclasses.dataclass(frozen=True)
class Shot:
    """A network's run, to be drawn.

    Parameters
    ----------
    title : str
        Above its pictures, the network's name.
    classes : tuple of str
        Names of the classes.
    run : Run
        What is drawn.
    valued : bool
        Whether the answer is values, and no class.
    """

    title: str
    classes: tuple[str, ...]
    run: Run
    valued: bool = False


def png(shots: Sequence[Shot], title: str, step: int, look: Look = LIGHT) -> bytes:
    """The moment after ``step`` steps as a PNG.

    Parameters
    ----------
    shots : sequence of Shot
        One for each network, side by side.
    title : str
        What the networks were shown.
    step : int
        Number of steps.
    look : Look
        Colours.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> from nengo_lifdeep.view.showing import run_image
    >>> trained, test = trained_example()
    >>> shot = Shot("digits", trained.classes, run_image(trained, test.images[0], t_p=0.05))
    >>> png([shot], "image 0", 50)[1:4]
    b'PNG'
    """
    written = io.BytesIO()
    _frame(shots, title, step, look).save(written, "PNG")
    return written.getvalue()


def gif(shots: Sequence[Shot], title: str, look: Look = LIGHT) -> bytes:
    """The whole presentation as an animated GIF that repeats.

    Parameters
    ----------
    shots, title, look
        As for `png`.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> from nengo_lifdeep.view.showing import run_image
    >>> trained, test = trained_example()
    >>> shot = Shot("digits", trained.classes, run_image(trained, test.images[0], t_p=0.05))
    >>> gif([shot], "image 0")[:6]
    b'GIF89a'
    """
    last = max(shot.run.n_steps for shot in shots)
    steps = np.unique(np.linspace(1, last, min(_FRAMES, last)).astype(int))
    frames = [_frame(shots, title, int(step), look).quantize(32) for step in steps]
    written = io.BytesIO()
    durations = [_SHOWN_FOR] * (len(frames) - 1) + [10 * _SHOWN_FOR]
    frames[0].save(
        written, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0
    )
    return written.getvalue()


def _frame(shots: Sequence[Shot], title: str, step: int, look: Look) -> Any:
    """Everything at one moment."""
    from PIL import Image

    columns = [_column(shot, step, look) for shot in shots]
    shown = _pixels(shots[0].run.image, 140)
    top = shown.height + 2 * _MARGIN + _LINE
    size = (len(columns) * (_WIDTH + _MARGIN) + _MARGIN, top + max(c.height for c in columns))
    frame = Image.new("RGB", size, look.ground)
    _write(frame, (_MARGIN, _MARGIN), f"{title}, {step} ms", look.ink)
    frame.paste(shown, (_MARGIN, _MARGIN + _LINE))
    for i, column in enumerate(columns):
        frame.paste(column, (_MARGIN + i * (_WIDTH + _MARGIN), top))
    return frame


def _column(shot: Shot, step: int, look: Look) -> Any:
    """One network: its answer, the curves, the layers."""
    from PIL import Image

    run = shot.run
    step = min(step, run.n_steps)
    answer = run.says(step, None if shot.valued else shot.classes)
    layers = [(name, _layer(run, name, step, look)) for name in run.shapes]
    height = _LINE + _CURVES + sum(_LINE + picture.height + _MARGIN for _, picture in layers)
    column = Image.new("RGB", (_WIDTH, height + _MARGIN), look.ground)
    says = f"{shot.title} in {run.record.simulator}: {answer}"
    _write(column, (0, 0), says, look.ink)
    _curves(column, _LINE, shot, max(step, 1), look)
    y = _LINE + _CURVES
    for name, picture in layers:
        spikes = run.spikes_until(name, step)
        _write(column, (0, y), f"{name}: {counted(spikes, 'spike')}", look.ink)
        column.paste(picture, (0, y + _LINE))
        y += _LINE + picture.height + _MARGIN
    return column


def _layer(run: Run, name: str, step: int, look: Look) -> Any:
    """A layer's spikes in whole pixels, as large as there is room for."""
    from PIL import Image

    counts = np.minimum(run.activity(name, step), 3).astype(int)
    colours = np.array([_rgb(c) for c in (look.ground, *look.spikes)], np.uint8)
    picture = Image.fromarray(colours[counts])
    factor = min(_WIDTH / picture.width, _HIGHEST / picture.height)
    factor = max(int(factor), 1) if factor >= 1 else factor
    size = (max(round(picture.width * factor), 1), max(round(picture.height * factor), 1))
    return picture.resize(size, Image.Resampling.NEAREST)


def _curves(column: Any, top: int, shot: Shot, step: int, look: Look) -> None:
    """Evidence up to a step; the leading class thick and named."""
    from PIL import ImageDraw

    evidence = shot.run.evidence()
    low, high = float(evidence.min()), float(evidence.max())
    wide, high_px = _WIDTH - 90, _CURVES - 2 * _MARGIN

    def y(value: float) -> float:
        return top + _MARGIN + high_px * (1 - (value - low) / ((high - low) or 1.0))

    pen = ImageDraw.Draw(column)
    pen.rectangle((0, top + _MARGIN, wide, top + _MARGIN + high_px), outline=look.faint)
    order = np.argsort(evidence[step - 1])[::-1]
    for place, k in reversed(list(enumerate(order))):
        colour = look.classes[place] if place < 4 else look.faint
        points = [(wide * i / (len(evidence) or 1), y(float(v)))
                  for i, v in enumerate(evidence[:step, k])]  # fmt: skip
        if len(points) > 1:
            pen.line(points, fill=colour, width=3 if place == 0 else 1)
        if place == 0:
            _write(column, (wide + 8, int(points[-1][1]) - 8), shot.classes[k][:12], colour)


def _pixels(image: np.ndarray, side: int) -> Any:
    """The image itself, enlarged in whole pixels; grey ones with ink dark on white."""
    from PIL import Image

    drawn = image if image.shape[2] == 3 else 1.0 - image.mean(axis=2, keepdims=True).repeat(3, 2)
    picture = Image.fromarray((255 * np.clip(drawn, 0, 1)).astype(np.uint8))
    factor = max(side // max(picture.size), 1)
    size = (picture.width * factor, picture.height * factor)
    return picture.resize(size, Image.Resampling.NEAREST)


def _write(picture: Any, where: tuple[int, int], text: str, colour: str) -> None:
    from PIL import ImageDraw, ImageFont

    try:
        font = ImageFont.load_default(14)
    except TypeError:  # Pillow before 10.1 has one size, and Latin letters only
        font = ImageFont.load_default()
        text = text.encode("latin-1", "replace").decode("latin-1")
    ImageDraw.Draw(picture).text(where, text, fill=colour, font=font)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))
