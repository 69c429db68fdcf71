"""Deep networks of LIF neurons: train with SoftLIF, convert to spikes, run in Nengo, on Loihi.

The public names below are imported when they are first used, so that ``import nengo_lifdeep``
costs milliseconds and loads neither TensorFlow nor Numba nor Matplotlib.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

#: module -> the names it contributes to the package's top level
_NAMES_OF = {
    "architecture": ("Architecture",),
    "augmentation": ("Augmentation",),
    "check": ("check_spikes",),
    "coding": ("BernoulliCoding", "FunctionCoding", "PoissonCoding"),
    "convert": ("convert",),
    "datasets": ("Dataset", "Split"),
    "deploy": ("Deployment", "deploy"),
    "errors": ("LifdeepError",),
    "evaluate": ("evaluate", "ladder"),
    "importers.keras": ("from_keras",),
    "importers.nir": ("from_nir",),
    "importers.onnx": ("from_onnx",),
    "layers": (
        "AveragePooling2D",
        "BatchNormalization",
        "Conv2D",
        "Dense",
        "Dropout",
        "Flatten",
        "LocallyConnected2D",
        "Shortcut",
    ),
    "models": ("SpikingModel", "TrainedModel"),
    "diagnose": ("diagnose",),
    "early_decision": ("decide_early",),
    "exporters.nir": ("to_nir",),
    "finetune": ("finetune",),
    "network": ("SpikingNetwork",),
    "neurons": ("SoftLIF", "SoftLoihiLIF"),
    "noise": (
        "AlphaNoise",
        "AlphaRCNoise",
        "GaussianNoise",
        "LowpassNoise",
        "LowpassRCNoise",
        "MeasuredNoise",
    ),  # fmt: skip
    "noise_calibration": ("calibrate_noise",),
    "operating_points": ("operating_points",),
    "preprocessing": ("Preprocessing",),
    "presentation": ("Presentation",),
    "quantization": ("quantize_weights",),
    "rate_scales": ("rate_scales",),
    "relu_to_lif": ("relu_to_lif",),
    "records": ("Evaluation", "SpikeRecord"),
    "simulators": ("run",),
    "training": ("train",),
}

#: modules that are part of the interface themselves, as in ``nengo_lifdeep.datasets.load``
_MODULES = (
    "compat", "datasets", "doctor", "energy", "errors", "layers", "neurons", "noise", "pretrained",
)  # fmt: skip

_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names}

__all__ = sorted(["__version__", *_MODULES, *_MODULE_OF])


def __getattr__(name: str) -> Any:
    """Import a public name at its first use (PEP 562)."""
    if name in _MODULE_OF:
        value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)


class _Package(ModuleType):
    """Keeps a public function visible when the file of the same name has been imported.

    Python binds ``nengo_lifdeep.convert`` to the file convert.py as soon as anything imports it;
    users mean the function.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (isinstance(value, ModuleType) and name in _MODULE_OF):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
