"""Draw the picture of the first page: from rates over noise and spikes to the chip.

python docs/pictures/method.py

Everything in it is computed: the neuron's curves, the noise of filtered spikes, and one digit in
the trained network that comes with the package.
"""

from pathlib import Path

import nengo
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from nengo_lifdeep import SoftLIF, convert, datasets, deploy, pretrained, run
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.report import plots

BLUE, RED, GREY = "#0072B2", "#D55E00", "#777777"


def rates(ax) -> None:
    """The curve that is trained, and the one that spiking neurons have."""
    currents = np.linspace(0, 3, 600)
    for neuron, colour, name in (
        (nengo.LIFRate(0.02, 0.002), GREY, "LIF: no slope at 1"),
        (SoftLIF(0.02, 0.002, sigma=0.1), BLUE, "SoftLIF: trained"),
    ):
        ax.plot(currents, neuron.rates(currents, [1.0], [0.0]), color=colour, lw=2, label=name)
    ax.set(xlabel="current", ylabel="rate [Hz]")
    ax.legend(frameon=False, fontsize=8, loc="upper left")


def noise(ax) -> None:
    """What a neuron of the next layer sees: filtered spikes vary about their rate."""
    with nengo.Network(seed=0) as network:
        cell = nengo.Ensemble(1, 1, gain=[1.0], bias=[1.35], neuron_type=nengo.LIF(0.02, 0.002))
        probe = nengo.Probe(cell.neurons, synapse=nengo.Alpha(0.005))
    with nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run(0.2, progress_bar=False)
    seen = simulator.data[probe][:, 0]
    rate = nengo.LIF(0.02, 0.002).rates([0.35 + 1.0], [1.0], [0.0]).item()
    times = 1000 * simulator.trange()
    ax.plot(times, seen, color=RED, lw=1.2, label="filtered spikes")
    ax.axhline(rate, color=BLUE, lw=2, label="rate")
    ax.set(
        xlabel="time [ms]",
        ylabel="rate seen [Hz]",
        ylim=(0, None),
    )
    ax.legend(fontsize=8, loc="lower right", framealpha=1)


def cores(ax, plan) -> None:
    """The 128 cores of one chip, those in use in the colour of their layer."""
    palette = (BLUE, RED, "#009E73", "#CC79A7")
    used = [palette[i % 4] for i, layer in enumerate(plan.layers) for _ in layer.cores]
    for core in range(128):
        row, column = divmod(core, 16)
        colour = used[core] if core < len(used) else "none"
        ax.add_patch(Rectangle((column, -row), 0.8, 0.8, facecolor=colour, edgecolor="#999999"))
    ax.set(xlim=(-0.3, 16.1), ylim=(-7.4, 1.1), aspect="equal")
    ax.set_axis_off()
    words = f"mnist-compact: {len(used)} of a chip's 128 cores"
    ax.text(0, -8, words, va="top", fontsize=9)


def main() -> None:
    """Draw and save."""
    trained = pretrained.load("digits-compact")
    image = datasets.load("digits").test.first(1)
    record = run(
        convert(trained),
        image,
        presentation=Presentation(t_c=0.05, t_p=0.15),
        rasters=1,
        progress=False,
    )
    figure = Figure(figsize=(13, 3.4), layout="constrained")
    first, second, third, fourth = figure.subplots(1, 4, width_ratios=(1, 1, 1.2, 1))
    rates(first)
    noise(second)
    plots.raster(record, image=0, ax=third)
    third.set_xlabel("time [ms], averaged after the line")
    cores(fourth, deploy(pretrained.load("mnist-compact")).plan)
    for ax, title in (
        (first, "1  Train in rates"), (second, "2  with the noise of spikes"),
        (third, "3  Run in spikes"), (fourth, "4  or on Loihi's cores"),
    ):  # fmt: skip
        ax.set_title("")
        ax.set_title(title, loc="left", fontsize=11, fontweight="bold")
        if ax is not fourth:
            ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(Path(__file__).with_name("method.png"), dpi=120)


if __name__ == "__main__":
    main()
