"""Import NengoLoihi with a NumPy version that is newer than it."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import ModuleType
from typing import Any

import nengo
import numpy as np

from nengo_lifdeep.compat.nengo_dl import (
    _import_quietly,
    forget_failed_import,
    import_nengo_dl,
)
from nengo_lifdeep.compat.requirements import require
from nengo_lifdeep.compat.scoped_imports import ModuleView
from nengo_lifdeep.errors import MissingDependencyError

__all__ = ["around_builds", "import_nengo_loihi", "repair_loaded"]

#: from a network, what it is built into, and NengoLoihi to what is entered around the build
BuildContext = Callable[[Any, Any, ModuleType], AbstractContextManager[None]]

_lock = threading.RLock()
_AROUND: list[BuildContext] = []


def import_nengo_loihi() -> ModuleType:
    """Import NengoLoihi, which then also sees NengoDL if that is installed.

    The emulator needs neither TensorFlow nor NengoDL. A NengoLoihi that the caller imported
    earlier is repaired in place. Calls are cheap, and safe from several threads.

    Returns
    -------
    module
        ``nengo_loihi``.

    Raises
    ------
    MissingDependencyError
        If NengoLoihi is not installed.
    CompatibilityError
        If TensorFlow and NengoDL are installed but do not work together.

    Examples
    --------
    >>> nengo_loihi = import_nengo_loihi()  # doctest: +SKIP
    >>> nengo_loihi.Simulator  # doctest: +SKIP
    <class 'nengo_loihi.simulator.Simulator'>
    """
    with _lock:
        require("nengo_loihi")
        nengo_dl = _nengo_dl_if_installed()
        if "nengo_loihi" not in sys.modules:
            forget_failed_import("nengo_loihi")
        nengo_loihi = _import_quietly("nengo_loihi")
        _repair(nengo_loihi)
        if nengo_dl is not None:
            connect_nengo_dl(nengo_loihi, nengo_dl)
        return nengo_loihi


def repair_loaded() -> None:
    """Repair a NengoLoihi that the caller imported earlier; do nothing if there is none.

    Unlike `import_nengo_loihi` it imports nothing and costs nothing, so that a network can make
    sure of a NengoLoihi that its user has imported as always.
    """
    with _lock:
        if hasattr(sys.modules.get("nengo_loihi"), "Simulator"):  # and not on its way in
            _repair(sys.modules["nengo_loihi"])


def _repair(nengo_loihi: ModuleType) -> None:
    allow_copies(nengo_loihi)
    read_binary_events(nengo_loihi)
    accept_placeholders(nengo_loihi)
    enter_around_builds(nengo_loihi)
    let_go_of_the_importer(nengo_loihi)


def _nengo_dl_if_installed() -> ModuleType | None:
    try:
        return import_nengo_dl()
    except MissingDependencyError:  # an emulation needs no NengoDL
        return None


def around_builds(context: BuildContext) -> BuildContext:
    """From now on, enter a context around every build of a whole model by NengoLoihi.

    NengoLoihi decides what goes where from the whole model, before it builds the networks in it:
    too early for a builder of a kind of network.

    Parameters
    ----------
    context : callable
        Called with the network that is built, NengoLoihi's `Model` and the module; makes a context
        manager. Returned as it is, so that this is a decorator.
    """
    _AROUND.append(context)
    return context


def enter_around_builds(nengo_loihi: ModuleType) -> None:
    """Let NengoLoihi enter the contexts of `around_builds`.

    Symptom
        ``BuildError: Conv2D transforms not supported for off-chip to on-chip connections`` and
        others, one after another, for every network that says nothing of the chip.
    Affected
        NengoLoihi 1.1.0, where what is on the host and what on the chip is for the user to say.
    """
    builders = nengo_loihi.builder.Builder.builders
    build = builders[nengo.Network]
    if hasattr(build, "__wrapped__"):
        return

    @functools.wraps(build)
    def build_network(model: Any, network: nengo.Network, *args: Any, **options: Any) -> None:
        with ExitStack() as stack:
            for context in _AROUND if model.toplevel is None else ():
                stack.enter_context(context(network, model, nengo_loihi))
            build(model, network, *args, **options)

    builders[nengo.Network] = build_network


def _array(*args: Any, copy: bool | None = True, **kwargs: Any) -> np.ndarray:
    """`numpy.array` as NumPy 1 has it: ``copy=False`` copies when it must."""
    if_needed = False if np.lib.NumpyVersion(np.__version__) < "2.0.0" else None
    return np.array(*args, copy=True if copy else if_needed, **kwargs)


def allow_copies(nengo_loihi: ModuleType) -> None:
    """Let NengoLoihi ask for an array without a copy, and get one where that is impossible.

    Symptom
        ``ValueError: Unable to avoid copy while creating an array as requested.`` from
        ``LoihiBlock`` and ``loihi_rates``, whenever an emulator is built.
    Affected
        NengoLoihi 1.1.0 with NumPy >= 2.0, where ``copy=False`` means "never" and ``None`` means
        "if needed".
    """
    for module in (nengo_loihi.block, nengo_loihi.neurons):
        if not isinstance(module.np, ModuleView):
            module.np = ModuleView(np, array=_array)


def _fromstring(data: bytes, dtype: Any) -> np.ndarray:
    """`numpy.fromstring` as NengoLoihi uses it: a writable array made from bytes."""
    return np.frombuffer(data, dtype).copy()


def read_binary_events(nengo_loihi: ModuleType) -> None:
    """Let NengoLoihi read ``.events`` files of a dynamic vision sensor.

    Symptom
        ``ValueError: The binary mode of fromstring is removed, use frombuffer instead`` from
        ``DVSEvents.from_file``.
    Affected
        NengoLoihi 1.1.0 with NumPy >= 2.3.
    """
    if not isinstance(nengo_loihi.dvs.np, ModuleView):
        nengo_loihi.dvs.np = ModuleView(np, fromstring=_fromstring)


def _full(shape: Any, fill_value: Any, dtype: Any = None) -> np.ndarray:
    """`numpy.full` without a warning when NaN becomes an integer."""
    with np.errstate(invalid="ignore"):
        return np.full(shape, fill_value, dtype=dtype)


def accept_placeholders(nengo_loihi: ModuleType) -> None:
    """Let the emulator fill its integer arrays with "NaN" before it writes the values.

    Symptom
        ``RuntimeWarning: invalid value encountered in cast`` whenever an emulator is built.
    Affected
        NengoLoihi 1.1.0 with NumPy >= 1.24. The values are all written before they are read.
    """
    interface = nengo_loihi.emulator.interface
    if not isinstance(interface.np, ModuleView):
        interface.np = ModuleView(np, full=_full)


def let_go_of_the_importer(nengo_loihi: ModuleType) -> None:
    """Let NengoLoihi forget who imported it.

    Symptom
        The first emulator of a process is never freed, gigabytes for a large network. NengoLoihi
        keeps the error of importing NxSDK, with its traceback, and so the variables of all
        functions that were running then, among them the one that built that emulator.
    Affected
        NengoLoihi 1.1.0 where NxSDK is not installed.
    """
    error = getattr(nengo_loihi.hardware.nxsdk_shim, "exception", None)
    if isinstance(error, ImportError):
        error.__traceback__ = None


def connect_nengo_dl(nengo_loihi: ModuleType, nengo_dl: ModuleType) -> None:
    """Give NengoLoihi the NengoDL that it failed to import by itself.

    Symptom
        ``LoihiLIF`` is unknown to NengoDL, without any message: NengoLoihi, imported before this
        package, had caught NengoDL's import error and gone on without it.
    Affected
        NengoLoihi 1.1.0 with NengoDL 3.6.0 and TensorFlow >= 2.13.
    """
    for module in (nengo_loihi.compat, nengo_loihi.neurons):
        if not module.HAS_DL:
            module.nengo_dl = nengo_dl
            module.HAS_DL = True
