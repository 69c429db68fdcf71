"""Emits vector code: loads, stores and arithmetic on sixteen numbers at once."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils

from .layout import LANES

__all__ = ["Lanes", "require_inside"]


def require_inside(context: Any, builder: Any, array: Any, index: Any, n: int) -> None:
    """Emit a check that ``n`` numbers from ``array[index]`` on are there, if checks are asked for.

    They are with ``NUMBA_BOUNDSCHECK=1``; otherwise nothing is emitted.

    Parameters
    ----------
    context, builder : object
        Numba's code generation.
    array : object
        The array's structure in LLVM.
    index : object
        First entry, in LLVM.
    n : int
        Number of entries.
    """
    if not context.enable_boundscheck:
        return
    last = builder.add(index, ir.Constant(index.type, n - 1))
    for place in (index, last):
        cgutils.do_boundscheck(context, builder, place, array.nitems)


class Lanes:
    """Emits vector code: loads and stores for arrays of any type, arithmetic for those of floats.

    Parameters
    ----------
    context, builder : object
        Numba's code generation.
    array_type : object
        Numba's type of the arrays.
    """

    def __init__(self, context: Any, builder: Any, array_type: Any) -> None:
        self.context, self.builder = context, builder
        self.scalar = context.get_value_type(array_type.dtype)
        self.type = ir.VectorType(self.scalar, LANES)
        self.align = array_type.dtype.bitwidth // 8

    def place(self, array_type: Any, array: Any, index: Any) -> Any:
        """Pointer to the vector that starts at ``array[index]``.

        Parameters
        ----------
        array_type : object
            Numba's type of the array.
        array, index : object
            The array and its entry, in LLVM.
        """
        given = self.context.make_array(array_type)(self.context, self.builder, array)
        require_inside(self.context, self.builder, given, index, LANES)
        pointer = self.builder.gep(given.data, [index])
        return self.builder.bitcast(pointer, self.type.as_pointer())

    def load(self, pointer: Any) -> Any:
        """The vector at a place.

        Parameters
        ----------
        pointer : object
            The place, as `place` gives it.
        """
        return self.builder.load(pointer, align=self.align)

    def store(self, value: Any, pointer: Any) -> None:
        """Write a vector to a place.

        Parameters
        ----------
        value : object
            The vector.
        pointer : object
            The place, as `place` gives it.
        """
        self.builder.store(value, pointer, align=self.align)

    def fill(self, number: Any) -> Any:
        """A vector of one float64 number, rounded to the arrays' type.

        Parameters
        ----------
        number : object
            The number, in LLVM.
        """
        if self.scalar != ir.DoubleType():
            number = self.builder.fptrunc(number, self.scalar)
        one = self.builder.insert_element(
            ir.Constant(self.type, ir.Undefined), number, ir.Constant(ir.IntType(32), 0)
        )
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
        return self.builder.shuffle_vector(one, ir.Constant(self.type, ir.Undefined), zeros)

    def at_least(self, value: Any, low: Any) -> Any:
        """A vector whose numbers are raised to those of another.

        Parameters
        ----------
        value, low : object
            The two vectors.
        """
        return self.builder.select(self.builder.fcmp_ordered(">", value, low), value, low)

    def fused(self, a: Any, b: Any, c: Any) -> Any:
        """``a * b + c``, rounded once where the processor can.

        Parameters
        ----------
        a, b, c : object
            The three vectors.
        """
        product = self.builder.fmul(a, b, flags=("contract",))
        return self.builder.fadd(product, c, flags=("contract",))
