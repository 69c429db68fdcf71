"""The main job on scikit-learn's digits: train in rates, run in spikes, deploy to Loihi's emulator.

Trains a small convolutional network of SoftLIF neurons through NengoDL with alpha-RC noise,
converts it to spiking LIF neurons, classifies the 359 test images in five simulators, prints one
table and writes a report folder: models, evaluations, tables and pictures. About a minute.

    python examples/digits_end_to_end.py --out report

Learning rate, synapse and times were chosen with ``--choose 3``: three trainings each without a
sixth of the training images, judged on these. The test images are not used for this.
"""

from __future__ import annotations

import argparse

import nengo
import numpy as np

from nengo_lifdeep import (
    AlphaRCNoise,
    Presentation,
    SoftLIF,
    TrainedModel,
    convert,
    evaluate,
    operating_points,
    train,
)
from nengo_lifdeep.datasets import Dataset, load
from nengo_lifdeep.report import evaluation_table, write_report
from nengo_lifdeep.simulators import run


def fit(digits: Dataset, epochs: int, seed: int, peak: float = 0.003) -> TrainedModel:
    """The trained rate network; learning rates fade from ``peak`` to nothing."""
    return train(
        "digits-compact",
        digits,
        neuron=SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063, noise=AlphaRCNoise(0.003)),
        gain=0.825,
        learning_rate=lambda epoch: peak * (1 - epoch / epochs),
        batch_size=50,
        epochs=epochs,
        seed=seed,
    )


def choose(epochs: int, seeds: int) -> None:
    """Print mean errors on held-out training images: learning rates, then synapses and times."""
    digits = load("digits").held_out()
    nets = {
        peak: [fit(digits, epochs, seed, peak) for seed in range(seeds)]
        for peak in (0.001, 0.002, 0.003, 0.005, 0.01)
    }
    errors = {peak: np.mean([evaluate(n, digits).error for n in nets[peak]]) for peak in nets}
    for peak, error in errors.items():
        print(f"learning rate {peak:g}: {error:.2f} %")
    found = [
        operating_points(net, digits, tau_s=(0.001, 0.003, 0.005), scale_firing_rates=(1.0,),
                         t_p=(0.1, 0.15), t_c=(0.02, 0.05, 0.08)).points
        for net in nets[min(errors, key=errors.__getitem__)]
    ]  # fmt: skip
    means = [(np.mean([p.error for p in same]), same[0]) for same in zip(*found, strict=True)]
    for error, point in sorted(means, key=lambda pair: pair[0]):
        times = ", ".join(f"{1e3 * t:g}" for t in (point.tau_s, point.t_c, point.t_p))
        print(f"(tau_s, t_c, t_p) = ({times}) ms: {error:.2f} %")


def main(out: str = "report", epochs: int = 30, seed: int = 0) -> list:
    """Do the main job; return the evaluations, first in rates, then in each spiking simulator."""
    digits = load("digits")
    trained = fit(digits, epochs, seed)

    spiking = convert(trained, synapse=nengo.Alpha(0.003))
    for_loihi = convert(trained, synapse=nengo.Lowpass(0.006))  # the chip has no alpha synapse
    show = Presentation(t_c=0.05, t_p=0.15)

    results = [evaluate(trained, digits.test)]
    models = {"events": spiking, "nengo": spiking, "nengo-dl": spiking, "loihi": for_loihi}
    for name, model in models.items():
        result = evaluate(
            model, digits.test, simulator=name, presentation=show, reference=trained, progress=True
        )
        results.append(result)

    record = run(spiking, digits.test.take(1), simulator="nengo", presentation=show, rasters=1)
    evaluation_table(results).show()
    write_report(out, trained, spiking, results, record)
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--out", default="report", help="folder for the report")
    parser.add_argument("--epochs", type=int, default=30, help="how often every image is shown")
    parser.add_argument("--seed", type=int, default=0, help="decides everything that is random")
    parser.add_argument("--choose", type=int, help="trainings to choose settings with, no more")
    options = parser.parse_args()
    if options.choose:
        choose(options.epochs, options.choose)
    else:
        main(options.out, options.epochs, options.seed)
        print(f"report written to {options.out}")
