"""What a value may be, said once: refused at the door with what was given and expected.

A check takes a value and its name for messages, and returns the value as it is used: NumPy's
numbers become Python's, sequences tuples. `checked` puts checks onto the arguments of a function,
`check_fields` onto the fields of a value that is being built. Checks of arrays are in
``checks.arrays``, the one file here that needs NumPy.
"""

from .arguments import check_fields, checked
from .numbers import (
    MOST_SEED,
    checked_number,
    checked_whole,
    is_real,
    is_whole,
    real,
    seed,
    whole,
)
from .refusal import Check, shown
from .several import by_name, checked_names, each, optional
from .shapes import (
    MOST_NEURONS,
    MOST_UNITS,
    checked_shape,
    image_shape,
    pair,
    sizes,
    whole_numbers,
)
from .values import file_name, flag, function, instance, text, word

__all__ = [
    "MOST_SEED",
    "MOST_NEURONS",
    "MOST_UNITS",
    "Check",
    "by_name",
    "check_fields",
    "checked",
    "checked_names",
    "checked_number",
    "checked_shape",
    "checked_whole",
    "each",
    "file_name",
    "flag",
    "function",
    "image_shape",
    "instance",
    "is_real",
    "is_whole",
    "optional",
    "pair",
    "real",
    "seed",
    "shown",
    "sizes",
    "text",
    "whole",
    "whole_numbers",
    "word",
]
