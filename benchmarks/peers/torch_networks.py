"""PyTorch networks as people write them: branches, blocks, read-outs, activations."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F
from torch_modules import _FLAT, _GREY, _SERIES, MODULES, _add, _head, _net

__all__ = ["MODULES"]


class _Basic(nn.Module):
    """A residual block of He et al. 2016."""

    def __init__(self, channels, filters, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.shortcut = nn.Sequential()
        if stride != 1 or channels != filters:
            self.shortcut = _net(
                nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class _PreActivation(nn.Module):
    """The block with normalisation and ReLU before each convolution."""

    def __init__(self, channels, filters, stride=1):
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(filters)
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.project = None
        if stride != 1 or channels != filters:
            self.project = nn.Conv2d(channels, filters, 1, stride, bias=False)

    def forward(self, x):
        out = F.relu(self.bn1(x))
        side = x if self.project is None else self.project(out)
        return self.conv2(F.relu(self.bn2(self.conv1(out)))) + side


class _Inverted(nn.Module):
    """MobileNetV2's block: expand, depthwise, project; the sum without activation."""

    def __init__(self, channels, filters, stride=1, expand=3):
        super().__init__()
        wide = expand * channels
        self.same = stride == 1 and channels == filters
        self.conv = _net(
            nn.Conv2d(channels, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(inplace=True),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide),
            nn.ReLU6(inplace=True), nn.Conv2d(wide, filters, 1, bias=False),
            nn.BatchNorm2d(filters),
        )  # fmt: skip

    def forward(self, x):
        return x + self.conv(x) if self.same else self.conv(x)


@_add("residual blocks")
def _resnet():
    return _net(
        nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), _Basic(8, 8),
        _Basic(8, 16, 2), nn.AdaptiveAvgPool2d(1), *_head(16),
    )  # fmt: skip


@_add("pre-activation residual blocks")
def _preactivation():
    return _net(
        nn.Conv2d(3, 8, 3, padding=1, bias=False), _PreActivation(8, 8), _PreActivation(8, 16, 2),
        _PreActivation(16, 16), nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveAvgPool2d(1), *_head(16),
    )  # fmt: skip


@_add("inverted residual blocks (MobileNetV2)")
def _mobilenet():
    return _net(
        nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(), _Inverted(8, 6),
        _Inverted(6, 6), _Inverted(6, 8, 2), _Inverted(8, 8), nn.Conv2d(8, 16, 1, bias=False),
        nn.BatchNorm2d(16), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), *_head(16),
    )  # fmt: skip


@_add("identity block from the image")
def _from_image():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 3, 3, padding=1), nn.Linear(768, 10)

        def forward(self, x):
            return self.head(torch.flatten(F.relu(x + self.conv(x)), 1))

    return Net()


@_add("VGG with BatchNorm")
def _vgg():
    layers, channels = [], 3
    for filters in (8, 8, "pool", 16, 16, "pool"):
        if filters == "pool":
            layers.append(nn.AvgPool2d(2, 2))
            continue
        layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.BatchNorm2d(filters),
                   nn.ReLU(inplace=True)]  # fmt: skip
        channels = filters
    return _net(
        *layers, nn.AdaptiveAvgPool2d((4, 4)), nn.Flatten(), nn.Linear(256, 32), nn.ReLU(True),
        nn.Dropout(), nn.Linear(32, 10),
    )  # fmt: skip


@_add("all convolutional")
def _all_convolutional():
    return _net(
        nn.Dropout(0.2), nn.Conv2d(3, 12, 3, padding=1), nn.ReLU(),
        nn.Conv2d(12, 12, 3, 2, 1), nn.ReLU(), nn.Dropout2d(0.5), nn.Conv2d(12, 16, 3), nn.ReLU(),
        nn.Conv2d(16, 10, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip


@_add("network in network: last ReLU before the mean")
def _nin():
    return _net(
        nn.Conv2d(3, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 8, 1), nn.ReLU(),
        nn.AvgPool2d(3, 2, 1), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 10, 1),
        nn.ReLU(), nn.AvgPool2d(8), nn.Flatten(),
    )  # fmt: skip


@_add("read-out by a convolution of the image's size")
def _conv_head():
    return _net(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 10, 8), nn.Flatten())


@_add("read-out with ReLU")
def _relu_head():
    return _net(nn.Conv2d(3, 8, 3), nn.ReLU(), *_head(8 * 196), nn.ReLU())


@_add("softmax")
def _softmax():
    return _net(nn.Conv2d(3, 8, 3), nn.ReLU(), *_head(8 * 196), nn.Softmax(dim=1))


@_add("one sigmoid")
def _sigmoid():
    return _net(nn.Conv2d(3, 8, 3), nn.ReLU(), *_head(8 * 196, 1), nn.Sigmoid())


@_add("two heads")
def _two_heads():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3)
            self.a, self.b = nn.Linear(8 * 196, 10), nn.Linear(8 * 196, 2)

        def forward(self, x):
            x = torch.flatten(F.relu(self.conv(x)), 1)
            return self.a(x), self.b(x)

    return Net()


@_add("parallel branches, concatenated")
def _inception():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 8, 3, padding=1)
            self.one = nn.Conv2d(8, 4, 1)
            self.three = _net(nn.Conv2d(8, 4, 1), nn.ReLU(), nn.Conv2d(4, 6, 3, padding=1))
            self.pool = _net(nn.AvgPool2d(3, 1, 1), nn.Conv2d(8, 4, 1))
            self.head = nn.Linear(14, 10)

        def forward(self, x):
            x = F.relu(self.stem(x))
            x = torch.cat([F.relu(f(x)) for f in (self.one, self.three, self.pool)], 1)
            return self.head(x.mean((2, 3)))

    return Net()


@_add("dense block")
def _dense_block():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 8, 3, padding=1)
            self.convs = nn.ModuleList(
                _net(nn.BatchNorm2d(n), nn.ReLU(), nn.Conv2d(n, 4, 3, padding=1, bias=False))
                for n in (8, 12)
            )
            self.tail = _net(nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveAvgPool2d(1), *_head(16))

        def forward(self, x):
            x = self.stem(x)
            for conv in self.convs:
                x = torch.cat([x, conv(x)], 1)
            return self.tail(x)

    return Net()


# activations
def _active(name, make, features=8 * 196):
    _add(name)(
        lambda: _net(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            make(),
            nn.Conv2d(8, 8, 3),
            make(),
            *_head(features),
        )
    )


_active("ReLU6", nn.ReLU6)
_active("PReLU, one slope", nn.PReLU)
_active("PReLU, one slope per channel", lambda: nn.PReLU(8))
_active("leaky ReLU", lambda: nn.LeakyReLU(0.1))
_active("Hardtanh(0, 1)", lambda: nn.Hardtanh(0.0, 1.0))
_active("GELU", nn.GELU)
_active("SiLU", nn.SiLU)


@_add("clamp(min=0)")
def _clamp():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8 * 196, 10)

        def forward(self, x):
            return self.head(self.conv(x).clamp(min=0).flatten(1))

    return Net()


# other data
@_add("Conv1d", _SERIES)
def _series():
    return _net(
        nn.Conv1d(2, 8, 5, padding=2), nn.BatchNorm1d(8), nn.ReLU(), nn.AvgPool1d(2),
        nn.Conv1d(8, 8, 3, stride=2), nn.ReLU(), *_head(8 * 7),
    )  # fmt: skip


@_add("Conv1d with dilation and a global mean", _SERIES)
def _series_mean():
    return _net(
        nn.Conv1d(2, 8, 3, padding=2, dilation=2), nn.ReLU(), nn.Conv1d(8, 8, 3, padding="same"),
        nn.ReLU(), nn.AdaptiveAvgPool1d(1), *_head(8),
    )  # fmt: skip


@_add("flat features", _FLAT)
def _flat():
    return _net(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 3))


@_add("two linear layers without activation", _FLAT)
def _two_linear():
    return _net(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 8), nn.Linear(8, 3))


@_add("digits, flattened first", _GREY)
def _digits():
    return _net(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))


@_add("grey images without channel", (28, 28))
def _without_channel():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.head = nn.Conv2d(1, 4, 3), nn.Linear(4 * 676, 10)

        def forward(self, x):
            return self.head(F.relu(self.conv(x.unsqueeze(1))).flatten(1))

    return Net()


@_add("autoencoder", _GREY)
def _autoencoder():
    return _net(
        nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 784), nn.Unflatten(1, _GREY)
    )


@_add("squeeze and excitation")
def _excitation():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.gate = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 1)
            self.head = nn.Linear(8, 10)

        def forward(self, x):
            x = F.relu(self.conv(x))
            x = x * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))
            return self.head(x.mean((2, 3)))

    return Net()


@_add("layer normalisation", _FLAT)
def _layer_norm():
    return _net(nn.Linear(20, 32), nn.LayerNorm(32), nn.ReLU(), nn.Linear(32, 5))
