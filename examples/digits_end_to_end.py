"""The main job on scikit-learn's digits: train in rates, run in spikes, deploy to Loihi's emulator.

Trains a small convolutional network of SoftLIF neurons through NengoDL with alpha-RC noise,
converts it to spiking LIF neurons, classifies the 359 test images in five simulators, prints one
table and writes a report folder: models, evaluations, tables and pictures. About a minute.

    python examples/digits_end_to_end.py --out report
"""

from __future__ import annotations

import argparse

import nengo

from nengo_lifdeep import AlphaRCNoise, Presentation, SoftLIF, convert, evaluate, train
from nengo_lifdeep.datasets import load
from nengo_lifdeep.report import evaluation_table, write_report
from nengo_lifdeep.simulators import run


def main(out: str = "report", epochs: int = 30, seed: int = 0) -> list:
    """Do the main job; return the evaluations, first in rates, then in each spiking simulator."""
    digits = load("digits")
    neuron = SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063, noise=AlphaRCNoise(0.003))
    trained = train(
        "digits-compact",
        digits,
        neuron=neuron,
        gain=0.825,
        learning_rate=lambda epoch: 0.003 * (1 - epoch / epochs),
        batch_size=50,
        epochs=epochs,
        seed=seed,
    )

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
    options = parser.parse_args()
    main(options.out, options.epochs, options.seed)
    print(f"report written to {options.out}")
