"""Series, films and rows of features in NumPy's files (``.npz``)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError
from ...support.archives import Archive, ArchiveError, open_archive
from ...support.checks import checked, file_name, real, whole
from ..base import Dataset, Split
from ..series import Series
from ..stratify import stratified_mask

__all__ = ["load_series"]

_FRAMES, _ANSWERS = "frames", ("labels", "targets")


@checked(DataError, directory=file_name, test_share=real(above=0, below=1), seed=whole(0))
def load_series(
    directory: str | os.PathLike[str], test_share: float = 0.2, seed: int = 0
) -> Dataset:
    """Series, films or rows of features from ``.npz`` files, as ``numpy.savez`` writes them.

    Parameters
    ----------
    directory : path-like
        A folder with ``train.npz`` and ``test.npz``, or one ``.npz`` file. Each has ``frames`` and
        ``labels`` or ``targets``, as `Series` takes them: ``(n, step, feature)`` or
        ``(n, step, row, column, channel)``, with one answer each or at every step; or rows of
        features ``(n, feature)``.
    test_share : float
        Of one file: the share of every class that is for testing.
    seed : int
        Chooses which; the same seed chooses the same ones.

    Returns
    -------
    Dataset
        Images ``(1, step, feature)``, films, or features. Where there is an answer at every step,
        every step is an image; whole series without a reset are shown by ``evaluate`` in Python,
        of a `Series`.

    Raises
    ------
    DataError
        If a file is missing, damaged, or holds anything else; the message names it.

    Examples
    --------
    >>> import tempfile
    >>> walks = np.random.default_rng(0).normal(size=(40, 6, 3)).astype(np.float32)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = os.path.join(folder, "walks.npz")
    ...     np.savez(file, frames=walks, labels=(walks[:, :, 0].sum(axis=1) > 0).astype(int))
    ...     data = load_series(file)
    >>> data.name, data.image_shape, len(data.train), len(data.test)
    ('walks', (1, 6, 3), 32, 8)
    """
    root = Path(directory).expanduser()
    if root.is_dir():
        parts = [root / "train.npz", root / "test.npz"]
        missing = [str(path) for path in parts if not path.is_file()]
        if missing:
            raise DataError(
                f"{' and '.join(missing)} not found; expected train.npz and test.npz in the "
                "folder, or one .npz file as directory"
            )
        train, test = map(_read, parts)
    else:
        train, test = _divided(root, _read(root), test_share, seed)
    learnt, held = (given.split if isinstance(given, Series) else given for given in (train, test))
    n = 0 if learnt.has_values else 1 + max(int(part.labels.max()) for part in (learnt, held))
    return Dataset(root.stem, learnt, held, tuple(map(str, range(n))))


def _read(path: Path) -> Series | Split:
    try:
        with open_archive(path) as archive:
            given = {name: _array(archive, name) for name in (_FRAMES, *_ANSWERS)}
    except ArchiveError as error:
        raise DataError(
            f"{path} is damaged, or no .npz file ({error}); expected one with frames, and labels "
            "or targets"
        ) from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    frames, labels, targets = given.values()
    if frames is None:
        raise DataError(f"{path} has no array 'frames'; expected it, and labels or targets")
    if frames.ndim == 2:
        return Split(frames, labels, str(path), None, targets, any_range=True)  # type: ignore[arg-type]
    return Series(frames, labels, targets, str(path))


def _array(archive: Archive, name: str) -> np.ndarray | None:
    return archive.array(f"{name}.npy") if f"{name}.npy" in archive.checksums else None


def _divided(path: Path, given: Any, share: float, seed: int) -> tuple[Any, Any]:
    """Whole series for training and for testing; of every class its share, where each has one."""
    answers = np.asarray(given.answers)
    of_class = answers.ndim == 1 and answers.dtype.kind in "iu"
    test = stratified_mask(answers if of_class else np.zeros(len(given), np.int64), share, seed)
    if not test.any() or test.all():
        raise DataError(
            f"{path}: test_share = {share} of {len(given)} leaves one part empty; choose another "
            "share, or give a folder with train.npz and test.npz"
        )
    return given.subset(~test), given.subset(test)
