"""NengoDL 3.6 and NengoLoihi 1.1 on today's TensorFlow, NumPy and Nengo.

Both packages date from February 2023 and neither imports, unpatched, on the stack that pip
installs now. The functions below are the only way this package reaches them. What they change
is seen by NengoDL and NengoLoihi alone: a user's own ``keras`` and ``tf.keras`` stay what they
were, whichever was imported first.
"""

from __future__ import annotations

from nengo_lifdeep.compat.nengo_dl import import_nengo_dl
from nengo_lifdeep.compat.nengo_loihi import import_nengo_loihi
from nengo_lifdeep.compat.tf_keras import import_tensorflow, import_tf_keras

__all__ = ["import_nengo_dl", "import_nengo_loihi", "import_tensorflow", "import_tf_keras"]
