"""Small sound files of every format that is read, and how each is read."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Format:
    """How to make a sound folder, which of its files are damaged, and how it is read."""

    make: Callable[[Path], list[Path]]
    read: Callable[[Path], Any]
    has_checksum: bool = True


def fingerprint(value: Any) -> str:
    """A digest of all that a value holds."""
    digest = hashlib.sha256()

    def take(part: Any) -> None:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str}{part.shape}".encode() + part.tobytes())
        elif isinstance(part, dict):
            for key in sorted(part, key=str):
                digest.update(repr(key).encode())
                take(part[key])
        elif isinstance(part, list | tuple):
            for item in part:
                take(item)
        else:
            digest.update(repr(part).encode())

    take(value)
    return digest.hexdigest()


def network(normalised: bool = True) -> Any:
    from nengo_lifdeep.inputs.preprocessing import Preprocessing
    from nengo_lifdeep.layers import AveragePooling2D, BatchNormalization, Conv2D, Dense, Flatten
    from nengo_lifdeep.layers.architecture import Architecture
    from nengo_lifdeep.models.trained import TrainedModel
    from nengo_lifdeep.neurons import SoftLIF

    rng = np.random.default_rng(0)
    middle = [BatchNormalization()] if normalised else []
    layers = (Conv2D(3, 3), *middle, AveragePooling2D(2), Flatten(), Dense(4))
    net = Architecture((8, 8, 1), layers, "small")
    weights = {
        layer.name: {k: rng.uniform(0.5, 1, s).astype(np.float32) for k, s in shapes.items()}
        for layer, shape in zip(net.layers, net.layer_inputs(), strict=True)
        if (shapes := layer.arrays(shape))
    }
    mean = Preprocessing(mean=rng.uniform(0, 1, (8, 8, 1)).astype(np.float32))
    history = {"loss": [1.0, 0.5], "val_loss": [float("nan"), 0.4]}
    return TrainedModel(net, weights, SoftLIF(), mean, tuple("abcd"), history, {"seed": 0})


def spiking() -> Any:
    from nengo_lifdeep.conversion.swap import convert

    return convert(network())


def record() -> Any:
    from nengo_lifdeep.inputs.presentation import Presentation
    from nengo_lifdeep.simulators import run

    images = np.random.default_rng(0).uniform(0, 1, (3, 8, 8, 1)).astype(np.float32)
    shown = Presentation(t_c=0.01, t_p=0.02)
    return run(spiking(), images, simulator="nengo", presentation=shown, rasters=2)


def evaluation() -> Any:
    from nengo_lifdeep.records import Evaluation

    return Evaluation.of(record(), np.array([0, 1, 2]), classes=tuple("abcd"))


def value_evaluation() -> Any:
    from nengo_lifdeep.inputs.presentation import Presentation
    from nengo_lifdeep.records import ValueEvaluation
    from nengo_lifdeep.records.value_judge import ValueJudge

    targets = np.arange(6.0, dtype=np.float32).reshape(3, 2)
    timing = Presentation(t_c=0.002, t_p=0.005)
    judge = ValueJudge(targets, timing)
    judge.add(np.random.default_rng(0).normal(size=(3, 5, 2)).astype(np.float32))
    return ValueEvaluation(
        "events", "small", "numbers", timing, targets, judge.values, ("left", "right"),
        judge.in_time(), {"neurons1": 20.0}, {"neurons1": 9.0}, 20.0, targets + 0.5, 1.5, 3,
    )  # fmt: skip


def checkpoint() -> Any:
    from nengo_lifdeep.training.checkpoints import Checkpoint

    weights = {name: dict(arrays) for name, arrays in network().weights.items()}
    arrays = [np.arange(3.0), np.array(5)]
    return Checkpoint({"seed": 0, "sizes": [1]}, {"loss": [1.0]}, weights, arrays, weights)


def spike_check() -> Any:
    from nengo_lifdeep.evaluation.agreement import SpikeCheck

    return SpikeCheck("events", (0, 1), {"a": 9}, {"a": 0}, 0)


def saved(make: Callable[[], Any], name: str = "value.lifdeep") -> Format:
    def write(folder: Path) -> list[Path]:
        value = make()
        value.save(folder if name == "checkpoint.lifdeep" else folder / name)
        return [folder / name]

    def read(folder: Path) -> Any:
        from nengo_lifdeep.support.files import read_record

        kind = type(loader)
        value = kind.load(folder if name == "checkpoint.lifdeep" else folder / name)
        again = folder / "again"
        again.mkdir(exist_ok=True)
        path = value.save(again if name == "checkpoint.lifdeep" else again / name)
        return read_record(path, kind.__name__)

    loader = make()
    return Format(write, read)


def dataset(name: str, make: Callable[[Path], list[Path]], checked: bool = True, **options: Any):
    def read(folder: Path) -> Any:
        from nengo_lifdeep.datasets import load

        data = load(name, folder, **options)
        parts = [
            (np.asarray(part.images[np.arange(len(part))]), part.labels)
            for part in (data.train, data.test)
        ]
        return data.classes, parts

    return Format(make, read, checked)


def idx(suffix: str) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        rng, files = np.random.default_rng(0), []
        for part in ("train", "t10k"):
            for stem, shape in (("images-idx3", (4, 28, 28)), ("labels-idx1", (4,))):
                head = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
                data = head + rng.integers(0, 10, shape, np.uint8).tobytes()
                path = folder / f"{part}-{stem}-ubyte{suffix}"
                path.write_bytes(gzip.compress(data, mtime=0) if suffix else data)
                files.append(path)
        return files

    return make


def npz(folder: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    parts = {f"x_{p}": rng.integers(0, 255, (3, 28, 28), np.uint8) for p in ("train", "test")}
    parts.update({f"y_{p}": rng.integers(0, 9, 3, np.uint8) for p in ("train", "test")})
    np.savez_compressed(folder / "mnist.npz", **parts)
    return [folder / "mnist.npz"]


def cifar(kind: str) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        rng, contents = np.random.default_rng(0), {}
        for stem in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
            labels, pixels = rng.integers(0, 10, 2), rng.integers(0, 255, (2, 3072), np.uint8)
            if kind == "pickled":
                batch = {b"data": pixels, b"labels": labels.tolist(), b"name": b"x"}
                contents[stem] = pickle.dumps(batch, 2)
            else:
                rows = np.hstack([labels[:, None].astype(np.uint8), pixels])
                contents[f"{stem}.bin"] = rows.tobytes()
        if kind == "Python archive":
            contents = {"meta": pickle.dumps({b"label_names": [b"c%d" % i for i in range(10)]}, 2)}
            for stem in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
                labels, pixels = rng.integers(0, 10, 2), rng.integers(0, 255, (2, 3072), np.uint8)
                contents[stem] = pickle.dumps({b"data": pixels, b"labels": labels.tolist()}, 2)
        if "archive" not in kind:
            for name, data in contents.items():
                (folder / name).write_bytes(data)
            return [folder / name for name in contents]
        path = folder / f"cifar-10-{'python' if kind[0] == 'P' else 'binary'}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name, data in contents.items():
                info = tarfile.TarInfo(f"x/{name}")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return [path]

    return make


def svhn(folder: Path) -> list[Path]:
    from scipy.io import savemat

    rng, files = np.random.default_rng(0), []
    for part in ("train", "test"):
        files.append(folder / f"{part}_32x32.mat")
        content = {"X": rng.integers(0, 255, (32, 32, 3, 2), np.uint8), "y": np.array([[1], [9]])}
        savemat(files[-1], content, do_compression=True)
    return files


def pictures(*suffixes: str) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        from PIL import Image

        rng, files = np.random.default_rng(0), []
        for part in ("train", "test"):
            for name in "ab":
                (folder / part / name).mkdir(parents=True)
                for suffix in suffixes:
                    pixels, exif = rng.integers(0, 255, (9, 7, 3), np.uint8), Image.Exif()
                    exif[0x0112] = 6
                    files.append(folder / part / name / f"p.{suffix}")
                    Image.fromarray(pixels).save(files[-1], exif=exif)
        return files

    return make


def imported(name: str, write: Callable[[Path], Any], read: str, checked: bool = False) -> Format:
    def make(folder: Path) -> list[Path]:
        write(folder / name)
        return [folder / name]

    def load(folder: Path) -> Any:
        import nengo_lifdeep

        value = getattr(nengo_lifdeep, read)(folder / name)
        value.save(folder / "again.lifdeep")
        from nengo_lifdeep.support.files import read_record

        return read_record(folder / "again.lifdeep", type(value).__name__)

    return Format(make, load, checked)


def write_nir(path: Path) -> None:
    from nengo_lifdeep.conversion.swap import convert
    from nengo_lifdeep.exporters.nir.graph import to_nir

    to_nir(convert(network(False), synapse=None), path, tau_ref="metadata")


def write_keras(path: Path) -> None:
    import keras

    layers = keras.layers
    keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(2, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    ).save(path)


def write_onnx(path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    arrays = {"w": (2, 1, 3, 3), "b": (2,), "d": (3, 32), "e": (3,)}
    constants = [
        numpy_helper.from_array(rng.normal(size=s).astype(np.float32), n) for n, s in arrays.items()
    ]
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[3, 3]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Flatten", ["r"], ["f"]),
        helper.make_node("Gemm", ["f", "d", "e"], ["y"], transB=1),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 6, 6])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])
    graph = helper.make_graph(nodes, "g", [x], [y], constants)
    onnx.save_model(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path
    )


def operating_runs() -> Format:
    """The file of ``lifdeep points``, and the file that the next run makes of it."""
    from nengo_lifdeep.datasets.base import Split
    from nengo_lifdeep.evaluation.point_runs import OperatingRuns

    images = Split(np.zeros((2, 8, 8, 1), np.uint8), [0, 1])
    asked = (network(), images, "loihi")

    def make(folder: Path) -> list[Path]:
        runs = OperatingRuns.of(folder / "runs.lifdeep", *asked)
        for scale in (1.0, 2.0):
            names = ("tau_s", "scale", "t_c", "t_p", "accuracy", "events", "updates", "joules")
            runs.add(0.003, scale, 0.05, [dict.fromkeys(names, 0.5)])
        return [folder / "runs.lifdeep"]

    def read(folder: Path) -> Any:
        from nengo_lifdeep.errors import ValidationError

        try:
            return OperatingRuns.of(folder / "runs.lifdeep", *asked).runs
        except ValidationError as error:  # it is of another network now
            assert "holds runs of" in str(error)
            raise

    return Format(make, read)


def report_folder() -> Format:
    """What ``lifdeep report`` gathers: networks, runs, tables, pictures."""

    def make(folder: Path) -> list[Path]:
        from PIL import Image

        files = [network().save(folder / "net.lifdeep"), evaluation().save(folder / "e.lifdeep")]
        files += [folder / "table-errors.md", folder / "deployment.md", folder / "drawn.png"]
        for path in files[2:4]:
            path.write_text("# A title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![x](drawn.png)\n")
        Image.new("RGB", (8, 8), (9, 99, 199)).save(files[4])
        return files

    def read(folder: Path) -> Any:
        from nengo_lifdeep.report.pages.folder import write_run_report

        written = write_run_report(folder, folder / "again" / "report.html", markdown=True)
        page = written["html"].read_text()
        assert page.rstrip().endswith("</html>") and "<script" not in page
        return written["md"].read_bytes()

    return Format(make, read, has_checksum=False)  # text files have none


#: name -> a function that gives the format; some make a value to know its class
FORMATS: dict[str, Callable[[], Format]] = {
    "TrainedModel": lambda: saved(network),
    "SpikingModel": lambda: saved(spiking),
    "SpikeRecord": lambda: saved(record),
    "Evaluation": lambda: saved(evaluation),
    "ValueEvaluation": lambda: saved(value_evaluation),
    "Checkpoint": lambda: saved(checkpoint, "checkpoint.lifdeep"),
    "SpikeCheck": lambda: saved(spike_check),
    "OperatingRuns": operating_runs,
    "report folder": report_folder,
    "IDX": lambda: dataset("mnist", idx(""), checked=False),
    "IDX.gz": lambda: dataset("mnist", idx(".gz")),
    "npz": lambda: dataset("mnist", npz),
    "CIFAR binary": lambda: dataset("cifar-10", cifar("binary"), checked=False),
    "CIFAR pickled": lambda: dataset("cifar-10", cifar("pickled"), checked=False),
    "CIFAR tar.gz": lambda: dataset("cifar-10", cifar("archive")),
    "CIFAR Python tar.gz": lambda: dataset("cifar-10", cifar("Python archive")),
    "SVHN": lambda: dataset("svhn", svhn),
    "PNG": lambda: dataset("folder", pictures("png"), size=6),
    "pictures": lambda: dataset(
        "folder", pictures("jpg", "gif", "bmp", "tiff", "webp", "ppm"), checked=False, size=6
    ),
    "NIR": lambda: imported("net.nir", write_nir, "from_nir"),
    "ONNX": lambda: imported("net.onnx", write_onnx, "from_onnx"),
    "Keras": lambda: imported("net.keras", write_keras, "from_keras", checked=True),
    "Keras h5": lambda: imported("net.h5", write_keras, "from_keras"),
}
