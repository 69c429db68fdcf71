"""What works with each extra of the built wheel, on each Python, in environments of their own.

python benchmarks/installed_extras.py --python python3.10 --python python3.13 --out extras.json
python benchmarks/installed_extras.py --table extras.json

The wheel alone is installed into a new environment, once for each Python; every extra is installed
into a copy of that one, with pip's own cache, and tried from an empty folder with a fresh home.
What is done already is not done again. On a machine with nothing else to do about half a minute
for each of the small extras and five for those with TensorFlow or PyTorch.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: on these NengoDL's source distribution needs an old setuptools, and no isolated build
NEEDS_OLD_SETUPTOOLS = ("3.12", "3.13")

#: Keras imports nothing without TensorFlow, JAX or PyTorch; its own backend `numpy` needs JAX
WITH = {"keras": ",train"}

_LOAD = """
import numpy as np
import nengo_lifdeep as nld
from nengo_lifdeep import datasets, pretrained
net, images = pretrained.load("digits-compact"), datasets.load("digits").test.take(10)
"""

#: extra -> commands (words of lifdeep) or Python that need it and nothing else
CHECKS: dict[str, list[str]] = {
    "": [
        "lifdeep",
        "lifdeep info",
        "lifdeep doctor",
        "lifdeep evaluate digits-compact --n 20 --simulator rate --simulator nengo",
        "lifdeep deploy digits-compact --plan",
    ],
    "train": [
        "lifdeep train --data digits --network digits-compact --epochs 1 --quiet --out d.lifdeep",
        "lifdeep evaluate d.lifdeep --n 5 --simulator nengo-dl",
    ],
    "loihi": [
        "lifdeep deploy digits-compact --n 2",
        "lifdeep evaluate digits-compact --n 2 --simulator loihi",
    ],
    "report": [
        _LOAD + "from nengo_lifdeep.report import plots\n"
        "nld.evaluate(net, images, simulator='nengo', progress=False).save('found.lifdeep')\n"
        "plots.tuning_curve(net.neuron).figure.savefig('curve.png')",
        "lifdeep report .",
    ],
    "cluster": [
        _LOAD + "from distributed import Client\n"
        "if __name__ == '__main__':\n"
        "    with Client(processes=False, n_workers=1, dashboard_address=None) as client:\n"
        "        print(nld.evaluate(net, images, executor=client.get_executor()))"
    ],
    "view": [
        _LOAD + "import urllib.request\nfrom nengo_lifdeep.view import serve\n"
        "running = serve(net, images, show=False, threaded=True)\n"
        "print(urllib.request.urlopen(running.url, timeout=60).status)\nrunning.stop()"
    ],
    "sharing": [
        "lifdeep push digits-compact published --licence mit",
        "import threading\nfrom functools import partial\nfrom http.server import *\n"
        "from nengo_lifdeep.pretrained.exchange import retrieve\n"
        "here = partial(SimpleHTTPRequestHandler, directory='published')\n"
        "with ThreadingHTTPServer(('127.0.0.1', 0), here) as server:\n"
        "    threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "    print(retrieve(f'http://127.0.0.1:{server.server_port}/digits-compact.lifdeep'))\n"
        "    server.shutdown()"
    ],
    "images": [
        "from pathlib import Path\nimport numpy as np\nfrom PIL import Image\n"
        "from nengo_lifdeep import datasets\n"
        "for name in 'ab':\n"
        "    Path('pictures', name).mkdir(parents=True)\n"
        "    for i in range(5):\n"
        "        Image.new('RGB', (9, 9), (i, 9, 9)).save(f'pictures/{name}/{i}.png')\n"
        "print(datasets.load('folder', 'pictures', size=(8, 8)).test.images.shape)"
    ],
    "events": [
        "lifdeep evaluate digits-compact --n 20 --simulator events",
        "lifdeep energy digits-compact --n 5 --device loihi",
    ],
    "events-io": [
        "import h5py, numpy as np, aedat\nfrom nengo_lifdeep.datasets import read_events\n"
        "with h5py.File('shd.h5', 'w') as file:\n"
        "    kind = h5py.vlen_dtype(np.float32), h5py.vlen_dtype(np.int64)\n"
        "    for name, dtype, values in zip(('times', 'units'), kind, ([0.1, 0.2], [3, 5])):\n"
        "        file.create_dataset(f'spikes/{name}', (1,), dtype=dtype)[0] = values\n"
        "    file['labels'] = [0]\n"
        "print(read_events('shd.h5', sample=0))"
    ],
    "keras": [
        "import keras\nmodel = keras.Sequential([keras.Input((8, 8, 1)), "
        "keras.layers.Conv2D(4, 3, activation='relu'), keras.layers.Flatten(), "
        "keras.layers.Dense(10)])\nmodel.save('mine.keras')\n"
        "import nengo_lifdeep as nld\nprint(nld.from_keras('mine.keras'))"
    ],
    "onnx": [
        "import numpy as np, onnx\nfrom onnx import helper, numpy_helper\n"
        "w = numpy_helper.from_array(np.ones((3, 4), np.float32), 'w')\n"
        "f = onnx.TensorProto.FLOAT\n"
        "shapes = {'x': (1, 4), 'y': (1, 3)}\n"
        "ends = [helper.make_tensor_value_info(name, f, s) for name, s in shapes.items()]\n"
        "nodes = [helper.make_node('Gemm', ['x', 'w'], ['y'], transB=1)]\n"
        "graph = helper.make_graph(nodes, 'g', ends[:1], ends[1:], [w])\n"
        "onnx.save(helper.make_model(graph), 'mine.onnx')\n"
        "import nengo_lifdeep as nld\nprint(nld.from_onnx('mine.onnx'))"
    ],
    "torch": [
        "import torch\nimport nengo_lifdeep as nld\n"
        "from torch import nn\nnet = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), "
        "nn.Linear(144, 10)).eval()\nprint(nld.from_torch(net, torch.zeros(1, 1, 8, 8)))"
    ],
    "nir": [
        _LOAD + "nld.to_nir(nld.convert(net, synapse=0.003), 'd.nir', tau_ref='metadata')\n"
        "print(nld.from_nir('d.nir'))"
    ],
    "all": [
        "lifdeep doctor",
        "lifdeep train --data digits --network digits-compact --epochs 1 --quiet --out d.lifdeep",
        "lifdeep evaluate d.lifdeep --n 2 --simulator rate --simulator events --simulator nengo "
        "--simulator nengo-dl --simulator loihi",
    ],
}  # fmt: skip

ORDER = tuple(CHECKS)

#: it ends with a code of its own where a simulator is missing, which is right
MAY_REPORT = "lifdeep doctor"

#: variables that a new user has not
DROPPED = ("PYTHON", "NENGO", "KERAS", "XDG")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--extra", action="append", choices=[*CHECKS, "none"], default=[])
    parser.add_argument("--out", type=Path, default=Path("extras.json"))
    parser.add_argument("--table", type=Path)
    asked = parser.parse_args()
    if asked.table:
        print(table(json.loads(asked.table.read_text())))
        return
    extras = ["" if name == "none" else name for name in asked.extra] or list(CHECKS)
    with tempfile.TemporaryDirectory() as folder:
        wheel = built_wheel(Path(folder))
        for extra in extras:
            for python in asked.python or [sys.executable]:
                found = json.loads(asked.out.read_text()) if asked.out.exists() else {}
                version = said([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
                key = f"{extra or 'none'} {version}"
                if key in found:
                    continue
                bare = Path(folder, f"bare-{version}")
                if not bare.is_dir():
                    make_bare(python, wheel, Path(folder, "env"), bare)
                found[key] = tried(python, version, wheel, extra, bare)
                asked.out.write_text(json.dumps(found, indent=1))
                print(key, found[key], flush=True)


def said(words: list[str]) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def built_wheel(folder: Path) -> Path:
    """The wheel of what git knows of this checkout."""
    copy = folder / "copy"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)
    words = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(folder)]
    subprocess.run([*words, str(copy)], check=True)
    return next(folder.glob("*.whl"))


def install(python: str, where: Path) -> list[str]:
    """The words before what is to be installed there."""
    own = str(where / "bin" / "python")
    return [python, "-m", "pip", "--python", own, "install", "-q", "--no-compile"]


def make_bare(python: str, wheel: Path, where: Path, bare: Path) -> None:
    """An environment with the wheel alone, made at its later place and put aside."""
    subprocess.run([python, "-m", "venv", "--without-pip", str(where)], check=True)
    subprocess.run([*install(python, where), str(wheel)], check=True)
    where.rename(bare)


def tried(python: str, version: str, wheel: Path, extra: str, bare: Path) -> dict[str, object]:
    """Install one extra, run what needs it: seconds and the first thing that failed."""
    where, began = bare.with_name("env"), time.perf_counter()
    shutil.rmtree(where, ignore_errors=True)
    shutil.copytree(bare, where, symlinks=True, copy_function=os.link)
    own = where / "bin" / "python"
    wanted = f"{wheel}[{extra}{WITH.get(extra, '')}]" if extra else str(wheel)
    pip = install(python, where)
    isolated: list[str] = []
    if extra in ("train", "all", "keras") and version in NEEDS_OLD_SETUPTOOLS:
        subprocess.run([*pip, "setuptools<70", "wheel"], check=True)
        isolated = ["--no-build-isolation"]
    done = subprocess.run([*pip, *isolated, wanted], capture_output=True, text=True)
    seconds = round(time.perf_counter() - began)
    if done.returncode:
        return {"installed": False, "failed": done.stderr.strip()[-400:], "seconds": seconds}
    failed, alarming = None, []
    home = where / "home"
    home.mkdir()
    for check in CHECKS[extra]:
        words = [str(where / "bin" / "lifdeep"), *check.split()[1:]]
        if not check.startswith("lifdeep"):
            words = [str(own), "check.py"]
            (home / "check.py").write_text(check)
        ran = subprocess.run(words, cwd=home, capture_output=True, text=True, env=environment(home))
        if "Traceback" in ran.stderr or "oneDNN" in ran.stderr:
            alarming.append(" ".join(check.split()[:2]))
        if ran.returncode and check != MAY_REPORT:
            failed = f"{check[:60]!r}: {(ran.stderr or ran.stdout).strip()[-400:]}"
            break
    shutil.rmtree(where, ignore_errors=True)
    return {"installed": True, "failed": failed, "alarming": alarming, "seconds": seconds}


def environment(home: Path) -> dict[str, str]:
    """As a new user has it: nothing of this checkout, and no cache but pip's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(DROPPED)}
    return {**kept, "HOME": str(home)}


def table(found: dict[str, dict[str, object]]) -> str:
    """In Markdown: a row per extra, a column per Python."""
    versions = sorted({key.split()[1] for key in found}, key=lambda v: int(v.split(".")[1]))
    lines = ["| extra | " + " | ".join(versions) + " |", "|---|" + "---|" * len(versions)]
    for extra in ORDER:
        if not any(f"{extra or 'none'} {version}" in found for version in versions):
            continue
        cells = []
        for version in versions:
            one = found.get(f"{extra or 'none'} {version}")
            if one is None:
                cells.append("not tried")
            elif not one["installed"]:
                cells.append("does not install")
            else:
                cells.append("works" if one["failed"] is None else "fails")
        lines.append(f"| {f'`{extra}`' if extra else 'none'} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
