"""Deep networks of LIF neurons: train with SoftLIF, convert to spikes, run in Nengo, on Loihi.

The public names below are imported when they are first used, so that ``import nengo_lifdeep``
costs milliseconds and loads neither TensorFlow nor Numba nor Matplotlib.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

#: module -> the names it contributes to the package's top level
_NAMES_OF = {
    "layers.architecture": ("Architecture",),
    "inputs.augmentation": ("Augmentation",),
    "evaluation.agreement": ("check_spikes",),
    "inputs.coding": (
        "BernoulliCoding",
        "ConstantCoding",
        "FunctionCoding",
        "LatencyCoding",
        "PoissonCoding",
    ),
    "herding.method": ("Herding",),
    "conversion.swap": ("convert",),
    "datasets": ("Dataset", "Split"),
    "deployment": ("Deployment", "deploy"),
    "errors": ("LifdeepError",),
    "evaluation.accuracy": ("evaluate",),
    "evaluation.rungs": ("ladder",),
    "importers.keras.model": ("from_keras",),
    "importers.nir.model": ("from_nir",),
    "importers.onnx.model": ("from_onnx",),
    "importers.maxima.models": ("pooling_cost",),
    "importers.torch.module": ("from_torch",),
    "layers": (
        "AveragePooling2D",
        "BatchNormalization",
        "Branch",
        "Concatenate",
        "Conv2D",
        "Conv2DTranspose",
        "Cropping2D",
        "Dense",
        "Dropout",
        "Flatten",
        "LocallyConnected2D",
        "Scale",
        "Shortcut",
        "UpSampling2D",
        "ZeroPadding2D",
    ),
    "models": ("SpikingModel", "TrainedModel"),
    "analysis.diagnosis": ("diagnose",),
    "evaluation.early": ("decide_early",),
    "exporters.nir.graph": ("to_nir",),
    "training.finetuning": ("finetune",),
    "exporters.nengo": ("SpikingNetwork",),
    "neurons": ("SoftLIF", "SoftLoihiLIF"),
    "noise": (
        "AlphaNoise",
        "AlphaRCNoise",
        "GaussianNoise",
        "LowpassNoise",
        "LowpassRCNoise",
        "MeasuredNoise",
    ),  # fmt: skip
    "analysis.noise": ("calibrate_noise",),
    "evaluation.points": ("operating_points",),
    "inputs.preprocessing": ("Preprocessing",),
    "inputs.presentation": ("Presentation",),
    "models.side_by_side": ("committee",),
    "models.held": ("quantize_weights",),
    "conversion.target_rates": ("rate_scales",),
    "conversion.relu": ("relu_to_lif",),
    "records": ("Evaluation", "SpikeRecord", "ValueEvaluation"),
    "simulators": ("run",),
    "simulators.larger_models": ("simulator",),
    "sweeps": ("Sweep", "sweep"),
    "training": ("train",),
    "training.settings.spike_based": ("SpikeBased",),
}

#: modules that are part of the interface themselves, as in ``nengo_lifdeep.datasets.load``
_MODULES = {
    "compat": "compat",
    "datasets": "datasets",
    "doctor": "simulators.doctor",
    "energy": "energy",
    "errors": "errors",
    "jobs": "jobs",
    "layers": "layers",
    "neurons": "neurons",
    "noise": "noise",
    "pretrained": "pretrained",
    "theta": "theta",
    "weights": "weights",
}

_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names}

__all__ = sorted(["__version__", *_MODULES, *_MODULE_OF])


def __getattr__(name: str) -> Any:
    """Import a public name at its first use (PEP 562)."""
    if name in _MODULE_OF:
        value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"{__name__}.{_MODULES[name]}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
