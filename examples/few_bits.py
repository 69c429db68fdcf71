"""Weights in few bits and fast neurons: what training for the chip gives, on the emulated chip.

python examples/few_bits.py --epochs 20 --more 10 --seeds 3

With ``--validation`` on held-out training images instead of test images, to choose a recipe by.
"""

import argparse

import nengo
import numpy as np

import nengo_lifdeep as nld

WAYS = {8: "8 bits", 4: "4 bits", 3: "3 bits", 2: "2 bits"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--more", type=int, default=10, help="epochs of training for the chip")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fast", type=float, default=8.0, help="factor on rates for fast neurons")
    parser.add_argument("--validation", action="store_true", help="on held-out training images")
    options = parser.parse_args()

    data = nld.datasets.load("digits-held-out" if options.validation else "digits")
    rows: dict[str, list[tuple[float, float]]] = {}
    for seed in range(options.seeds):
        first = fit(data, soft(), options.epochs, seed)
        for bits, name in WAYS.items():
            rounded = nld.quantize_weights(first, bits)
            rows.setdefault(f"{name}, rounded", []).append(errors(rounded, data))
            again = fit(data, soft(), options.more, seed, first, bits)
            rows.setdefault(f"{name}, trained with them", []).append(errors(again, data))
        longer = fit(data, soft(), options.more, seed, first)
        rows.setdefault("8 bits of the chip, as many epochs", []).append(errors(longer, data))

        fast = fit(data, soft(options.fast), options.epochs, seed)
        rows.setdefault("fast, SoftLIF", []).append(errors(fast, data))
        chip = fit(data, soft(options.fast, nld.SoftLoihiLIF), options.epochs, seed)
        rows.setdefault("fast, SoftLoihiLIF", []).append(errors(chip, data))
    print("error [%] in rates; on the emulated chip, 20 to 60 ms: mean (s.d.) over seeds")
    for name, values in rows.items():
        mean, spread = np.mean(values, axis=0), np.std(values, axis=0, ddof=min(1, len(values) - 1))
        text = "; ".join(f"{m:.2f} ({s:.2f})" for m, s in zip(mean, spread, strict=True))
        print(f"{name}: {text}", flush=True)


def soft(factor=1.0, kind=nld.SoftLIF):
    """Neurons with time constants divided by a factor fire that much faster."""
    return kind(
        tau_rc=0.05 / factor, tau_ref=0.001 / factor, amplitude=0.063 / factor,
        noise=nld.LowpassRCNoise(0.005),
    )  # fmt: skip


def fit(data, neuron, epochs, seed, start=None, bits=None):
    return nld.train(
        "digits-compact",
        data,
        neuron=neuron,
        gain=0.825,
        epochs=epochs,
        batch_size=50,
        learning_rate=lambda epoch: 0.003 * (1 - epoch / epochs) * (1 if start is None else 0.3),
        seed=seed,
        progress=False,
        initial_weights=None if start is None else start.weights,
        weights=None if bits is None else nld.weights.Rounded(bits),
    )


def errors(trained, data):
    """In rates, and on the emulated chip."""
    spiking = nld.convert(trained, synapse=nengo.Lowpass(0.005))
    timing = nld.Presentation(t_c=0.02, t_p=0.06)
    chip = nld.evaluate(spiking, data, simulator="loihi-exact", presentation=timing)
    return nld.evaluate(trained, data).error, chip.error


if __name__ == "__main__":
    main()
