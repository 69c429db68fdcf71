"""Convolutions of spikes that follow the spikes, where few enough of them make it worth it.

Importing this module imports TensorFlow.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ....compat import import_tensorflow, import_tf_keras
from ...tensorflow.held import straight_through

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["applied", "spike_convolution"]

#: Up to which share of input that is not 0 sums over spikes are faster than dense convolutions, as
#: measured: at a tenth two to four times, at a third equal.
_ACTIVE = 0.3

#: Multiplications of a dense convolution, per row of the kernel and output pixel, below which its
#: forward pass is faster than a sum that begins and ends there.
_FEW = 300

#: Parts of a batch whose kernel gradients are added up one after another: as many for every number
#: of threads, so that threads do not change a bit.
_PARTS = 4

#: Numbers of input below which threads take longer to begin than the work does.
_SMALL = 100_000


def applied(member: Any, values: Any, at_spikes: bool = False) -> Any:
    """What a layer makes of spikes: `spike_convolution`, where it is a convolution of stride 1.

    Parameters
    ----------
    member : tf_keras layer
        The layer, built.
    values : (n, ...) tensor
        Its input, of which some may be spikes.
    at_spikes : bool
        As `spike_convolution` has it.
    """
    plain = isinstance(member, keras.layers.Conv2D) and not isinstance(
        member, keras.layers.Conv2DTranspose | keras.layers.DepthwiseConv2D
    )
    if not plain or {*member.strides, *member.dilation_rate, member.groups} != {1}:
        return member.call(values)
    kernel = straight_through(tf.convert_to_tensor(member.kernel), getattr(member, "kind", None))
    given = spike_convolution(values, kernel, member.padding.upper(), at_spikes)
    return tf.nn.bias_add(given, member.bias) if member.use_bias else given


def spike_convolution(values: Any, kernel: Any, padding: str, at_spikes: bool = False) -> Any:
    """A convolution of stride 1; equal to TensorFlow's but for the order of sums.

    Parameters
    ----------
    values : (n, row, column, channel) tensor of float
        The input.
    kernel : (kernel_row, kernel_column, channel, filter) tensor of float
        The kernel.
    padding : {"SAME", "VALID"}
        As TensorFlow has it.
    at_spikes : bool
        Whether the gradient of the input is asked for only where the input is not 0, and may be 0
        elsewhere: the paper's derivative of a spike is 0 without one.

    Returns
    -------
    (n, row, column, filter) tensor of float
        The output.
    """
    if not _here():
        return tf.nn.conv2d(values, kernel, 1, padding)
    _, columns, channels, filters = kernel.shape
    worth = columns * channels * filters >= _FEW

    @tf.custom_gradient
    def respond(x: Any, w: Any) -> Any:
        from .lists import count

        few = _numpy(lambda x: np.bool_(count(x.ravel()) <= _ACTIVE * x.size), [x], tf.bool, ())
        shape = tf.TensorShape((x.shape[0], *_sizes(x.shape, w.shape, padding)[6:8], w.shape[3]))

        def by_spikes() -> Any:
            return _numpy(functools.partial(_forward, padding), [x, w], x.dtype, shape)

        def dense() -> Any:
            return tf.nn.conv2d(x, w, 1, padding)

        out = tf.cond(few, by_spikes, dense) if worth else dense()

        def gradient(errors: Any) -> tuple[Any, Any]:
            same = {"strides": [1, 1, 1, 1], "padding": padding, "out_backprop": errors}
            kernel_shape = tuple(w.shape)

            def all_inputs() -> Any:
                return tf.raw_ops.Conv2DBackpropInput(input_sizes=tf.shape(x), filter=w, **same)

            def some_inputs() -> Any:
                given = [x, w, errors]
                return _numpy(functools.partial(_to_spikes, padding), given, x.dtype, x.shape)

            def kernel_by_spikes() -> Any:
                function = functools.partial(_to_kernel, padding, kernel_shape)
                return _numpy(function, [x, errors], w.dtype, kernel_shape)

            def kernel_densely() -> Any:
                return tf.raw_ops.Conv2DBackpropFilter(input=x, filter_sizes=kernel_shape, **same)

            to_input = tf.cond(few, some_inputs, all_inputs) if at_spikes else all_inputs()
            return to_input, tf.cond(few, kernel_by_spikes, kernel_densely)

        return out, gradient

    return respond(values, kernel)


@functools.cache
def _here() -> bool:
    """Whether Numba is there, and TensorFlow computes on this processor."""
    return importlib.util.find_spec("numba") is not None and not tf.config.list_physical_devices(
        "GPU"
    )


def _numpy(function: Callable[..., Any], given: list[Any], dtype: Any, shape: Any) -> Any:
    """A function of NumPy arrays as an operation."""
    found = tf.numpy_function(function, given, dtype, stateful=False)
    found.set_shape(shape)
    return found


def _sizes(image: Any, kernel: Any, padding: str) -> tuple[int, ...]:
    """The numbers of a `Plane`."""
    inside, window = tuple(image[1:3]), tuple(kernel[:2])
    before, outside = [0, 0], [n - k + 1 for n, k in zip(inside, window, strict=True)]
    if padding == "SAME":
        before, outside = [(k - 1) // 2 for k in window], list(inside)
    return (*inside, kernel[2], *window, kernel[3], *outside, *before)


def _empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array that TensorFlow takes over without copying: at a multiple of 64 bytes."""
    n = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.empty(n + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + n].view(dtype).reshape(shape)


def _forward(padding: str, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    from .forward import convolve
    from .lists import Plane

    plane = Plane(*_sizes(x.shape, w.shape, padding))
    missing = -w.shape[3] % 16
    filled = np.pad(w, [(0, 0)] * 3 + [(0, missing)]) if missing else np.ascontiguousarray(w)
    out = _empty((len(x), plane.out_rows, plane.out_columns, plane.filters), x.dtype)
    _in_parts(
        convolve, len(x), (np.ascontiguousarray(x).ravel(), filled.ravel(), plane), [out.ravel()]
    )
    return out


def _to_kernel(padding: str, shape: tuple[int, ...], x: np.ndarray, e: np.ndarray) -> np.ndarray:
    from .backward import kernel_errors
    from .lists import Plane

    plane = Plane(*_sizes(x.shape, shape, padding))
    rows, columns, channels, filters = shape
    length = -(-columns * filters // 64) * 64
    parts = [np.empty(rows * channels * length, x.dtype) for _ in range(_PARTS)]
    given = np.ascontiguousarray(x).ravel(), np.ascontiguousarray(e).ravel(), plane
    _in_parts(kernel_errors, len(x), given, parts)
    total = sum(parts[1:], parts[0]).reshape(rows, channels, length)[..., : columns * filters]
    total = total.reshape(rows, channels, columns, filters)[:, :, ::-1]
    return np.ascontiguousarray(total.transpose(0, 2, 1, 3))


def _to_spikes(padding: str, x: np.ndarray, w: np.ndarray, e: np.ndarray) -> np.ndarray:
    from .backward import errors_at_spikes
    from .lists import Plane

    plane = Plane(*_sizes(x.shape, w.shape, padding))
    rows, columns, channels, filters = w.shape
    turned = w[:, ::-1].transpose(0, 2, 1, 3).reshape(rows, channels, columns * filters)
    filled = np.pad(turned, [(0, 0), (0, 0), (0, -columns * filters % 64)]).ravel()
    given = np.ascontiguousarray(x).ravel(), np.ascontiguousarray(e).ravel(), filled, plane
    out = _empty(x.shape, x.dtype)
    _in_parts(errors_at_spikes, len(x), given, [out.ravel()])
    return out


def _in_parts(kernel: Any, n: int, given: tuple[Any, ...], outs: list[np.ndarray]) -> None:
    """Call a kernel for parts of ``n`` images, in the threads that TensorFlow has."""
    ends = [n * (part + 1) // _PARTS for part in range(_PARTS)]
    work = [
        (*given, begin, end, outs[part % len(outs)])
        for part, (begin, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True))
    ]
    n_threads = _threads()
    if n_threads == 1 or given[0].size < _SMALL:
        for each in work:
            kernel(*each)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(lambda each: kernel(*each), work))


def _threads() -> int:
    given = tf.config.threading.get_intra_op_parallelism_threads()
    if given:
        return min(_PARTS, int(given))
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(_PARTS, here or 1)
