"""Does noise in training help when decisions are early? Several seeds, the papers' protocol 1.

Trains the same network with alpha-RC noise and without, and shows test images for 60 ms without
synapses, reading from 10 ms on (Hunsberger & Eliasmith 2016, protocol "Spiking 1"). With
``--validation`` on held-out training images instead of test images, to choose a recipe by.

    python examples/noise_helps.py --data mnist --epochs 4 --images 2000
"""

import argparse

import numpy as np

import nengo_lifdeep as nld

NETWORKS = {"digits": "digits-compact", "mnist": "mnist-compact", "fashion-mnist": "mnist-compact"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", choices=NETWORKS)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--images", type=int, default=350, help="test images")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--validation", action="store_true", help="on held-out training images")
    options = parser.parse_args()

    data = nld.datasets.load(options.data)
    if options.validation:
        data = data.held_out()
    images = data.test.take(options.images)
    early = nld.Presentation(tau_s=0, t_c=0.01, t_p=0.06)
    errors: dict[str, list[float]] = {"none": [], "alpha-RC 3 ms": []}
    print("seed  noise          rate error  spiking error (tau_s 0, t_c 10, t_p 60 ms)")
    for seed in range(options.seeds):
        for name, noise in (("none", None), ("alpha-RC 3 ms", nld.AlphaRCNoise(0.003))):
            neuron = nld.SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063, noise=noise)
            trained = nld.train(
                NETWORKS[options.data],
                data,
                neuron=neuron,
                gain=0.825,
                epochs=options.epochs,
                batch_size=options.batch_size,
                seed=seed,
                progress=False,
            )
            rate = nld.evaluate(trained, images)
            spiking = nld.evaluate(
                nld.convert(trained), images, presentation=early, reference=trained
            )
            errors[name].append(spiking.error)
            print(f"{seed:4d}  {name:14s} {rate.error:8.2f} % {spiking.error:12.2f} %", flush=True)
    for name, values in errors.items():
        print(f"mean  {name:14s} {np.mean(values):24.2f} %  (s.d. {np.std(values, ddof=1):.2f})")


if __name__ == "__main__":
    main()
