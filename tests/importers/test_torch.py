"""PyTorch modules through both of PyTorch's exporters, against the modules' own answers."""

import numpy as np
import pytest

from nengo_lifdeep import from_torch
from nengo_lifdeep.compat import requirements
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import fold
from nengo_lifdeep.errors import MissingDependencyError, UnsupportedLayerError, ValidationError


def test_without_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(requirements.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"'torch' extra: pip install"):
        from_torch(None, np.zeros((1, 4), np.float32))


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def network(torch):
    nn = torch.nn
    torch.manual_seed(0)
    layers = [nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU6(), nn.AvgPool2d(2),
              nn.Flatten(), nn.Dropout(), nn.Linear(4 * 4 * 3, 5)]  # fmt: skip
    return nn.Sequential(*layers)


@pytest.mark.parametrize("dynamo", [None, True, False])
def test_scores_are_the_modules(torch, dynamo):
    if dynamo:
        pytest.importorskip("onnxscript")
    module = network(torch)
    module.train()
    module[1].eval()
    x = torch.rand(3, 2, 8, 6)
    net = from_torch(module, x, classes=tuple("abcde"), dynamo=dynamo)
    assert [part.training for part in module] == [True, False, *[True] * 5]
    assert net.architecture.input_shape == (8, 6, 2) and net.classes == tuple("abcde")
    assert net.provenance["imported from"] == "PyTorch module 'Sequential'"
    with torch.no_grad():
        expected = module.eval()(x).numpy()
    found = forward(fold(net), x.numpy().transpose(0, 2, 3, 1))["output"]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_example_decides_the_shape(torch):
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(),
                                 torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())  # fmt: skip
    for size in (8, 12):
        example = np.zeros((2, 1, size, size), np.float32)
        assert from_torch(module, example).architecture.input_shape == (size, size, 1)


def test_what_cannot_be_imported(torch):
    x = torch.zeros(1, 2, 8, 6)
    with pytest.raises(ValidationError, match=r"expected a torch\.nn\.Module"):
        from_torch(network(torch).state_dict(), x)
    with pytest.raises(ValidationError, match="put an axis for the batch first"):
        from_torch(network(torch), x[0, 0, 0])
    with pytest.raises(UnsupportedLayerError, match="PyTorch cannot export Sequential for"):
        from_torch(network(torch), torch.zeros(1, 3, 8, 6))
    with pytest.raises(UnsupportedLayerError, match=r"\(MaxPool\).*max_pooling='average'"):
        from_torch(torch.nn.Sequential(torch.nn.MaxPool2d(2)), x, max_pooling="refuse")

    class Branching(torch.nn.Module):
        def forward(self, values):
            return values * 2 if values.sum() > 0 else values

    with pytest.raises(UnsupportedLayerError, match="cannot export Branching"):
        from_torch(Branching(), x)


@pytest.mark.parametrize("kind", ["double", "half", "bfloat16"])
def test_modules_of_other_precision(torch, kind):
    module = getattr(network(torch), kind)().eval()
    x = torch.rand(2, 2, 8, 6)
    net = from_torch(module, x)
    assert {part.dtype for part in module.parameters()} == {next(module.parameters()).dtype}
    assert next(module.parameters()).dtype != torch.float32
    with torch.no_grad():
        expected = module.float()(x).numpy()
    found = forward(fold(net), x.numpy().transpose(0, 2, 3, 1))["output"]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("dynamo", [True, False])
def test_two_classes_whose_last_axis_is_taken_away(torch, dynamo):
    if dynamo:
        pytest.importorskip("onnxscript")
    nn = torch.nn
    module, x = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 1)), torch.rand(3, 6)

    class Squeezed(nn.Module):
        def __init__(self):
            super().__init__()
            self.module = module

        def forward(self, values):
            return torch.sigmoid(self.module(values)).squeeze(1)

    net = from_torch(Squeezed(), x, dynamo=dynamo)
    with torch.no_grad():
        expected = torch.logit(Squeezed()(x)).numpy()
    found = forward(fold(net), x.numpy().reshape(3, 1, 1, 6))["output"]
    np.testing.assert_allclose(found[:, 1] - found[:, 0], expected, atol=1e-5)


def test_the_cause_of_a_failed_export_is_said(torch):
    class Branching(torch.nn.Module):
        def forward(self, values):
            return values * 2 if values.sum() > 0 else values

    with pytest.raises(
        UnsupportedLayerError, match="it branches on the values of a tensor"
    ) as error:
        from_torch(Branching(), torch.zeros(1, 2, 4, 4), dynamo=False)
    assert "\x1b" not in str(error.value)
