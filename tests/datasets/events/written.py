"""Files of events written byte by byte from the published formats, and read back in another way."""

from __future__ import annotations

from pathlib import Path

import numpy as np

PLAIN = [("t", "<i8"), ("x", "<i8"), ("y", "<i8"), ("p", "?")]


def some_events(n: int, size: tuple[int, int], seed: int, last: int = 300_000) -> np.ndarray:
    """Events at random, in the order of their times."""
    rng = np.random.default_rng(seed)
    events = np.zeros(n, PLAIN)
    events["t"] = np.sort(rng.integers(0, last, n))
    events["x"], events["y"] = rng.integers(0, size[1], n), rng.integers(0, size[0], n)
    events["p"] = rng.integers(0, 2, n)
    return events


def nmnist_bytes(events: np.ndarray, overflows: bool = False) -> bytes:
    """Bits after one another, as the paper's table has them: 8 x, 8 y, 1 polarity, 23 time."""
    text, passed = [], 0
    for t, x, y, p in events.tolist():
        while overflows and t - passed * 2**13 >= 2**23:
            passed += 1
            text.append(f"{0:08b}{240:08b}0{0:023b}")
        text.append(f"{x:08b}{y:08b}{int(p):b}{t - passed * 2**13:023b}")
    bits = "".join(text)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def nmnist_read(content: bytes) -> np.ndarray:
    """Event by event in whole numbers of Python; damaged content as it says."""
    found, passed = [], 0
    for start in range(0, len(content), 5):
        word = int.from_bytes(content[start : start + 5], "big")
        x, y, p, t = word >> 32, word >> 24 & 255, word >> 23 & 1, word & (2**23 - 1)
        if y == 240:
            passed += 1
        else:
            found.append((t + passed * 2**13, x, y, bool(p)))
    return np.array(found, PLAIN)


def write_heidelberg(path: Path, recordings: list[tuple], labels: list[int]) -> None:
    """Arrays of any length in HDF5, as SHD has them: float16 seconds and uint16 channels."""
    import h5py

    with h5py.File(path, "w") as file:
        for name, kind, column in (("times", np.float16, 0), ("units", np.uint16, 1)):
            kept = file.create_dataset(
                f"spikes/{name}", (len(recordings),), h5py.vlen_dtype(np.dtype(kind))
            )
            for i, recording in enumerate(recordings):
                kept[i] = np.asarray(recording[column], kind)
        file["labels"] = np.asarray(labels, np.uint16)


def equal(found: np.ndarray, expected: np.ndarray) -> bool:
    """Whether two arrays of events say the same."""
    return len(found) == len(expected) and all(
        np.array_equal(found[name], expected[name]) for name in ("t", "x", "y", "p")
    )
