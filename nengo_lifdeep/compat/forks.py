"""TensorFlow in a process that was forked: refused where it would abort."""

from __future__ import annotations

import gc
import os
import sys

from ..errors import CompatibilityError

__all__ = ["refuse_after_fork"]

#: numbers of the processes forked from one in which TensorFlow had run
_without: set[int] = set()


def refuse_after_fork() -> None:
    """Refuse to run TensorFlow in a process forked from one in which it has run.

    Symptom
        ``[mutex.cc : 2442] RAW: Check w->waitp->cond == nullptr failed``, and the process is
        aborted; or it waits for ever for threads that only its parent has.
    Affected
        All versions of TensorFlow, once its devices are initialised. Forking after the import
        alone is safe.
    Remedy
        NengoDL is refused. What does not need TensorFlow works: the parent's garbage, which may
        hold tensors, is not collected in the child.

    Raises
    ------
    CompatibilityError
        In such a process.
    """
    if os.getpid() in _without:
        raise CompatibilityError(
            "TensorFlow had run in this process before it forked, and its threads are not in the "
            "child; it would abort or hang. Start processes with "
            "multiprocessing.get_context('spawn'), or use TensorFlow only after the fork"
        )


def _in_child() -> None:
    context = getattr(sys.modules.get("tensorflow.python.eager.context"), "_context", None)
    if getattr(context, "_context_handle", None) is not None:
        _without.add(os.getpid())  # a child's child inherits the handle too
        gc.freeze()  # collecting the parent's tensors would abort this process too


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
