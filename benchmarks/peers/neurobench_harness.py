"""NeuroBench's harness on a network whose neurons replay recorded spikes; prints JSON.

    PYTHON benchmarks/peers/neurobench_harness.py NETWORK.npz

``PYTHON`` is that of an environment with ``neurobench==2.3.0``, torch and snntorch.
``benchmarks/neurobench_counts.py`` writes the file and compares.
"""

import json
import sys
from importlib.metadata import version

import numpy as np
import torch
from neurobench.benchmarks import Benchmark
from neurobench.metrics.static import ConnectionSparsity, Footprint, ParameterCount
from neurobench.metrics.workload import (
    ActivationSparsity,
    ClassificationAccuracy,
    SynapticOperations,
)
from neurobench.models import TorchModel
from torch import nn


class Replayed(nn.Module):
    """Neurons whose spikes are known, ``(image, step, *shape)``, whatever flows into them."""

    def __init__(self, spikes):
        super().__init__()
        self.spikes, self.step = spikes, 0

    def forward(self, current):
        assert current.shape == self.spikes[:, 0].shape, (current.shape, self.spikes.shape)
        return self.spikes[:, self.step]


class Network(nn.Module):
    """Layers shown frame by frame; the mean of the last one's outputs decides."""

    def __init__(self, layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, frames):
        scores = 0
        for step in range(frames.shape[1]):
            for layer in self.layers:
                if isinstance(layer, Replayed):
                    layer.step = step
            scores = scores + self.layers(frames[:, step])
        return scores


def tensor(array):
    """Channels before rows and columns, as torch has them."""
    array = np.asarray(array, np.float32)
    return torch.from_numpy(np.moveaxis(array, -1, -3).copy() if array.ndim >= 4 else array)


def layers_of(found):
    """The torch layers that a file describes."""
    for line in json.loads(str(found["layers"])):
        name, kind = line["name"], line["kind"]
        if kind == "neurons":
            yield Replayed(tensor(found[f"{name}/spikes"]))
            continue
        if kind == "flatten":  # rows and columns before channels, as ours are flattened
            yield Flattened()
            continue
        weight, bias = found[f"{name}/weight"], found.get(f"{name}/bias")
        if kind == "conv":
            rows, cols, inputs, filters = weight.shape
            layer = nn.Conv2d(
                inputs, filters, (rows, cols), line["strides"], line["padding"],
                bias=bias is not None,
            )  # fmt: skip
            weight = weight.transpose(3, 2, 0, 1)
        else:
            layer = nn.Linear(*weight.shape, bias=bias is not None)
            weight = weight.T
        layer.weight.data = torch.from_numpy(np.ascontiguousarray(weight, np.float32))
        if bias is not None:
            layer.bias.data = torch.from_numpy(np.asarray(bias, np.float32))
        yield layer


class Flattened(nn.Module):
    """Row, column, channel as one axis."""

    def forward(self, values):
        return values.permute(0, 2, 3, 1).flatten(1)


def main():
    found = dict(np.load(sys.argv[1]))
    frames = torch.from_numpy(found["frames"])
    if "conv" in str(found["layers"]):
        frames = frames.permute(0, 1, 4, 2, 3)
    else:
        frames = frames.flatten(2)
    model = TorchModel(Network(list(layers_of(found))))
    model.add_activation_module(Replayed)
    data = torch.utils.data.TensorDataset(frames, torch.from_numpy(found["labels"]))
    # one batch: a replayed population holds the spikes of all images
    loader = torch.utils.data.DataLoader(data, batch_size=len(data))
    metrics = [
        [Footprint, ParameterCount, ConnectionSparsity],
        [ClassificationAccuracy, ActivationSparsity, SynapticOperations],
    ]
    results = Benchmark(model, loader, [], [lambda scores: scores.argmax(1)], metrics).run(
        quiet=True
    )
    print(json.dumps({"neurobench": version("neurobench"), **results}))


if __name__ == "__main__":
    main()
