"""Draw ``events.png``: a moving digit as events in time, and as frames."""

from __future__ import annotations

import argparse

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import zoom

from nengo_lifdeep.datasets import Binning, load, saccades, signed_events


def main() -> None:
    """Events of one digit of scikit-learn's set, moved along three saccades."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="docs/pictures/events.png")
    small = np.pad(load("digits").train.images[13, :, :, 0], 1)
    digit = np.clip(zoom(small, 3, order=1), 0, 1)[np.newaxis]
    stream = signed_events(digit, saccades(10, 3.0), 0.2, step=10_000, margin=2)[0]
    figure = plt.figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.2, 1))
    axes = left.subplots()
    for on, colour, word in ((True, "#d62728", "on"), (False, "#1f77b4", "off")):
        of = stream.p == on
        axes.scatter(stream.t[of] / 1000, stream.x[of], s=4, color=colour, label=word, linewidths=0)
    axes.set(xlabel="time [ms]", ylabel="column", title="events of all rows")
    axes.title.set_fontsize(9)
    axes.legend(loc="upper left", markerscale=3)
    frames = Binning(6, polarity="signed", limit=3).frames(stream)[..., 0]
    grid = right.subplots(2, 3)
    for number, (frame, place) in enumerate(zip(frames, grid.ravel(), strict=True)):
        place.imshow(frame, cmap="RdBu_r", vmin=-1, vmax=1)
        place.set(xticks=[], yticks=[], title=f"{50 * number} to {50 * (number + 1)} ms")
        place.title.set_fontsize(9)
    figure.savefig(parser.parse_args().out, dpi=100)
    print(f"{len(stream):,} events in {stream.duration:.2f} s, {np.mean(stream.p):.0%} on")


if __name__ == "__main__":
    main()
