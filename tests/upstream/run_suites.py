"""Run the test suites of NengoDL and NengoLoihi, unedited, under `nengo_lifdeep.compat`.

The tests are part of the installed packages; their conftest.py and pytest options are only in
the source distributions, which pip downloads. Use: ``python run_suites.py nengo-dl -n 2``;
everything after the name goes to pytest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path
from sysconfig import get_path

HERE = Path(__file__).resolve().parent
PACKAGES = {"nengo-dl": "nengo_dl", "nengo-loihi": "nengo_loihi"}

FOR_TESTS_THAT_START_PYTHON = """\
from nengo_lifdeep.compat import import_nengo_dl

import_nengo_dl()
"""


def download_source(distribution: str, folder: Path) -> Path:
    """Download the source distribution of the installed version and return its path."""
    pinned = f"{distribution}=={version(distribution)}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--no-binary", ":all:", pinned, "--dest", str(folder)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.tar.gz"))


def extract_test_setup(archive: Path, folder: Path) -> None:
    """Write upstream's conftest.py (as upstream_conftest.py) and setup.cfg to a folder."""
    wanted = {"conftest.py": "upstream_conftest.py", "setup.cfg": "setup.cfg"}
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            parts = Path(member.name).parts
            if len(parts) == 2 and parts[1] in wanted:
                stream = tar.extractfile(member)
                assert stream is not None, member.name
                (folder / wanted[parts[1]]).write_bytes(stream.read())


def run_suite(distribution: str, pytest_arguments: list[str]) -> int:
    """Run one suite; return pytest's exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extract_test_setup(download_source(distribution, folder), folder)
        (folder / "sitecustomize.py").write_text(FOR_TESTS_THAT_START_PYTHON)
        path = [str(HERE), str(folder), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
        command = [sys.executable, *"-m pytest -p with_compat -p no:cacheprovider".split()]
        # test names, which also seed each test, begin with the package as in upstream's own runs
        command += ["-c", "setup.cfg", "--rootdir", get_path("purelib"), *pytest_arguments]
        command += ["--pyargs", PACKAGES[distribution]]
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("distribution", choices=sorted(PACKAGES))
    known, rest = parser.parse_known_args()
    return run_suite(known.distribution, rest)


if __name__ == "__main__":
    sys.exit(main())
