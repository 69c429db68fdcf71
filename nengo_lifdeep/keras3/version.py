"""The user's own Keras, which must be version 3."""

from __future__ import annotations

from ..compat.requirements import import_optional
from ..errors import CompatibilityError

__all__ = ["keras"]

keras = import_optional("keras")
if not keras.__version__.startswith("3"):
    raise CompatibilityError(
        f"keras is version {keras.__version__}; nengo_lifdeep.keras3 needs Keras 3. With tf_keras, "
        "train through nengo_lifdeep.train"
    )
