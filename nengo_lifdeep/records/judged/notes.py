"""What the reader of an evaluation's figures must know about the images that were chosen."""

from __future__ import annotations

import numpy as np

from ...support.words.counted import counted

__all__ = ["class_notes", "cut_notes", "group_notes"]


def cut_notes(n: int, n_asked: int) -> tuple[str, ...]:
    """That a run was interrupted, if it was.

    Parameters
    ----------
    n, n_asked : int
        Images that were judged, and that were asked for.
    """
    if n >= n_asked:
        return ()
    return (f"interrupted: only the first {n:,} of {n_asked:,} images were judged",)


def class_notes(labels: np.ndarray, classes: tuple[str, ...]) -> tuple[str, ...]:
    """That all images are of one class, if they are.

    Parameters
    ----------
    labels : (n,) array of int
        True classes.
    classes : tuple of str
        Their names.
    """
    if len(labels) < 2 or len(classes) < 2 or (labels != labels[0]).any():
        return ()
    name = classes[labels[0]]
    return (
        f"all {len(labels):,} images are of one class ({name}): a network that always predicts "
        f"{name} would make no error; evaluate images of all classes",
    )


def group_notes(groups: np.ndarray | None) -> tuple[str, ...]:
    """What the intervals of images that belong together are of.

    Parameters
    ----------
    groups : (n,) array of int or None
        As `Split.groups`.
    """
    if groups is None:
        return ()
    return (
        f"{counted(len(groups), 'image')} belong together in "
        f"{counted(len(np.unique(groups)), 'group')}, such as steps of one series: intervals are "
        "those of whole groups",
    )
