"""A regression and an autoencoder: trained in rates, run in spikes, error of the values in time.

``diabetes`` predicts the progression of diabetes from ten standardised measurements; ``digits``
draws 8 x 8 digits again from 16 neurons. Both are trained through NengoDL, converted, and run in
every simulator on the test part. Intervals are over images (bootstrap); figures of several seeds
are means with the deviation.

    python examples/values_in_spikes.py --seeds 3

Learning rates were chosen with ``--choose``: trainings without a sixth of the training part, which
is judged instead. The test part is not used for this.
"""

from __future__ import annotations

import argparse

import numpy as np

from nengo_lifdeep import (
    AlphaRCNoise,
    Presentation,
    SoftLIF,
    TrainedModel,
    ValueEvaluation,
    convert,
    evaluate,
    train,
)
from nengo_lifdeep.datasets import Dataset, load
from nengo_lifdeep.neurons.synapses import chip_synapse
from nengo_lifdeep.report import evaluation_table
from nengo_lifdeep.simulators import SIMULATORS

#: data set, network, epochs, images per step, learning rate
TASKS = {
    "diabetes": ("diabetes", "diabetes-dense", 100, 32, 0.003),
    "digits": ("digits-images", "digits-autoencoder", 60, 50, 0.003),
}
SYNAPSE = 0.005
TIMING = Presentation(t_c=0.1, t_p=0.3)


def fit(data: Dataset, task: str, epochs: int | None, seed: int, peak: float) -> TrainedModel:
    """The trained rate network; learning rates fade from ``peak`` to nothing."""
    _, network, usual, batch_size, _ = TASKS[task]
    n = epochs or usual
    return train(
        network,
        data,
        neuron=SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063, noise=AlphaRCNoise(0.003)),
        gain=0.825,
        loss="mean_squared_error",
        learning_rate=lambda epoch: peak * (1 - epoch / n),
        batch_size=batch_size,
        epochs=n,
        seed=seed,
        progress=False,
    )


def measured(
    trained: TrainedModel, data: Dataset, simulators: list[str], n: int | None
) -> list[ValueEvaluation]:
    """The test part in rates and in every simulator."""
    test = data.test if n is None else data.test.take(n)
    found = [evaluate(trained, test, task="regression")]
    for name in simulators:
        synapse = chip_synapse(SYNAPSE) if SIMULATORS[name].on_chip else SYNAPSE
        spiking = convert(trained, synapse=synapse)
        found.append(
            evaluate(
                spiking, test, task="regression", simulator=name, presentation=TIMING,
                reference=found[0],
            )
        )  # fmt: skip
    return found


def told(found: list[ValueEvaluation]) -> None:
    """Print a table, and the mean absolute error of averages from t_c on."""
    print(evaluation_table(found).markdown())
    for each in found[1:]:
        row = each.in_time.row(TIMING.c_steps)
        ends = [TIMING.c_steps + k for k in (10, 25, 50, 100, 200)]
        text = ", ".join(f"{end} ms {row[end]:.4g}" for end in ends)
        print(f"{each.simulator}: mean absolute error by {text}; in rates "
              f"{found[0].mean_absolute_error:.4g}")  # fmt: skip


def choose(task: str, epochs: int | None) -> None:
    """Print R2 on held-out training data by learning rate."""
    data = load(TASKS[task][0]).held_out()
    for peak in (0.001, 0.003, 0.01, 0.03):
        found = evaluate(fit(data, task, epochs, 0, peak), data, task="regression")
        print(f"{task}, learning rate {peak:g}: R2 {found.r2:.4f}")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", choices=TASKS, action="append", help="by default both")
    parser.add_argument("--epochs", type=int, help="by default the task's own")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--n", type=int, help="test images, by default all")
    parser.add_argument("--simulator", action="append", help="by default all")
    parser.add_argument("--choose", action="store_true")
    options = parser.parse_args()
    names = options.simulator or [name for name, each in SIMULATORS.items() if each.spikes]
    for task in options.task or TASKS:
        if options.choose:
            choose(task, options.epochs)
            continue
        data = load(TASKS[task][0])
        runs = []
        for seed in range(options.seeds):
            trained = fit(data, task, options.epochs, seed, TASKS[task][4])
            runs.append(measured(trained, data, names if seed == 0 else names[:1], options.n))
        told(runs[0])
        for place, each in enumerate(runs[0][:2]):
            scores = [[run[place].scores[name] for run in runs] for name in each.scores]
            parts = (
                f"{name} {np.mean(row):.4g} ± {np.std(row):.2g}"
                for name, row in zip(each.scores, scores, strict=True)
            )
            print(f"{task}, {each.simulator}, {len(runs)} seeds: {', '.join(parts)}")


if __name__ == "__main__":
    main()
