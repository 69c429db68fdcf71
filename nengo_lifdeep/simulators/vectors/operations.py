"""Operations on sixteen neurons at once, as code that the compiler cannot fail to vectorise.

Each is an LLVM intrinsic of Numba on vectors of `LANES` numbers, which LLVM maps to whatever
registers the processor has. Written as loops, the same work was not vectorised: the rows are too
short, and the compiler cannot know that currents and weights do not overlap (measured in
``docs/decisions/event_simulator.md``).
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .emitter import Lanes, require_inside
from .layout import LANES

__all__ = [
    "above",
    "add_four",
    "add_row",
    "add_rows",
    "advance",
    "advance_first_order",
    "lowest_bit",
    "require_inside",
]


@intrinsic
def add_row(typingctx: Any, x: Any, i: Any, w: Any, j: Any, factor: Any) -> Any:
    """``x[i : i + 16] += factor * w[j : j + 16]``.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    x : array of float
        The target, in whole vectors of 16.
    i : int
        First entry in ``x``, or first compartment.
    w : array of float
        The weights, in whole vectors of 16.
    j : int
        First entry in the second array.
    factor : float
        Factor on the weights.
    """
    signature = types.void(x, types.intp, w, types.intp, types.float64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = Lanes(context, builder, signature.args[0])
        x, i, w, j, factor = args
        target = lanes.place(signature.args[0], x, i)
        row = lanes.load(lanes.place(signature.args[2], w, j))
        lanes.store(lanes.fused(row, lanes.fill(factor), lanes.load(target)), target)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add_four(typingctx: Any, x: Any, i: Any, y: Any, j: Any, number: Any) -> Any:
    """``x[i : i + 4] = y[j : j + 4] + number``; ``x`` are 64-bit integers, ``y`` any integers.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    x : array of int64
        The target.
    i : int
        First entry in ``x``, or first compartment.
    y : array of int
        The summands.
    j : int
        First entry in the second array.
    number : int
        The number to add.
    """
    signature = types.void(x, types.intp, y, types.intp, types.intp)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        x, i, y, j, number = args
        given = ir.VectorType(context.get_value_type(signature.args[2].dtype), 4)
        wide = ir.VectorType(ir.IntType(64), 4)
        to = context.make_array(signature.args[0])(context, builder, x)
        of = context.make_array(signature.args[2])(context, builder, y)
        require_inside(context, builder, to, i, 4)
        require_inside(context, builder, of, j, 4)
        target = builder.bitcast(builder.gep(to.data, [i]), wide.as_pointer())
        source = builder.bitcast(builder.gep(of.data, [j]), given.as_pointer())
        values = builder.load(source, align=given.element.width // 8)
        if given != wide:
            values = builder.sext(values, wide)
        undefined = ir.Constant(wide, ir.Undefined)
        one = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), 4), None)
        same = builder.shuffle_vector(one, undefined, zeros)
        builder.store(builder.add(values, same), target, align=8)
        return context.get_dummy_value()

    return signature, generate


@intrinsic(prefer_literal=True)
def add_rows(typingctx: Any, x: Any, i: Any, w: Any, j: Any, n: Any) -> Any:
    """``x[i : i + 16 n] += w[j : j + 16 n]`` for a literal ``n``, without a loop.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    x : array of float
        The target, in whole vectors of 16.
    i : int
        First entry in ``x``, or first compartment.
    w : array of float
        The weights, in whole vectors of 16.
    j : int
        First entry in the second array.
    n : int
        Number of vectors of 16, a literal.
    """
    if not isinstance(n, types.IntegerLiteral):
        return None
    signature = types.void(x, types.intp, w, types.intp, n)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = Lanes(context, builder, signature.args[0])
        x, i, w, j, _ = args
        starts = [ir.Constant(i.type, LANES * k) for k in range(n.literal_value)]
        targets = [lanes.place(signature.args[0], x, builder.add(i, s)) for s in starts]
        rows = [lanes.load(lanes.place(signature.args[2], w, builder.add(j, s))) for s in starts]
        sums = [
            builder.fadd(lanes.load(target), row) for target, row in zip(targets, rows, strict=True)
        ]
        for target, value in zip(targets, sums, strict=True):
            lanes.store(value, target)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def advance(typingctx: Any, v: Any, p: Any, q: Any, i: Any, bias: Any, b: Any, numbers: Any) -> Any:
    """One time step of neurons ``i`` to ``i + 15``; returns who is above threshold, bit by bit.

    ``numbers`` is the tuple ``(decay, coupling, keep, gain, j_min, v_min, threshold)`` of float64.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    v : (size,) array of float
        Membrane voltages; threshold 1.
    p : (size,) array of float
        First numbers of the synapses.
    q : (size,) array of float
        Second numbers of the synapses.
    i : int
        First neuron.
    bias : (size,) array of float
        Biases, dimensionless.
    b : int
        First entry in ``bias``.
    numbers : tuple of float
        Constants of the step.
    """
    return _advance(v, p, q, bias, numbers, first_order=False)


@intrinsic
def advance_first_order(
    typingctx: Any, v: Any, p: Any, q: Any, i: Any, bias: Any, b: Any, numbers: Any
) -> Any:
    """`advance` for synapses whose second number ``q`` is always zero.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    v : (size,) array of float
        Membrane voltages; threshold 1.
    p : (size,) array of float
        First numbers of the synapses.
    q : (size,) array of float
        Second numbers of the synapses.
    i : int
        First neuron.
    bias : (size,) array of float
        Biases, dimensionless.
    b : int
        First entry in ``bias``.
    numbers : tuple of float
        Constants of the step.
    """
    return _advance(v, p, q, bias, numbers, first_order=True)


def _advance(v: Any, p: Any, q: Any, bias: Any, numbers: Any, first_order: bool) -> Any:
    signature = types.uint64(v, p, q, types.intp, bias, types.intp, numbers)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = Lanes(context, builder, signature.args[0])
        v, p, q = (lanes.place(signature.args[k], args[k], args[3]) for k in range(3))
        constant = lanes.load(lanes.place(signature.args[4], args[4], args[5]))
        fills = [lanes.fill(x) for x in cgutils.unpack_tuple(builder, args[6])]
        decay, coupling, keep, gain, j_min, v_min, threshold = fills
        before = lanes.load(p)
        first = builder.fmul(before, decay)
        lanes.store(first, p)
        current = builder.fadd(first, constant)
        if not first_order:
            second = builder.fmul(lanes.fused(before, coupling, lanes.load(q)), decay)
            lanes.store(second, q)
            current = builder.fadd(current, second)
        drive = builder.fmul(lanes.at_least(current, j_min), gain)
        voltage = lanes.at_least(lanes.fused(lanes.load(v), keep, drive), v_min)
        lanes.store(voltage, v)
        above = builder.fcmp_ordered(">", voltage, threshold)
        return builder.zext(builder.bitcast(above, ir.IntType(LANES)), ir.IntType(64))

    return signature, generate


@intrinsic
def above(typingctx: Any, x: Any, i: Any, y: Any, j: Any) -> Any:
    """Which of ``x[i : i + 16] > y[j : j + 16]``, bit by bit.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    x : array of float
        The target, in whole vectors of 16.
    i : int
        First entry in ``x``, or first compartment.
    y : array of float
        The values to compare with.
    j : int
        First entry in the second array.
    """
    signature = types.uint64(x, types.intp, y, types.intp)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = Lanes(context, builder, signature.args[0])
        left, right = (
            lanes.load(lanes.place(signature.args[k], args[k], args[k + 1])) for k in (0, 2)
        )
        larger = builder.fcmp_ordered(">", left, right)
        return builder.zext(builder.bitcast(larger, ir.IntType(LANES)), ir.IntType(64))

    return signature, generate


@intrinsic
def lowest_bit(typingctx: Any, bits: Any) -> Any:
    """Position of the lowest set bit of a non-zero 64-bit number.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    bits : int
        The 64-bit number, not zero.
    """
    signature = types.intp(types.uint64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return signature, generate
