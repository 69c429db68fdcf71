"""All noise models, and their form in files."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..errors import ValidationError
from ..support.checks import shown
from .base import NoiseModel
from .filtered import AlphaNoise, AlphaRCNoise, LowpassNoise, LowpassRCNoise
from .gaussian import GaussianNoise
from .measured import MeasuredNoise

__all__ = ["ALL_NOISE", "noise_from_dict", "noise_to_dict"]

#: every noise model; joining this tuple is what makes a new one tested, saved and loaded
ALL_NOISE: tuple[type[NoiseModel], ...] = (
    GaussianNoise,
    AlphaNoise,
    AlphaRCNoise,
    LowpassNoise,
    LowpassRCNoise,
    MeasuredNoise,
)


def noise_to_dict(noise: NoiseModel | None) -> dict[str, Any] | None:
    """JSON-ready record of a noise model; None stays None.

    Parameters
    ----------
    noise : NoiseModel or None
        The noise model.

    Examples
    --------
    >>> noise_to_dict(AlphaNoise(0.005))
    {'type': 'AlphaNoise', 'tau_s': 0.005}
    """
    if noise is None:
        return None
    if type(noise) not in ALL_NOISE:
        raise ValidationError(
            f"noise is {shown(noise)}; expected None or one of {[m.__name__ for m in ALL_NOISE]}"
        )
    return {"type": type(noise).__name__, **dataclasses.asdict(noise)}


def noise_from_dict(record: dict[str, Any] | None) -> NoiseModel | None:
    """Inverse of `noise_to_dict`.

    Parameters
    ----------
    record : dict or None
        Type and parameters; times in seconds, spreads in Hz.

    Examples
    --------
    >>> noise_from_dict({"type": "GaussianNoise", "sigma": 20.0})
    GaussianNoise(sigma=20.0)
    """
    if record is None:
        return None
    models = {model.__name__: model for model in ALL_NOISE}
    if not isinstance(record, dict):
        raise ValidationError(f"noise record is {record!r}; expected a dictionary with a type")
    kind = record.get("type")
    if not isinstance(kind, str) or kind not in models:
        raise ValidationError(f"noise type is {kind!r}; expected one of {sorted(models)}")
    values = {key: value for key, value in record.items() if key != "type"}
    known = {field.name for field in dataclasses.fields(models[kind])}
    if set(values) - known:
        raise ValidationError(
            f"{kind} record has {sorted(set(values) - known)}; expected only {sorted(known)}"
        )
    return models[kind](**values)
