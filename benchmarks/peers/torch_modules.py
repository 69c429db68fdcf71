"""PyTorch modules as people write them: name -> (module, shape of one example)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

__all__ = ["MODULES"]

_IMAGE, _GREY, _SERIES, _FLAT = (3, 16, 16), (1, 28, 28), (2, 32), (20,)

#: what a name stands for
MODULES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {}


def _add(name: str, shape: tuple[int, ...] = _IMAGE):
    def keep(make):
        MODULES[name] = make, shape
        return make

    return keep


def _net(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(*layers)


def _head(features: int, classes: int = 10) -> list[nn.Module]:
    return [nn.Flatten(), nn.Linear(features, classes)]


def _convolution(name: str, size: int, *arguments, shape=_IMAGE, **options) -> None:
    """A convolution between the image and another, after which ``size`` values are left."""
    _add(name, shape)(
        lambda: _net(
            nn.Conv2d(shape[0], 8, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 8, *arguments, **options),
            nn.ReLU(),
            *_head(8 * size),
        )  # fmt: skip
    )


# convolutions
_convolution("valid 3x3", 14 * 14, 3)
_convolution("padding 2 of 5x5", 16 * 16, 5, padding=2)
_convolution("padding 1 of 5x5", 14 * 14, 5, padding=1)
_convolution("padding 2 of 3x3", 18 * 18, 3, padding=2)
_convolution("padding='same'", 16 * 16, 3, padding="same")
_convolution("even kernel 4x4, stride 2, padding 1", 8 * 8, 4, stride=2, padding=1)
_convolution("even kernel 2x2", 15 * 15, 2)
_convolution("padding='same' of 4x4", 16 * 16, 4, padding="same")
_convolution("stride 2, padding 1", 8 * 8, 3, stride=2, padding=1)
_convolution("stride 2 without padding", 7 * 7, 3, stride=2)
_convolution("stride 3, 7x7", 6 * 6, 7, stride=3, padding=3)
_convolution("strides (2, 1), kernel (3, 5)", 8 * 16, (3, 5), stride=(2, 1), padding=(1, 2))
_convolution("kernel (1, 3), padding (0, 1)", 16 * 16, (1, 3), padding=(0, 1))
_convolution("dilation 2", 16 * 16, 3, padding=2, dilation=2)
_convolution("dilation 3, valid", 10 * 10, 3, dilation=3)
_convolution("groups 4", 16 * 16, 3, padding=1, groups=4)
_convolution("depthwise, then 1x1", 16 * 16, 3, padding=1, groups=8)
_convolution("no bias", 14 * 14, 3, bias=False)
_convolution("patches: 4x4, stride 4", 4 * 4, 4, stride=4)


@_add("depthwise separable without activation between")
def _separable() -> nn.Module:
    return _net(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1, groups=8),
        nn.Conv2d(8, 16, 1), nn.BatchNorm2d(16), nn.ReLU(), *_head(16 * 256),
    )  # fmt: skip


@_add("reflect padding")
def _reflect() -> nn.Module:
    return _net(
        nn.Conv2d(3, 8, 3, padding=1, padding_mode="reflect"), nn.ReLU(), nn.ReflectionPad2d(1),
        nn.Conv2d(8, 8, 3), nn.ReLU(), *_head(8 * 256),
    )  # fmt: skip


@_add("replicate padding")
def _replicate() -> nn.Module:
    return _net(nn.Conv2d(3, 8, 3, padding=1, padding_mode="replicate"), nn.ReLU(), *_head(2048))


@_add("ZeroPad2d of one side")
def _zero_pad() -> nn.Module:
    return _net(
        nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.ZeroPad2d((1, 0, 1, 0)),
        nn.Conv2d(8, 8, 3, 2), nn.ReLU(), *_head(8 * 16),
    )  # fmt: skip


@_add("two convolutions without activation")
def _linear_stack() -> nn.Module:
    return _net(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3), nn.ReLU(), *_head(8 * 144))


@_add("transposed convolution")
def _transposed() -> nn.Module:
    return _net(
        nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.ConvTranspose2d(8, 4, 2, 2), nn.ReLU(), *_head(1024)
    )


@_add("upsampling")
def _upsampled() -> nn.Module:
    return _net(
        nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Upsample(scale_factor=2),
        nn.Conv2d(8, 4, 3, padding=1), nn.ReLU(), *_head(1024),
    )  # fmt: skip


@_add("bilinear upsampling")
def _bilinear() -> nn.Module:
    return _net(
        nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.Conv2d(8, 4, 3, padding=1), nn.ReLU(), *_head(1024),
    )  # fmt: skip


# pooling
def _pooled(name: str, size: int, pool: Callable[[], nn.Module]) -> None:
    _add(f"pool: {name}")(
        lambda: _net(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.ReLU(),
            pool(),
            nn.Conv2d(8, 8, 3, padding=1),
            nn.ReLU(),
            *_head(8 * size),
        )  # fmt: skip
    )


_pooled("2", 64, lambda: nn.AvgPool2d(2))
_pooled("3, stride 2", 49, lambda: nn.AvgPool2d(3, 2))
_pooled("3, stride 2, padding 1", 64, lambda: nn.AvgPool2d(3, 2, 1))
_pooled("3, padding 1, borders not counted", 64,
        lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False))  # fmt: skip
_pooled("3, stride 2, ceil_mode", 64, lambda: nn.AvgPool2d(3, 2, ceil_mode=True))
_pooled("3, ceil_mode", 36, lambda: nn.AvgPool2d(3, ceil_mode=True))
_pooled("3, stride 1, padding 1", 256, lambda: nn.AvgPool2d(3, 1, 1))
_pooled("adaptive to 4", 16, lambda: nn.AdaptiveAvgPool2d(4))
_pooled("maximum", 64, lambda: nn.MaxPool2d(2))


@_add("pool before the activation")
def _pool_first() -> nn.Module:
    return _net(nn.Conv2d(3, 8, 3), nn.AvgPool2d(2), nn.ReLU(), *_head(8 * 49))


@_add("pool on the image")
def _pool_image() -> nn.Module:
    return _net(nn.AvgPool2d(2), nn.Conv2d(3, 8, 3), nn.ReLU(), *_head(8 * 36))


@_add("two pools in a row")
def _pools() -> nn.Module:
    return _net(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.AvgPool2d(3, 2, 1),
                *_head(8 * 16))  # fmt: skip


@_add("adaptive pool to 1")
def _global() -> nn.Module:
    return _net(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), *_head(8))


@_add("mean over the image")
def _mean() -> nn.Module:
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8, 10)

        def forward(self, x):
            return self.head(F.relu(self.conv(x)).mean(dim=(2, 3)))

    return Net()


@_add("LeNet with functions", _GREY)
def _lenet() -> nn.Module:
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
            self.fc1, self.fc2, self.fc3 = (
                nn.Linear(400, 120),
                nn.Linear(120, 84),
                nn.Linear(84, 10),
            )

        def forward(self, x):
            x = F.avg_pool2d(F.relu(self.conv1(x)), 2)
            x = F.avg_pool2d(F.relu(self.conv2(x)), (2, 2))
            x = x.view(x.size(0), -1)
            return F.log_softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), dim=1)

    return Net()


# normalisation
@_add("BatchNorm after the convolution")
def _norm() -> nn.Module:
    return _net(nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), *_head(8 * 196))


@_add("BatchNorm after the activation")
def _norm_after() -> nn.Module:
    return _net(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3, padding=1),
        nn.ReLU(), nn.BatchNorm2d(8), *_head(8 * 256),
    )  # fmt: skip


@_add("BatchNorm after the pool")
def _norm_pool() -> nn.Module:
    return _net(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.BatchNorm2d(8),
        nn.Conv2d(8, 8, 3), nn.ReLU(), *_head(8 * 36),
    )  # fmt: skip


@_add("BatchNorm on the image")
def _norm_image() -> nn.Module:
    return _net(nn.BatchNorm2d(3), nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), *_head(8 * 256))


@_add("BatchNorm1d before and after", _FLAT)
def _norm_dense() -> nn.Module:
    return _net(
        nn.BatchNorm1d(20), nn.Linear(20, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 32),
        nn.ReLU(), nn.BatchNorm1d(32), nn.Dropout(0.5), nn.Linear(32, 5),
    )  # fmt: skip


@_add("BatchNorm after the read-out")
def _norm_out() -> nn.Module:
    return _net(nn.Conv2d(3, 8, 3), nn.ReLU(), *_head(8 * 196), nn.BatchNorm1d(10, affine=False))


@_add("x / 255, mean and deviation inside")
def _normalised() -> nn.Module:
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
            self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))
            self.conv, self.head = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(2048, 10)

        def forward(self, x):
            x = (x.float() / 255.0 - self.mean) / self.std
            return self.head(torch.flatten(F.relu(self.conv(x)), 1))

    return Net()
