"""What weights by chance need: training in rates; and what their optimiser needs: such weights."""

from __future__ import annotations

from typing import Any

from ...errors import TrainingError
from ...layers.architecture import Architecture

__all__ = ["require_chances"]


def require_chances(architecture: Architecture, optimizer: Any, method: Any) -> None:
    """Refuse relaxed signs in a training on spikes, and "bayes-binary" where there are none.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    optimizer : tf_keras optimiser
        Of the training.
    method : SpikeBased or None
        How it is trained; None in rates.

    Raises
    ------
    TrainingError
        If they do not go together.
    """
    names = [name for name, kind in architecture.weight_kinds.items() if kind.by_chance]
    if names and method is not None:
        raise TrainingError(
            f"layers {', '.join(names)} have weights of relaxed signs, which are trained in rates "
            'only; leave method out, or use Binary(draw="sign")'
        )
    if hasattr(optimizer, "natural_of") and not names:
        raise TrainingError(
            "optimizer is 'bayes-binary', but no layer has weights of relaxed signs; use another, "
            'or weights=Binary(scale=1.2, draw="relaxed")'
        )
