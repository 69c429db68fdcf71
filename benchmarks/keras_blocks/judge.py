"""The small ResNet50 or MobileNetV2 as imported: rates against Keras, spikes against rates, Loihi.

    python benchmarks/keras_blocks/judge.py resnet rates     # all test images
    python benchmarks/keras_blocks/judge.py resnet plan      # mobilenet: --board nahuku-8
    python benchmarks/keras_blocks/judge.py resnet choose    # held-out images only
    python benchmarks/keras_blocks/judge.py resnet spikes --rate 2000 --tau 1 --window 90 100

`spikes` writes what it finds on every 500 test images to a file of its own, and continues.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from nengo_lifdeep import Presentation, TrainedModel, convert, deploy, evaluate, rate_scales
from nengo_lifdeep.datasets import Dataset, load
from nengo_lifdeep.records.interval import wilson_interval

PART = 500


def network(options: argparse.Namespace) -> TrainedModel:
    """As imported, kept beside the Keras model."""
    file = Path(options.out) / f"{options.network}-{options.seed}.keras"
    kept = file.with_suffix(".lifdeep")
    if not kept.exists():
        from nengo_lifdeep import from_keras

        from_keras(file, classes=load("cifar-10").classes).save(kept)
    return TrainedModel.load(kept)


def rates(options: argparse.Namespace, data: Dataset) -> None:
    """Scores of all test images in Keras and here."""
    import keras

    from nengo_lifdeep.conversion.folding import fold
    from nengo_lifdeep.conversion.rates import forward

    net, test = network(options), data.test
    model = keras.models.load_model(Path(options.out) / f"{options.network}-{options.seed}.keras")
    folded = fold(net)
    off, largest, equal, right = 0.0, 0.0, 0, 0
    for start in range(0, len(test), 100):
        part = slice(start, start + 100)
        theirs = model.predict_on_batch(test.images[part].astype(np.float32))
        ours = forward(folded, net.preprocessing(test.unit_images(part)))["output"]
        off, largest = max(off, float(np.abs(ours - theirs).max())), max(largest, theirs.max())
        equal += int((ours.argmax(1) == theirs.argmax(1)).sum())
        right += int((ours.argmax(1) == test.labels[part]).sum())
    neurons = net.architecture.counts().neurons
    print(f"{neurons:,} neurons; largest difference {off:.2g}, of scores to {largest:.3g}")
    print(f"{equal:,} of {len(test):,} decisions equal; {said(len(test) - right, len(test))}")


def plan(options: argparse.Namespace, data: Dataset) -> None:
    """Cores on Loihi, with lowpass synapses."""
    import nengo

    net = network(options)
    model = convert(net, synapse=nengo.Lowpass(0.005), scale_firing_rates=200)
    print(deploy(model, board=options.board))


def spiking(options: argparse.Namespace, net: TrainedModel, data: Dataset, rate: float, tau: float):
    """The network at that rate in every layer, measured on training images that trained it."""
    scales = rate_scales(net, data.held_out().train.take(200), target_rate=rate)
    synapse = tau / 1e3 if tau else None
    return convert(net, synapse=synapse, scale_firing_rates=scales, initial_voltage="uniform")


def choose(options: argparse.Namespace, data: Dataset) -> None:
    """Errors on held-out images for every rate, synapse and window."""
    net, held = network(options), data.held_out().test.take(options.images)
    print(f"rates: {evaluate(net, held).error:.2f} %", flush=True)
    for rate in options.rate:
        for tau in options.tau:
            start = time.process_time()
            show = Presentation(t_c=0.01, t_p=max(options.window) / 1e3)
            windows = evaluate(
                spiking(options, net, data, rate, tau), held, presentation=show, grid=True
            ).windows
            found = {
                (a, b): round(100 * (1 - windows.at(a, b)), 2)
                for b in options.window for a in range(10, b, 10)
            }  # fmt: skip
            spent = (time.process_time() - start) / len(held)
            best = min(found, key=lambda key: (found[key], key[1]))
            print(f"{rate:g} Hz, {tau:g} ms ({spent:.3f} s per image): best {best}", flush=True)
            print(
                "   ", {b: min(e for (_, z), e in found.items() if z == b) for b in options.window}
            )


def spikes(options: argparse.Namespace, data: Dataset) -> None:
    """All test images at one setting, a thousand at a time."""
    net, (t_c, t_p) = network(options), options.window
    model = spiking(options, net, data, options.rate[0], options.tau[0])
    show = Presentation(t_c=t_c / 1e3, t_p=t_p / 1e3)
    words = (options.network, options.seed, options.rate[0], options.tau[0], t_p, options.draw)
    starts, wrong, off, n = range(10, t_p, 10), {}, 0, 0
    for first in range(options.first, options.first + options.images, PART):
        part = data.test.subset(slice(first, first + PART))
        file = Path(options.out) / f"{'-'.join(map(str, words))}-{first}.npz"
        if not file.exists():
            found = evaluate(model, part, presentation=show, seed=options.draw, grid=True)
            missed = [round(len(part) * (1 - found.windows.at(t, t_p))) for t in starts]
            rates = evaluate(net, part).predictions
            np.savez(file, spikes=missed, rates=int((rates != part.labels).sum()))
        with np.load(file) as kept:
            wrong = {
                t: wrong.get(t, 0) + int(k) for t, k in zip(starts, kept["spikes"], strict=True)
            }
            off += int(kept["rates"])
        n += len(part)
        print(f"rates: {said(off, n)}; spikes from {t_c} ms: {said(wrong[t_c], n)}", flush=True)
    print({t: round(100 * k / n, 2) for t, k in wrong.items()})


def said(wrong: int, n: int) -> str:
    """An error with its interval."""
    low, high = wilson_interval(wrong, n)
    return f"error {100 * wrong / n:.2f} % ({100 * low:.2f} to {100 * high:.2f}, {n:,} images)"


WAYS = {"rates": rates, "plan": plan, "choose": choose, "spikes": spikes}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("network", choices=["resnet", "mobilenet"])
    parser.add_argument("what", choices=list(WAYS))
    parser.add_argument("--rate", type=float, nargs="+", default=[2000.0], help="target, in Hz")
    parser.add_argument("--tau", type=float, nargs="+", default=[1.0], help="synapse, in ms")
    parser.add_argument("--window", type=int, nargs="+", default=[90, 100], help="in ms")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--board", default="loihi", help="for plan: loihi, nahuku-8, nahuku-32")
    parser.add_argument("--first", type=int, default=0, help="the first of these test images")
    parser.add_argument("--draw", type=int, default=0, help="of initial voltages")
    parser.add_argument("--seed", type=int, default=0, help="of the training")
    parser.add_argument("--out", default="runs/keras-blocks", help="folder of the models")
    options = parser.parse_args()
    WAYS[options.what](options, load("cifar-10"))
