"""A spiking classifier that sees through a moving eye, inside a larger Nengo model.

A scene of digits in a row is looked at through a window of one digit. Every 250 ms the eye jumps to
the next one; the classifier sees only what the eye sees. Its scores feed a memory that is emptied
at every jump, and a basal ganglia selects the class with the most evidence. Printed is what the
model read, beside what is written there. The whole model runs in `nengo.Simulator`, in NengoDL, or
with the classifier on Loihi's emulator and everything else on the host.

    python examples/saccading_eye.py --digits 8 --seed 1
    python examples/saccading_eye.py --digits 8 --seed 1 --simulator loihi
"""

from __future__ import annotations

import argparse

import nengo
import numpy as np

from nengo_lifdeep import SpikingNetwork, compat, convert, pretrained, simulator
from nengo_lifdeep.datasets import load

FIXATION = 0.25  # seconds on every digit


def build(scene: np.ndarray, seed: int) -> tuple[nengo.Network, nengo.Probe]:
    """Eye, classifier, memory and selection for a scene ``(digit, row, column, channel)``."""
    synapse = nengo.Lowpass(0.003)  # the chip has no others
    spiking = convert(pretrained.load("digits-compact"), synapse=synapse, scale_firing_rates=2.0)
    gaze = spiking.preprocessing(scene).reshape(len(scene), -1)

    def seen(t: float) -> np.ndarray:
        return gaze[min(int(t / FIXATION), len(gaze) - 1)]

    with nengo.Network(label="reader", seed=seed) as model:
        eye = nengo.Node(seen, label="eye")
        jump = nengo.Node(lambda t: float(t % FIXATION < 0.06), label="jump")
        classifier = SpikingNetwork(spiking, seed=seed)
        memory = nengo.networks.EnsembleArray(100, n_ensembles=10, radius=1.2)
        choice = nengo.networks.BasalGanglia(10)
        nengo.Connection(eye, classifier.input, synapse=None)
        nengo.Connection(classifier.output, memory.input, transform=0.05, synapse=0.01)
        nengo.Connection(memory.output, memory.input, transform=0.8, synapse=0.1)
        for ensemble in memory.ensembles:  # a jump of the eye empties the memory
            nengo.Connection(jump, ensemble.neurons, transform=-3 * np.ones((100, 1)))
        nengo.Connection(memory.output, choice.input)
        selected = nengo.Probe(choice.output, synapse=0.02)
    return model, selected


def leave_on_host(model: nengo.Network) -> None:
    """Keep all but the classifier off the chip: a basal ganglia would take most of its cores."""
    compat.import_nengo_loihi().add_params(model)
    classified = {e for n in model.networks if isinstance(n, SpikingNetwork) for e in n.ensembles}
    for ensemble in set(model.all_ensembles) - classified:
        model.config[ensemble].on_chip = False


def main(digits: int, seed: int, name: str) -> float:
    """Read a row of digits; return the share that was read rightly."""
    test = load("digits").test
    chosen = np.random.default_rng(seed).permutation(len(test))[:digits]
    images, labels = test.unit_images()[chosen], test.labels[chosen]
    model, selected = build(images, seed)
    if name == "loihi":
        leave_on_host(model)
    with simulator(model, name) as sim:
        sim.run(FIXATION * digits)
    ends = (np.arange(1, digits + 1) * FIXATION / sim.dt).astype(int) - 1
    read = np.reshape(sim.data[selected], (-1, 10))[ends].argmax(axis=1)
    print("written:", " ".join(map(str, labels)))
    print("read:   ", " ".join(map(str, read)))
    return float((read == labels).mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--digits", type=int, default=8, help="how many are in the scene")
    parser.add_argument("--seed", type=int, default=1, help="which digits, and everything random")
    parser.add_argument("--simulator", choices=["nengo", "nengo-dl", "loihi"], default="nengo")
    options = parser.parse_args()
    main(options.digits, options.seed, options.simulator)
