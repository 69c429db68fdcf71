"""Three hundred damaged files: each refused by name, or read as another reader reads it."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep.datasets import Events, read_events
from nengo_lifdeep.errors import DataError

from .written import equal, nmnist_bytes, nmnist_read, some_events, write_heidelberg

AEDAT4 = Path(__file__).parent / "files" / "three_hundred.aedat4"

#: damaged files of each format: 300 in all
EACH = 75


def damaged(content: bytes, seed: int) -> bytes:
    """Cut short, lengthened, overwritten in some bytes, or with a part taken out."""
    rng = np.random.default_rng((seed, 20))
    raw = bytearray(content)
    kind = seed % 5
    if kind == 0:
        del raw[int(rng.integers(len(raw))) :]
    elif kind == 1:
        raw += rng.integers(0, 256, int(rng.integers(1, 40)), dtype=np.uint8).tobytes()
    elif kind == 2:
        start = int(rng.integers(len(raw)))
        del raw[start : start + int(rng.integers(1, 60))]
    else:
        for at in rng.integers(0, len(raw), 1 if kind == 3 else 12):
            raw[at] ^= int(rng.integers(1, 256))
    return bytes(raw)


def attempt(path: Path, content: bytes, expected, sample: int | None = None) -> bool:
    """Whether it was read; refusals name the file, readings equal the other reader's."""
    path.write_bytes(content)
    try:
        found = read_events(path, sample=sample)
    except DataError as error:
        assert str(path) in str(error) and len(str(error)) < 2000
        return False
    assert equal(found.data, expected())
    return True


def test_nmnist(tmp_path):
    whole = nmnist_bytes(some_events(200, (34, 34), 0))
    read = 0
    for seed in range(EACH):
        content = damaged(whole, seed)
        read += attempt(tmp_path / f"{seed}.bin", content, lambda c=content: nmnist_read(c))
    assert 0 < read < EACH / 2


def test_arrays_of_numpy(tmp_path):
    stream = io.BytesIO()
    np.save(stream, some_events(200, (34, 34), 1))
    read = 0
    for seed in range(EACH):
        content = damaged(stream.getvalue(), seed)

        def expected(content=content):
            return Events(np.load(io.BytesIO(content), allow_pickle=False)).data

        read += attempt(tmp_path / f"{seed}.npy", content, expected)
    assert 0 < read < EACH / 2


def test_heidelberg(tmp_path):
    h5py = pytest.importorskip("h5py")
    given = some_events(300, (1, 700), 2)
    times = np.split(given["t"] / 1e6, [100, 210])
    units = np.split(given["x"], [100, 210])
    write_heidelberg(tmp_path / "whole.h5", list(zip(times, units, strict=True)), [3, 1, 2])
    whole, read = (tmp_path / "whole.h5").read_bytes(), 0
    for seed in range(EACH):
        path = tmp_path / f"{seed}.h5"

        def expected(path=path):
            with h5py.File(path, "r") as file:
                t = file["spikes/times"][1].astype(float)
                order = np.argsort(t, kind="stable")
                found = np.zeros(len(t), given.dtype)
                found["t"] = np.rint(t[order] * 1e6)
                found["x"], found["p"] = file["spikes/units"][1][order], True
            return found

        read += attempt(path, damaged(whole, seed), expected, sample=1)
    assert 0 < read < EACH


def test_aedat4(tmp_path):
    aedat = pytest.importorskip("aedat")
    whole, read = AEDAT4.read_bytes(), 0
    for seed in range(EACH):
        path = tmp_path / f"{seed}.aedat4"

        def expected(path=path):
            packets = [packet["events"] for packet in aedat.Decoder(path) if "events" in packet]
            return np.concatenate(packets) if packets else np.zeros(0, "i8,i8")

        read += attempt(path, damaged(whole, seed), expected)
    assert read < EACH / 2


def test_the_byte_of_a_damaged_packet_is_named(tmp_path):
    pytest.importorskip("aedat")
    raw = bytearray(AEDAT4.read_bytes())
    header = struct.unpack("<I", raw[14:18])[0]
    at = 18 + header  # of the packet: stream, length, content
    raw[at + 8 : at + 60] = bytes(52)
    (tmp_path / "a.aedat4").write_bytes(bytes(raw))
    with pytest.raises(DataError, match=f"a.aedat4.* packet 0, which begins at byte {at} "):
        read_events(tmp_path / "a.aedat4")


def test_arrays_of_heidelberg_lie_in_the_file(tmp_path):
    h5py = pytest.importorskip("h5py")
    write_heidelberg(tmp_path / "there.h5", [([0.5], [1])], [0])
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["spikes"] = h5py.ExternalLink("there.h5", "spikes")
    with pytest.raises(DataError, match="link.h5: spikes/times is a link"):
        read_events(tmp_path / "link.h5", sample=0)
    with h5py.File(tmp_path / "none.h5", "w") as file:
        file["labels"] = [0]
    with pytest.raises(DataError, match="none.h5 has no array 'spikes/times'"):
        read_events(tmp_path / "none.h5", sample=0)
