"""Finished parts of a run in a folder, found again by the images that they are of."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import ModelFileError, OutputError, ValidationError
from ...jobs.keys import key_of
from ...records import Judge, SpikeRecord, ValueJudge
from ...support.files import damage_reported, read_record, write_record

__all__ = ["PartStore"]

#: options that change how long a run takes, and not what it gives
_OF_SPEED = ("progress", "threads", "engine", "judge")

#: kind of the files
_KIND = "EvaluationPart"


@dataclasses.dataclass(frozen=True)
class PartStore:
    """Files ``KEY-START-STOP.part``, each of some images of one run.

    Parts of other runs in the same folder have other keys and are left alone.

    Parameters
    ----------
    folder : Path
        Where they are.
    key : str
        A hash of all that decides what the run gives.
    """

    folder: Path
    key: str

    @classmethod
    def of(
        cls,
        folder: str | os.PathLike[str],
        judge: Any,
        shown: tuple[Any, ...],
        options: Mapping[str, Any],
    ) -> PartStore:
        """The parts of one run.

        Parameters
        ----------
        folder : path-like
            Where they are, or will be.
        judge : Judge or ValueJudge
            Before any image; what it counts is part of the key.
        shown : tuple of object
            The network, the images, and how they are shown.
        options : dict of str to object
            Those of the simulator; what only changes its speed is no part of the key.

        Raises
        ------
        ValidationError
            If a value cannot be pickled, as a coding that is a lambda.
        ModelFileError
            If the folder cannot be made.
        """
        path = Path(folder)
        if path.exists() and not path.is_dir():
            raise ValidationError(f"parts is {path}, which is no folder; expected one, or none yet")
        try:  # now, and not after the first part
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot write into folder {path}: {error.strerror or error}"
            ) from error
        kept = {name: value for name, value in options.items() if name not in _OF_SPEED}
        counted = {name: array.shape for name, array in judge.counted().items()}
        return cls(path, key_of(type(judge).__name__, counted, shown, kept)[:24])

    def path(self, start: int, stop: int) -> Path:
        """File of the images from ``start`` to before ``stop``.

        Parameters
        ----------
        start, stop : int
            Positions among the images of the run.
        """
        return self.folder / f"{self.key}-{start}-{stop}.part"

    def found(self, n_images: int) -> list[tuple[int, int]]:
        """What is there, in the order of the images and without overlaps.

        Parameters
        ----------
        n_images : int
            Images of the run.
        """
        names = re.compile(rf"{self.key}-(\d+)-(\d+)\.part")
        files = self.folder.iterdir() if self.folder.is_dir() else ()
        spans = [(int(m[1]), int(m[2])) for f in files if (m := names.fullmatch(f.name))]
        kept: list[tuple[int, int]] = []
        for start, stop in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start < stop <= n_images and (not kept or kept[-1][1] <= start):
                kept.append((start, stop))
        return kept

    def write(self, start: int, stop: int, record: SpikeRecord, judge: Judge | ValueJudge) -> None:
        """Keep a part, completely or not at all.

        Parameters
        ----------
        start, stop : int
            Its images.
        record : SpikeRecord
            What they gave.
        judge : Judge or ValueJudge
            What was counted of them.
        """
        header, arrays = record.content()
        named = {f"record/{name}": array for name, array in arrays.items()}
        named |= {f"judge/{name}": array for name, array in judge.counted().items()}
        content = {"key": self.key, "images": [start, stop], "record": header}
        write_record(self.path(start, stop), _KIND, content, named)

    def read(self, start: int, stop: int, judge: Any) -> tuple[SpikeRecord, Any]:
        """A part that was kept, and the judge that knows it.

        Parameters
        ----------
        start, stop : int
            Its images.
        judge : Judge or ValueJudge
            Of these images, before any.

        Raises
        ------
        ModelFileError
            If the file is damaged; it names it.
        """
        path = self.path(start, stop)
        content, named = read_record(path, _KIND)
        groups: dict[str, dict[str, Any]] = {"record": {}, "judge": {}}
        with damage_reported(path):
            for name, array in named.items():
                group, _, rest = name.partition("/")
                groups[group][rest] = array
            record = SpikeRecord.from_content(content["record"], groups["record"])
            judge.recall(groups["judge"])
            held = [content["key"], *content["images"]]
        if held != [self.key, start, stop] or {record.n_images, judge.n_images} != {stop - start}:
            raise ModelFileError(
                f"{path} holds images {held[1]} to {held[2] - 1} of run {held[0]}; expected those "
                "of its name. Delete it, and they are run again"
            )
        return record, judge
