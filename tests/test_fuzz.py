"""Damaged files of every format: refused by name, or read as what they are; see fuzz/run.py."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "fuzz" / "run.py"

OURS = [
    "TrainedModel", "SpikingModel", "SpikeRecord", "Evaluation", "Checkpoint", "SpikeCheck",
    "OperatingRuns", "ValueEvaluation",
]  # fmt: skip
DATA = [
    "IDX", "IDX.gz", "npz", "CIFAR binary", "CIFAR pickled", "CIFAR tar.gz", "CIFAR Python tar.gz",
    "SVHN",
]  # fmt: skip


def fuzz(n, *formats):
    command = [sys.executable, str(RUN), str(n), "--seed", "1", "--only", *formats]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 crashes, 0 hangs, 0 raw errors, 0 changed in silence" in done.stdout
    refused = re.search(r"; ([\d,]+) refused", done.stdout)
    assert refused and int(refused[1].replace(",", "")) > n / 5


def test_our_own_files():
    fuzz(160, *OURS)


def test_data_sets():
    fuzz(112, *DATA)


def test_pictures():
    pytest.importorskip("PIL")
    fuzz(40, "PNG", "pictures")


def test_folders_of_reports():
    pytest.importorskip("PIL")
    fuzz(20, "report folder")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "package"),
    [("NIR", "nir"), ("ONNX", "onnx"), ("Keras", "keras"), ("Keras h5", "keras")],
)
def test_models_of_others(name, package):
    pytest.importorskip(package)
    fuzz(30, name)


def test_damage_is_what_it_is_found_by(tmp_path):
    """A reader that raises anything else, or takes damage for another value, is reported."""
    formats = (RUN.parent / "formats.py").read_text()
    for name in ("run.py", "mutations.py"):
        (tmp_path / name).write_text((RUN.parent / name).read_text())
    wrong = (
        "def faulty(folder):\n"
        "    data = (folder / 'a').read_bytes()\n"
        "    if len(data) != 8: raise KeyError('length')\n"
        "    return data\n"
        "def sound(folder):\n"
        "    (folder / 'a').write_bytes(bytes(8))\n"
        "    return [folder / 'a']\n"
        "FORMATS = {'faulty': lambda: Format(sound, faulty)}\n"
    )
    (tmp_path / "formats.py").write_text(formats + wrong)
    command = [sys.executable, str(tmp_path / "run.py"), "40"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert re.search(r"[1-9]\d* raw errors, [1-9]\d* changed in silence", done.stdout)
    assert "KeyError: 'length'" in done.stdout
