"""What training through cross-point arrays needs: plain gradient descent, in rates."""

from __future__ import annotations

from typing import Any

from ...errors import TrainingError
from ...layers.architecture import Architecture
from ...weights.crosspoint.kind import CrossPoint
from .optimizers import describe_optimizer

__all__ = ["has_arrays", "require_pulses"]

#: settings of "sgd" that would change what the pulses did
_OTHERS = ("momentum", "nesterov", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm",
           "use_ema")  # fmt: skip


def has_arrays(architecture: Architecture) -> bool:
    """Whether the weights of a layer are a cross-point array.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    """
    return any(isinstance(kind, CrossPoint) for kind in architecture.weight_kinds.values())


def require_pulses(architecture: Architecture, optimizer: Any, method: Any) -> None:
    """Refuse an optimiser that would change the update by the arrays' pulses, and other methods.

    Parameters
    ----------
    architecture : Architecture
        The layers, some of them with arrays.
    optimizer : tf_keras optimiser
        Of the training.
    method : SpikeBased or None
        How it is trained; None in rates.

    Raises
    ------
    TrainingError
        If it is not plain "sgd", or the training is on spikes.
    """
    kinds = architecture.weight_kinds.items()
    names = ", ".join(name for name, kind in kinds if isinstance(kind, CrossPoint))
    if method is not None:
        raise TrainingError(
            f"layers {names} are cross-point arrays, which are trained in rates only; leave method "
            "out, or give them other weights"
        )
    found = describe_optimizer(optimizer)
    used = [name for name in _OTHERS if found["config"].get(name)]
    if found["class_name"] != "SGD" or used:
        what = found["class_name"] + (f" with {', '.join(used)}" if used else "")
        raise TrainingError(
            f"optimizer is {what}, but layers {names} are cross-point arrays, whose pulses are the "
            "update; expected optimizer='sgd' without other settings than learning_rate"
        )
