"""Random ONNX graphs of all layers, orders and attributes: equal to onnxruntime, or refused."""

import numpy as np
import pytest

from nengo_lifdeep import Presentation, convert, run
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import fold
from nengo_lifdeep.errors import UnsupportedLayerError
from nengo_lifdeep.importers.onnx.model import from_onnx

pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from .test_onnx import Maker  # noqa: E402


class Grower:
    """Appends random operations to a graph, and knows the shape of what it has."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        size = self.rng.integers(5, 10, 2)
        self.shape = (int(self.rng.integers(1, 4)), *map(int, size))
        opset = int(self.rng.choice([11, 13, 17, 18, 21, 23]))
        self.m = Maker((1, *self.shape), opset=opset, seed=seed)
        self.rectified = []  # (name, shape) that a sum may add
        self.last_fires = False

    def pick(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def conv(self):
        channels, rows, cols = self.shape
        group = self.pick(1, 1, channels)
        filters = group * int(self.rng.integers(1, 4)) if group > 1 else self.pick(2, 3, 4)
        k = [int(self.rng.integers(1, min(4, n) + 1)) for n in (rows, cols)]
        d = [
            self.pick(1, 1, 2) if 2 * (a - 1) < n else 1
            for a, n in zip(k, (rows, cols), strict=True)
        ]
        s = [self.pick(1, 1, 2) for _ in k]
        reach = [(a - 1) * b + 1 for a, b in zip(k, d, strict=True)]
        half = [r // 2 for r in reach]
        pads = self.pick([0] * 4, [*half, *half], [*half, *[(r - 1) // 2 for r in reach]])
        weights = [self.m.random(filters, channels // group, *k)]
        weights += [self.m.random(filters)] if self.rng.random() < 0.7 else []
        self.m.op("Conv", *weights, group=group, dilations=d, strides=s, pads=pads)
        size = [(n + pads[i] + pads[i + 2] - reach[i]) // s[i] + 1
                for i, n in enumerate((rows, cols))]  # fmt: skip
        self.shape = (filters, *size)

    def norm(self):
        self.m.norm(self.shape[0])

    def activation(self):
        m = self.m
        kind = self.pick("Relu", "Relu", "Relu", "LeakyRelu", "PRelu", "Clip", "HardSigmoid", "Abs")
        if kind == "PRelu":
            m.op(kind, m.random(self.shape[0], 1, 1))
        elif kind == "Clip":
            m.op(kind, m.constant(self.pick(0.0, 0.0, -0.3)), m.constant(0.9))
        else:
            m.op(kind)
        self.rectified.append((m.last, self.shape))

    def pool(self):
        k = [min(self.pick(2, 3), n) for n in self.shape[1:]]
        s = [self.pick(1, 2, a) for a in k]
        pads = [self.pick(0, 0, 1) if a > 1 else 0 for a in k]
        same = self.pick(0, 1)
        self.m.op("AveragePool", kernel_shape=k, strides=s, pads=[*pads, *pads],
                  count_include_pad=same)  # fmt: skip
        size = [
            (n + 2 * p - a) // b + 1 for n, p, a, b in zip(self.shape[1:], pads, k, s, strict=True)
        ]
        self.shape = (self.shape[0], *size)

    def scale(self):
        kind = self.pick("Mul", "Div", "Add", "Sub")
        self.m.op(kind, self.m.random(*self.pick((self.shape[0], 1, 1), (1,)), low=0.2))

    def pad(self):
        amounts = [int(n) for n in self.rng.integers(0, 2, 4)]
        mode = self.pick("constant", "edge")
        given = self.m.constant([0, 0, *amounts[:2], 0, 0, *amounts[2:]], np.int64)
        self.m.op("Pad", given, mode=mode)
        self.shape = (self.shape[0], self.shape[1] + amounts[0] + amounts[2],
                      self.shape[2] + amounts[1] + amounts[3])  # fmt: skip

    def transposed(self):
        """There and back, with an operation between that needs no order."""
        self.m.op("Transpose", perm=[0, 2, 3, 1])
        self.m.op("Mul", self.m.random(self.shape[0], low=0.2))
        self.m.op("Transpose", perm=[0, 3, 1, 2])

    def residual(self):
        fitting = [name for name, shape in self.rectified if shape == self.shape]
        if fitting and self.m.last not in fitting:
            self.m.op("Add", self.pick(*fitting))

    def branches(self):
        source, (channels, *size) = self.m.last, self.shape
        ends = []
        for kernel in (1, 3):
            self.m.conv(channels, 2, kernel, pads=[kernel // 2] * 4, source=source)
            ends.append(self.m.op("Relu"))
        self.m.op("Concat", ends[0], axis=1, source=ends[1])
        self.shape = (4, *size)

    def steps(self):
        """Operations to choose from, and how often each is."""
        steps = [self.conv, self.norm, self.activation, self.pool, self.scale, self.pad,
                 self.transposed, self.residual, self.branches]  # fmt: skip
        return steps, np.array([5, 2, 6, 2, 1, 0.5, 1, 2, 0.7])

    def grow(self):
        if self.rng.random() < 0.3:
            self.m.op("Sub", self.m.random(1, low=0.1))
        for _ in range(int(self.rng.integers(3, 9))):
            steps, chances = self.steps()
            steps[int(self.rng.choice(len(steps), p=chances / chances.sum()))]()
        if self.rng.random() < 0.3:
            self.m.op("GlobalAveragePool")
            self.shape = (self.shape[0], 1, 1)
        if self.rng.random() < 0.5:
            self.m.op("Flatten")
        else:
            self.m.op("Reshape", self.m.constant([0, -1], np.int64))
        if self.rng.random() < 0.7:
            self.m.gemm(int(np.prod(self.shape)), 4)
            if self.rng.random() < 0.3:
                self.m.op("Relu")
                self.m.gemm(4, 3)
        return self.m


class Larger(Grower):
    """With what makes images larger, and averages over their borders."""

    def spread(self):
        channels, rows, cols = self.shape
        group = self.pick(1, 1, channels)
        per_group = int(self.rng.integers(1, 3))
        k = [int(n) for n in self.rng.integers(1, 4, 2)]
        s = [self.pick(1, 2) for _ in k]
        pads = [int(self.rng.integers(0, (n + 1) // 2)) for n in (*k, *k)]
        extra = [int(self.rng.integers(0, n)) for n in s]
        dilations = [self.pick(1, 1, 2) for _ in k]
        weights = [self.m.random(channels, per_group, *k)]
        weights += [self.m.random(group * per_group)] if self.rng.random() < 0.7 else []
        self.m.op("ConvTranspose", *weights, group=group, strides=s, pads=pads,
                  output_padding=extra, dilations=dilations)  # fmt: skip
        size = [
            (n - 1) * s[i] + extra[i] + (k[i] - 1) * dilations[i] + 1 - pads[i] - pads[i + 2]
            for i, n in enumerate((rows, cols))
        ]
        self.shape = (group * per_group, *size)

    def border(self):
        """An average whose border is not as the rest."""
        k = [min(self.pick(2, 3), n) for n in self.shape[1:]]
        s = [self.pick(1, 2, 3) for _ in k]
        pads = [int(self.rng.integers(0, n)) for n in (*k, *k)]
        sizes = self.shape[1:]
        room = [n + pads[i] + pads[i + 2] - k[i] for i, n in enumerate(sizes)]
        up = [-(-r // b) for r, b in zip(room, s, strict=True)]
        inside = all(r * b < n for r, b, n in zip(up, s, sizes, strict=True))  # windows begin there
        ceil = self.pick(0, 1) if inside and not any(pads) else 0
        self.m.op("AveragePool", kernel_shape=k, strides=s, pads=pads, ceil_mode=ceil)
        last = up if ceil else [r // b for r, b in zip(room, s, strict=True)]
        self.shape = (self.shape[0], *(n + 1 for n in last))

    def reflected(self):
        most = [min(n - 1, 2) for n in self.shape[1:]] * 2
        amounts = [int(self.rng.integers(0, n + 1)) for n in most]
        given = self.m.constant([0, 0, *amounts[:2], 0, 0, *amounts[2:]], np.int64)
        self.m.op("Pad", given, mode=self.pick("reflect", "edge"))
        self.shape = (self.shape[0], self.shape[1] + amounts[0] + amounts[2],
                      self.shape[2] + amounts[1] + amounts[3])  # fmt: skip

    def resized(self):
        factors = [self.pick(1, 2, 3) for _ in range(2)]
        scales = self.m.constant([1, 1, *factors])
        how = self.pick("half_pixel", "asymmetric", "pytorch_half_pixel")
        self.m.op("Resize", self.m.constant([]), scales, mode=self.pick("nearest", "linear"),
                  nearest_mode="floor", coordinate_transformation_mode=how)  # fmt: skip
        self.shape = (self.shape[0], self.shape[1] * factors[0], self.shape[2] * factors[1])

    def steps(self):
        if np.prod(self.shape) > 2000:
            return [self.activation, self.pool], np.ones(2)
        steps = [self.conv, self.norm, self.activation, self.residual, self.spread, self.border,
                 self.reflected, self.resized]  # fmt: skip
        return steps, np.array([3, 1, 4, 1, 1, 1, 1, 1])


def outcome(seed, grower=Grower):
    """The imported network, images, onnxruntime's scores; or None where it is refused."""
    m = grower(seed).grow()
    model = m.model()
    x = np.random.default_rng(seed).uniform(size=(3, *m.shape[1:])).astype(np.float32)
    try:
        session = runtime.InferenceSession(model.SerializeToString())
    except Exception as error:  # old runtimes pool no border as wide as the window
        if "pads[dim] < kernel_shape[dim]" not in str(error):
            raise
        return None
    (expected,) = session.run(None, {"image": x})
    try:
        net = from_onnx(model)
    except UnsupportedLayerError as error:
        assert "makes no sense" not in str(error), seed
        return None
    return net, x.transpose(0, 2, 3, 1), expected.reshape(len(x), -1)


def compare(seeds, grower=Grower):
    """How many were imported, all of them equal."""
    imported = 0
    for seed in seeds:
        found = outcome(seed, grower)
        if found is None:
            continue
        net, images, expected = found
        scores = forward(fold(net), net.preprocessing(images))["output"]
        limit = 1e-4 * max(np.abs(expected).max(), 1e-3)
        np.testing.assert_allclose(scores, expected, atol=limit, err_msg=f"seed {seed}")
        imported += 1
    return imported


def test_a_hundred_graphs():
    assert compare(range(100)) >= 50


def test_graphs_of_larger_images():
    assert compare(range(30), Larger) >= 10


@pytest.mark.slow
def test_two_hundred_graphs_of_larger_images():
    assert compare(range(4000, 4200), Larger) >= 70


@pytest.mark.slow
def test_a_thousand_graphs():
    assert compare(range(1000, 2000)) >= 500


@pytest.mark.slow
def test_a_hundred_graphs_in_spikes():
    """Constant images for two seconds: spikes count what rates say, to the last spike's share."""
    seen = 0
    for seed in range(3000, 3400):
        found = outcome(seed)
        if found is None or seen == 100:
            continue
        net, images, expected = found
        names = [layer.name for layer in net.architecture.layers if layer.fires]
        if not names:
            continue
        model = convert(net, synapse=0.02, scale_firing_rates=100)
        timing = Presentation(t_c=1.0, t_p=2.0)
        record = run(model, images, presentation=timing, dtype="float64")
        spread = np.ptp(expected) + np.abs(expected).max()
        assert np.abs(record.outputs.mean(1) - expected).max() < 0.2 * spread, seed
        seen += 1
    assert seen == 100
