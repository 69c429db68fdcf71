"""Sums of rows of numbers in registers, as code that the compiler cannot fail to vectorise.

Each is an LLVM intrinsic of Numba on vectors of `LANES` numbers. Written as loops over arrays, a
sum over spikes was loaded and stored once per spike; here it stays in registers until the last.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["LANES", "add_rows", "dot", "lowest", "nonzero"]

#: Numbers that one vector has: a register of 512 bits in float32.
LANES = 16

_INDEX = ir.IntType(64)


def _vector(context: Any, array_type: Any) -> tuple[Any, int]:
    """The vector of an array's numbers, and how it is aligned: as the numbers are."""
    scalar = context.get_value_type(array_type.dtype)
    return ir.VectorType(scalar, LANES), array_type.dtype.bitwidth // 8


def _data(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    return context.make_array(array_type)(context, builder, array).data


def _fused(builder: Any, vector: Any, align: int) -> Any:
    """The function ``a * b + c`` of vectors."""
    kind = ir.FunctionType(vector, [vector] * 3)
    return cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f{align * 8}")


def _fill(builder: Any, vector: Any, number: Any) -> Any:
    nothing = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(nothing, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(
        one, nothing, ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
    )


@intrinsic(prefer_literal=True)
def add_rows(
    typingctx: Any, target: Any, i: Any, source: Any, shift: Any, places: Any, values: Any,
    begin: Any, end: Any, n: Any,
) -> Any:  # fmt: skip
    """``target[i + k] += sum of values[e] source[places[e] + shift + k]`` for ``k < 16 n``.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    target : array of float
        What is added to.
    i : int
        First entry in it.
    source : array of float
        What is added, of the target's type.
    shift : int
        Added to every place in it.
    places : array of int64
        Where the rows begin.
    values : array of float
        Factors on the rows, of the target's type.
    begin, end : int
        First entry of ``places`` and ``values``, and the one after the last.
    n : int
        Number of vectors of a row, as a literal number.
    """
    signature = types.void(
        target, types.intp, source, types.intp, places, values, types.intp, types.intp, n
    )

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args
        vector, align = _vector(context, kinds[0])
        arrays = {k: _data(context, builder, kinds[k], args[k]) for k in (0, 2, 4, 5)}
        shift, begin, end = args[3], args[6], args[7]
        fused = _fused(builder, vector, align)

        def part(start: Any, k: int) -> Any:
            return builder.gep(start, [ir.Constant(_INDEX, k)])

        into = builder.bitcast(builder.gep(arrays[0], [args[1]]), vector.as_pointer())
        sums = [builder.load(part(into, k), align=align) for k in range(n.literal_value)]
        before = builder.block
        head, body, after = (builder.append_basic_block() for _ in range(3))
        builder.branch(head)
        builder.position_at_end(head)
        event = builder.phi(_INDEX)
        event.add_incoming(begin, before)
        running = [builder.phi(vector) for _ in sums]
        for phi, start in zip(running, sums, strict=True):
            phi.add_incoming(start, before)
        builder.cbranch(builder.icmp_signed("<", event, end), body, after)
        builder.position_at_end(body)
        place = builder.add(builder.load(builder.gep(arrays[4], [event])), shift)
        value = _fill(builder, vector, builder.load(builder.gep(arrays[5], [event])))
        row = builder.bitcast(builder.gep(arrays[2], [place]), vector.as_pointer())
        for k, phi in enumerate(running):
            added = builder.call(fused, [builder.load(part(row, k), align=align), value, phi])
            phi.add_incoming(added, body)
        event.add_incoming(builder.add(event, ir.Constant(_INDEX, 1)), body)
        builder.branch(head)
        builder.position_at_end(after)
        for k, phi in enumerate(running):
            builder.store(phi, part(into, k), align=align)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def dot(
    typingctx: Any, x: Any, i: Any, step_x: Any, y: Any, j: Any, step_y: Any, rows: Any, n: Any
) -> Any:
    """Sum of the products of two blocks of numbers, row after row.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    x, y : array of float
        The numbers, of one type.
    i, j : int
        The first of them.
    step_x, step_y : int
        From one row to the next.
    rows : int
        Number of rows, 1 or more.
    n : int
        Four vectors that a row has so many times, 1 or more.
    """
    integers = (types.intp, types.intp)
    signature = x.dtype(x, *integers, y, *integers, *integers)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector, align = _vector(context, signature.args[0])
        starts = [
            builder.gep(_data(context, builder, signature.args[k], args[k]), [args[k + 1]])
            for k in (0, 3)
        ]
        fused = _fused(builder, vector, align)
        sums = [cgutils.alloca_once_value(builder, ir.Constant(vector, None)) for _ in range(4)]
        for place in sums:
            builder.store(ir.Constant(vector, None), place)
        with cgutils.for_range(builder, args[6]) as row:
            rows = [
                builder.gep(start, [builder.mul(row.index, args[k])])
                for start, k in zip(starts, (2, 5), strict=True)
            ]
            with cgutils.for_range(builder, args[7]) as block:
                for k, place in enumerate(sums):
                    entry = builder.add(
                        builder.mul(block.index, ir.Constant(_INDEX, 4 * LANES)),
                        ir.Constant(_INDEX, k * LANES),
                    )
                    a, b = (
                        builder.load(
                            builder.bitcast(builder.gep(each, [entry]), vector.as_pointer()),
                            align=align,
                        )
                        for each in rows
                    )
                    builder.store(builder.call(fused, [a, b, builder.load(place)]), place)
        halves = [builder.fadd(*(builder.load(place) for place in sums[k : k + 2])) for k in (0, 2)]
        whole = builder.fadd(*halves)
        total = ir.Constant(vector.element, 0.0)
        for lane in range(LANES):
            number = builder.extract_element(whole, ir.Constant(ir.IntType(32), lane))
            total = builder.fadd(total, number)
        return total

    return signature, generate


@intrinsic
def nonzero(typingctx: Any, x: Any, i: Any) -> Any:
    """Sixteen bits: which of ``x[i : i + 16]`` are not 0.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    x : array of float
        The numbers.
    i : int
        The first of them.
    """
    signature = types.int64(x, types.intp)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector, align = _vector(context, signature.args[0])
        data = _data(context, builder, signature.args[0], args[0])
        place = builder.bitcast(builder.gep(data, [args[1]]), vector.as_pointer())
        zeros = ir.Constant(vector, [0.0] * LANES)
        found = builder.fcmp_unordered("!=", builder.load(place, align=align), zeros)
        return builder.zext(builder.bitcast(found, ir.IntType(LANES)), _INDEX)

    return signature, generate


@intrinsic
def lowest(typingctx: Any, bits: Any) -> Any:
    """Number of the lowest bit that is set; of no use for 0.

    Parameters
    ----------
    typingctx : object
        Numba's typing context.
    bits : int64
        The bits.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate
