"""A compact convolutional network on MNIST or Fashion-MNIST: train, convert, spikes, emulator.

NENGO_LIFDEEP_DATA=/path/to/data python examples/mnist_compact.py --data mnist
"""

import argparse
import math
from pathlib import Path

import nengo

import nengo_lifdeep as nld


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist", choices=["mnist", "fashion-mnist"])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--images", type=int, default=10_000, help="test images in spikes")
    parser.add_argument("--loihi-images", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("runs/mnist-compact"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    data = nld.datasets.load(options.data)
    trained = nld.train(
        "mnist-compact",
        data,
        neuron=nld.SoftLIF(
            tau_rc=0.05, tau_ref=0.001, amplitude=0.063, noise=nld.AlphaRCNoise(0.003)
        ),
        gain=0.825,
        epochs=options.epochs,
        batch_size=200,
        learning_rate=lambda epoch: 0.0015 * 0.5 * (1 + math.cos(math.pi * epoch / options.epochs)),
        augmentation=nld.Augmentation(pad=1, flip=options.data == "fashion-mnist"),
        checkpoint=options.out / "checkpoint",
        seed=options.seed,
    )
    trained.save(options.out / "trained.lifdeep")
    print(nld.evaluate(trained, data))

    # trained rates are 5 to 20 Hz: firing twice as fast, the network answers twice as soon
    timing = nld.Presentation(t_c=0.06, t_p=0.2)
    spiking = nld.convert(trained, synapse=0.01, scale_firing_rates=2)
    spiking.save(options.out / "spiking.lifdeep")
    judged = nld.evaluate(
        spiking,
        data.test.take(options.images),
        simulator="events",
        presentation=timing,
        reference=trained,
        progress=True,
    )
    judged.save(options.out / "events.lifdeep")
    print(judged, f"; rate network {100 * (1 - judged.rate_accuracy):.2f} %")

    chip = nld.convert(trained, synapse=nengo.Lowpass(0.005), scale_firing_rates=2)
    judged = nld.evaluate(
        chip,
        data.test.take(options.loihi_images, seed=0),
        simulator="loihi",
        presentation=timing,
        reference=trained,
        progress=True,
    )
    judged.save(options.out / "loihi.lifdeep")
    print(judged, f"; rate network {100 * (1 - judged.rate_accuracy):.2f} %")


if __name__ == "__main__":
    main()
