"""Train, measure how much the spikes vary, train again with that noise, and compare.

python examples/calibrated_noise.py --data digits --epochs 20 --seeds 3

With ``--validation`` on held-out training images instead of test images, to choose a recipe by.
"""

import argparse

import numpy as np

import nengo_lifdeep as nld

NETWORKS = {"digits": "digits-compact", "mnist": "mnist-compact", "fashion-mnist": "mnist-compact"}
TIMES = {"(0, 10, 60)": (None, 0.01, 0.06), "(3, 20, 60)": (0.003, 0.02, 0.06),
         "(3, 60, 150)": (0.003, 0.06, 0.15)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", choices=NETWORKS)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--images", type=int, default=50, help="training images to measure on")
    parser.add_argument("--validation", action="store_true", help="on held-out training images")
    options = parser.parse_args()

    data = nld.datasets.load(options.data)
    if options.validation:
        data = data.held_out()
    shown = data.train.take(options.images)
    rows: dict[str, list[list[float]]] = {}
    for seed in range(options.seeds):
        trained = fit(data, None, options.epochs, seed)
        found = nld.calibrate_noise(nld.convert(trained, synapse=0.003), shown)
        if seed == 0:
            for name, layer in found.layers.items():
                pairs = zip(layer.rates, layer.spreads, layer.biases, strict=True)
                text = ", ".join(f"{r:.0f}: {s:.1f} ({b:+.1f})" for r, s, b in pairs)
                print(f"{name}, rate: spread (bias) in Hz: {text}", flush=True)
        rows.setdefault("none", []).append(errors(trained, data))
        for noise in (nld.AlphaRCNoise(0.003), found.noise()):
            name = type(noise).__name__
            rows.setdefault(name, []).append(errors(fit(data, noise, options.epochs, seed), data))
    print("noise: error [%] in rates,", ", ".join(TIMES), "- mean (s.d.) over seeds")
    for name, values in rows.items():
        stats = zip(np.mean(values, axis=0), np.std(values, axis=0, ddof=1), strict=True)
        print(f"{name}:", ", ".join(f"{mean:.2f} ({sd:.2f})" for mean, sd in stats))


def fit(data, noise, epochs, seed):
    return nld.train(
        NETWORKS[data.name.removesuffix("-held-out")],
        data,
        neuron=nld.SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063, noise=noise),
        gain=0.825,
        epochs=epochs,
        batch_size=50 if data.name.startswith("digits") else 200,
        learning_rate=lambda epoch: 0.003 * (1 - epoch / epochs),
        seed=seed,
        progress=False,
    )


def errors(trained, data):
    found = [nld.evaluate(trained, data).error]
    for tau_s, t_c, t_p in TIMES.values():
        timing = nld.Presentation(t_c=t_c, t_p=t_p)
        found.append(
            nld.evaluate(nld.convert(trained, synapse=tau_s), data, presentation=timing).error
        )
    return found


if __name__ == "__main__":
    main()
