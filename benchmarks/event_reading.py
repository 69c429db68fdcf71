"""Peak memory and speed of reading and binning event files of growing length.

Run as ``python benchmarks/event_reading.py`` (Linux only). Files in N-MNIST's format of 10^5, 10^6
and 10^7 events are binned into ten frames, each in a fresh process, which notes its resident
memory after a file of 1,000 events, resets the kernel's mark of the highest (VmHWM), and reads the
mark at the end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from event_memory import MB, resident

from nengo_lifdeep.datasets import Binning, EventFile


def write(path: Path, n: int) -> Path:
    """A file of n events, 0 to 8 seconds, at random pixels."""
    rng = np.random.default_rng(0)
    raw = np.zeros((n, 5), np.uint8)
    raw[:, :2] = rng.integers(0, 34, (n, 2))
    t = np.sort(rng.integers(0, 2**23, n))
    for byte, shift in ((2, 16), (3, 8), (4, 0)):
        raw[:, byte] = t >> shift & 255
    raw[:, 2] |= rng.integers(0, 2, n).astype(np.uint8) << 7
    path.write_bytes(raw.tobytes())
    return path


def work(path: str, small: str) -> None:
    """What the fresh process does."""
    Binning(10).frames(EventFile(small))
    before = resident()
    Path("/proc/self/clear_refs").write_text("5")
    started = time.process_time()
    total = int(Binning(10).counts(EventFile(path)).sum())
    seconds = time.process_time() - started
    peak = (resident("VmHWM") - before) / MB
    print(json.dumps({"events": total, "peak_MB": round(peak, 1), "seconds": round(seconds, 3),
                      "events_per_second": round(total / seconds)}))  # fmt: skip


def main() -> None:
    """A process per length."""
    if len(sys.argv) == 3:
        work(*sys.argv[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        small = write(Path(folder) / "small.bin", 1000)
        for n in (10**5, 10**6, 10**7):
            path = write(Path(folder) / f"{n}.bin", n)
            subprocess.run([sys.executable, __file__, path, small], check=True)


if __name__ == "__main__":
    main()
