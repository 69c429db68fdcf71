"""A compact convolutional network on MNIST or Fashion-MNIST: train, convert, spikes, emulator.

NENGO_LIFDEEP_DATA=/path/to/data python examples/mnist_compact.py --data mnist

With ``--binary`` kernels between the first and the last layer have two values, with ``--by-chance``
too, of which probabilities are learnt. With ``--choose`` it is trained without a sixth of the
training images, and synapse, factor on the rates and times are chosen on these; no test image is
looked at.
"""

import argparse
import math
from pathlib import Path

import nengo

import nengo_lifdeep as nld
from nengo_lifdeep.weights import Binary

#: both have two values per kernel: signs, or log-odds of signs with an optimiser of their own
SIGNS = Binary()
BY_CHANCE = Binary(1.2, "relaxed", temperature=0.3)
BAYES = {"class_name": "bayes-binary", "config": {"natural_rate": 60_000.0, "strength": 1e-7}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist", choices=["mnist", "fashion-mnist"])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--images", type=int, default=10_000, help="test images in spikes")
    parser.add_argument("--loihi-images", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("runs/mnist-compact"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--binary", action="store_true", help="weights of one bit")
    parser.add_argument("--by-chance", action="store_true", help="the same, by a Bayesian rule")
    parser.add_argument("--choose", action="store_true", help="settings, on held-out images")
    options = parser.parse_args()

    data = nld.datasets.load(options.data)
    if options.choose:
        data = data.held_out()
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
        weights=BY_CHANCE if options.by_chance else SIGNS if options.binary else None,
        optimizer=BAYES if options.by_chance else None,
        augmentation=nld.Augmentation(pad=1, flip=options.data == "fashion-mnist"),
        checkpoint=options.out / "checkpoint",
        seed=options.seed,
    )
    trained.save(options.out / "trained.lifdeep")
    print(nld.evaluate(trained, data), flush=True)
    if options.choose:
        choose(trained, data.test)
        return

    # trained rates are 5 to 20 Hz: firing twice as fast, the network answers twice as soon;
    # synapse, factor and times were chosen with --choose on MNIST, for images with a reset
    timing = nld.Presentation(t_c=0.06, t_p=0.15)
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

    if not options.loihi_images:
        return
    chip = nld.convert(trained, synapse=nengo.Lowpass(0.005), scale_firing_rates=2)
    timing = nld.Presentation(t_c=0.06, t_p=0.2)
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


def choose(trained: nld.TrainedModel, held_out: nld.datasets.Split) -> None:
    """Print the ways to run the network, the one of least error first."""
    found = nld.operating_points(
        trained,
        held_out,
        tau_s=[0.003, 0.005, 0.01],
        scale_firing_rates=[1, 2],
        t_p=[0.1, 0.15, 0.2],
        t_c=[0.04, 0.06, 0.1],
        progress=True,
    )
    print("tau_s [ms]  rates  t_c, t_p [ms]  error [%]")
    for point in sorted(found.points, key=lambda p: (p.error, p.t_p, p.joules)):
        times = f"{1e3 * point.t_c:g}, {1e3 * point.t_p:g}"
        print(f"{1e3 * point.tau_s:10g}  x {point.scale:3g}  {times:>13s}  {point.error:9.2f}")
    print("as a stream, image after image without a reset, rates x 2:")
    for tau in (0.003, 0.005, 0.01):
        spiking = nld.convert(trained, synapse=tau, scale_firing_rates=2)
        for t_p in (0.15, 0.2):
            show = nld.Presentation(t_c=t_p / 2, t_p=t_p, reset=False)
            windows = nld.evaluate(spiking, held_out, presentation=show, grid=True).windows
            for t_c in (0.04, 0.06, 0.1):
                error = 100 * (1 - windows.at(round(t_c / show.dt), show.n_steps))
                times = f"{1e3 * t_c:g}, {1e3 * t_p:g}"
                print(f"{1e3 * tau:10g}  x   2  {times:>13s}  {error:9.2f}", flush=True)


if __name__ == "__main__":
    main()
