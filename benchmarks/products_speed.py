"""Convolutions forward and backward in float32 and in bfloat16, on this computer.

    python benchmarks/products_speed.py

Four 3 x 3 convolutions, those of `cifar10-resnet11`; both types take turns, and the least time of a
round counts. The ratio is that of float32 to bfloat16: more than 1 where bfloat16 is faster. The
last line says what the recipes of our own networks take here.
"""

from __future__ import annotations

import argparse
import os
import statistics

from sides.machine import machine, versions

from nengo_lifdeep.training.tensorflow import products

#: channels, and rows and columns of the image
LAYERS = ((32, 32), (64, 16), (128, 8), (256, 4))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=125, help="in a batch")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(machine(), versions(), f"load {os.getloadavg()[0]:.1f} at the start", sep="\n")
    if not products.has_units():
        raise SystemExit("TensorFlow multiplies in float32 alone on this computer")
    for channels, side in LAYERS:
        pairs = []
        for _ in range(options.rounds):
            pair = []
            for dtype in ("float32", "bfloat16"):
                with products.products_in(dtype):
                    pair.append(1e3 * products._seconds(options.images, side, channels))
            pairs.append(pair)
        usual, rounded = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratios = sorted(a / b for a, b in pairs)
        print(f"{channels:3} channels, {side:2} x {side:2}: float32 {usual:6.1f} ms, bfloat16 "
              f"{rounded:6.1f} ms, ratio {usual / rounded:.2f} "
              f"({ratios[0]:.2f} to {ratios[-1]:.2f})", flush=True)  # fmt: skip
    print(f"taken here: {products.quickest()}")


if __name__ == "__main__":
    main()
