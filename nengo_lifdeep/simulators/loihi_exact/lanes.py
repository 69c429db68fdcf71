"""Sixteen compartments at once, as integer code that the compiler cannot fail to vectorise.

A loop over a dozen arrays is not vectorised: the compiler would have to rule out that they
overlap, pair by pair, and gives up.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ..vectors.emitter import Lanes, require_inside
from ..vectors.layout import LANES

__all__ = ["add_charge", "chip_step"]

_VECTOR = ir.VectorType(ir.IntType(32), LANES)
_Q_BITS, _U_BITS, _DECAY_BITS = 21, 23, 12


def _all(number: int) -> Any:
    return ir.Constant(_VECTOR, [number] * LANES)


@intrinsic
def add_charge(typingctx: Any, q: Any, i: Any, w: Any, j: Any) -> Any:
    """``q[i : i + 16] += w[j : j + 16]``.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    q : array of int32
        Charge per compartment.
    i : int
        First compartment.
    w : array of int32
        Weights.
    j : int
        First weight.
    """
    signature = types.void(q, types.intp, w, types.intp)

    def generate(context: Any, b: Any, signature: Any, args: Any) -> Any:
        q, i, w, j = args
        lanes = Lanes(context, b, signature.args[0])
        target = lanes.place(signature.args[0], q, i)
        row = lanes.load(lanes.place(signature.args[2], w, j))
        lanes.store(b.add(lanes.load(target), row), target)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def chip_step(
    typingctx: Any, q: Any, constants: Any, state: Any, i: Any, stride: Any, old: Any, new: Any
) -> Any:
    """One step of compartments ``i`` to ``i + 15``.

    ``constants`` holds seven rows of ``stride`` numbers (multipliers of current and voltage,
    threshold, least and greatest voltage, bias, refractory steps), ``state`` four (current,
    voltage, refractory count, and room for currents). Currents are read from row ``old`` and
    written to row ``new``, 0 or 3. Returns who fired in bits 0 to 15, and in bits 16 to 31 whose
    registers wrapped around.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    q : array of int
        Charge that arrives in this step, per compartment.
    constants : (7, stride) array of int
        Constants of the compartments.
    state : (4, stride) array of int
        State of the compartments.
    i : int
        First compartment.
    stride : int
        Number of compartments, with filling.
    old, new : int
        Rows of the currents that are read and written, 0 or 3.
    """
    signature = types.int64(q, constants, state, types.intp, types.intp, types.intp, types.intp)

    def generate(context: Any, b: Any, signature: Any, args: Any) -> Any:
        q, constants, state, i, stride, old, new = args
        rows = _Rows(context, b, signature, i, stride)
        charge_in = rows.load(0, q, 0)
        m_u, m_v, vth, vmin, vmax, bias, ref = (rows.load(1, constants, row) for row in range(7))
        u, v, left = (rows.load(2, state, row) for row in (old, 1, 2))
        zero = _all(0)

        charge = _wrapped(b, charge_in, _Q_BITS)
        current = b.add(_decayed(b, u, m_u), charge)
        kept = _wrapped(b, current, _U_BITS)
        total = b.add(kept, bias)
        driven = _wrapped(b, total, _U_BITS)
        off = b.or_(b.xor(charge, charge_in), b.or_(b.xor(kept, current), b.xor(driven, total)))

        voltage = b.add(_decayed(b, v, m_v), driven)
        voltage = b.select(b.icmp_signed("<", voltage, vmin), vmin, voltage)
        voltage = b.select(b.icmp_signed(">", voltage, vmax), vmax, voltage)
        voltage = b.select(b.icmp_signed(">", left, zero), zero, voltage)
        fired = b.icmp_signed(">", voltage, vth)
        left = b.sub(b.select(fired, ref, left), _all(1))
        left = b.select(b.icmp_signed("<", left, zero), zero, left)
        for row, value in ((new, kept), (1, b.select(fired, zero, voltage)), (2, left)):
            rows.store(2, state, row, value)
        mask, long = ir.IntType(LANES), ir.IntType(64)
        who = b.zext(b.bitcast(fired, mask), long)
        wraps = b.zext(b.bitcast(b.icmp_unsigned("!=", off, zero), mask), long)
        return b.or_(who, b.shl(wraps, ir.Constant(long, LANES)))

    return signature, generate


class _Rows:
    """Places of the vectors that start at column ``i`` of two-dimensional arrays."""

    def __init__(self, context: Any, builder: Any, signature: Any, i: Any, stride: Any) -> None:
        self.context, self.b, self.signature = context, builder, signature
        self.i, self.stride = i, stride

    def _place(self, argument: int, array: Any, row: Any) -> Any:
        kind = self.signature.args[argument]
        given = self.context.make_array(kind)(self.context, self.b, array)
        number = ir.Constant(self.stride.type, row) if isinstance(row, int) else row
        start = self.b.add(self.b.mul(self.stride, number), self.i)
        require_inside(self.context, self.b, given, start, LANES)
        return self.b.bitcast(self.b.gep(given.data, [start]), _VECTOR.as_pointer())

    def load(self, argument: int, array: Any, row: Any) -> Any:
        return self.b.load(self._place(argument, array, row), align=4)

    def store(self, argument: int, array: Any, row: Any, value: Any) -> None:
        self.b.store(value, self._place(argument, array, row), align=4)


def _wrapped(b: Any, x: Any, bits: int) -> Any:
    """As a register of so many bits and a sign holds it."""
    sign = _all(1 << bits)
    return b.sub(b.and_(x, _all((1 << bits) - 1)), b.and_(x, sign))


def _decayed(b: Any, x: Any, m: Any) -> Any:
    """``S(x) floor(|x| m / 4096)`` of less than 24 bits, in two halves that stay in 32 bits."""
    shift = _all(_DECAY_BITS)
    negative = b.icmp_signed("<", x, _all(0))
    size = b.select(negative, b.neg(x), x)
    low = b.lshr(b.mul(b.and_(size, _all((1 << _DECAY_BITS) - 1)), m), shift)
    decayed = b.add(b.mul(b.lshr(size, shift), m), low)
    return b.select(negative, b.neg(decayed), decayed)
