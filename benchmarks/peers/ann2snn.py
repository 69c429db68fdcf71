"""The other side of `benchmarks/onnx_ann2snn.py`: runs where torch and spikingjelly are installed.

Trains SpikingJelly's own MNIST network, exports it as ONNX, converts it with SpikingJelly's
RateCodingRecipe (99.9th percentile), and writes its accuracy at every time step.
"""

from __future__ import annotations

import copy
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from spikingjelly.activation_based import ann2snn, functional
from spikingjelly.activation_based.ann2snn.sample_models import mnist_cnn


def main(folder: Path, epochs: int, steps: int) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(2)
    data = np.load(folder / "data.npz")
    x, y = torch.tensor(data["x"]), torch.tensor(data["y"])
    test_x, test_y = torch.tensor(data["test_x"]), torch.tensor(data["test_y"])
    model = mnist_cnn.CNN()
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for epoch in range(epochs):
        model.train()
        for part in torch.randperm(len(x)).split(128):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[part]), y[part]).backward()
            optimizer.step()
        print("epoch", epoch + 1, file=sys.stderr, flush=True)
    model.eval()
    torch.onnx.export(model, test_x[:1], str(folder / "model.onnx"), opset_version=17, dynamo=False)
    with torch.no_grad():
        scores = torch.cat([model(part) for part in test_x.split(500)])
    batches = [(x[i : i + 100], y[i : i + 100]) for i in range(0, 1000, 100)]
    recipe = ann2snn.RateCodingRecipe(dataloader=batches, mode="99.9%")
    spiking = ann2snn.FXConverter(recipe=recipe, device="cpu").convert(copy.deepcopy(model)).eval()
    right = np.zeros(steps)
    started = time.perf_counter()
    with torch.no_grad():
        for part, labels in zip(test_x.split(100), test_y.split(100), strict=True):
            functional.reset_net(spiking)
            out = 0
            for t in range(steps):
                out = out + spiking(part)
                right[t] += float((out.argmax(dim=1) == labels).sum())
    record = {
        "ann": float((scores.argmax(dim=1) == test_y).float().mean()),
        "accuracy": (right / len(test_y)).tolist(),
        "seconds": time.perf_counter() - started,
    }
    np.save(folder / "scores.npy", scores.numpy())
    (folder / "peer.json").write_text(json.dumps(record))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
