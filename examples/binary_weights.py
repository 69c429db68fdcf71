"""Weights of one bit: straight-through and Bayesian training, in spikes, and on the chip on paper.

python examples/binary_weights.py --epochs 30 --members 5

A SoftLIF network learns digits with real weights; with their signs, through which the gradient
passes unchanged; and with the probability of each sign, which takes more epochs from scratch
(Jang, Skatchkovsky and Simeone 2021). All are converted and run in spikes. With ``--validation``
on held-out training images instead of test images, to choose a recipe by.
"""

import argparse

import nengo
import numpy as np

import nengo_lifdeep as nld
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.models.held import drawn_weights
from nengo_lifdeep.weights import Binary

BAYES = {"class_name": "bayes-binary", "config": {"natural_rate": 3000.0, "strength": 1e-6}}
NEURON = nld.SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--members", type=int, default=5, help="networks drawn from it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validation", action="store_true", help="on held-out training images")
    options = parser.parse_args()

    data = nld.datasets.load("digits-held-out" if options.validation else "digits")
    floats = fit(data, options)
    signs = fit(data, options, weights=Binary())
    likely = fit(data, options, weights=Binary(1.2, "relaxed", temperature=0.3), optimizer=BAYES)
    networks = {"real weights": floats, "signs, straight-through": signs, "likelier signs": likely}
    for i in range(options.members):
        networks[f"signs drawn, member {i + 1}"] = drawn_weights(likely, seed=i)
    print("error [%] in rates and in spikes (50 to 150 ms); values of a kernel in the middle")
    for name, trained in networks.items():
        spiking = nld.convert(trained, synapse=nengo.Lowpass(0.005))
        rates, spikes = nld.evaluate(trained, data).error, nld.evaluate(spiking, data).error
        kernel = spiking.connections[1].stages[-1].kernel
        print(f"{name}: {rates:.2f}, {spikes:.2f}; {len(np.unique(kernel)):,}", flush=True)

    spiking = nld.convert(signs, synapse=nengo.Lowpass(0.005))
    for bits in (8, 2, 1):
        plan = make_plan(spiking, weight_bits=bits)
        memory = sum(use.synapse_bits for layer in plan.layers for use in layer.cores)
        print(f"{bits}-bit weights on Loihi: {plan.n_cores} cores, {memory / 8192:.0f} KB for them")


def fit(data, options, **more):
    """A network of two convolutions; first and last layer keep real weights."""
    return nld.train(
        "digits-compact",
        data,
        neuron=NEURON,
        gain=0.825,
        epochs=options.epochs,
        batch_size=50,
        learning_rate=lambda epoch: 0.003 * (1 - epoch / options.epochs),
        seed=options.seed,
        progress=False,
        **more,
    )


if __name__ == "__main__":
    main()
