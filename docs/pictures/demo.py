"""Draw the README's picture from the files that `make demo` left.

python docs/pictures/demo.py demo-report
"""

import sys
from pathlib import Path

from matplotlib.figure import Figure

from nengo_lifdeep import Evaluation, SpikeRecord
from nengo_lifdeep.report import plots


def main(folder: Path) -> None:
    spiking = ("nengo", "loihi")
    evaluations = [Evaluation.load(folder / f"evaluation-{name}.lifdeep") for name in spiking]
    record = SpikeRecord.load(folder / "record-nengo.lifdeep")
    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    plots.raster(record, image=0, ax=left)
    plots.accuracy_against_time(evaluations, ax=right)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(Path(__file__).with_name("demo.png"), dpi=110)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo-report"))
