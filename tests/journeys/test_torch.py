"""Someone with a PyTorch network: in, what is wrong with it, when to read it, and out as NIR."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep import (
    convert,
    datasets,
    diagnose,
    evaluate,
    from_nir,
    from_onnx,
    operating_points,
    rate_scales,
    relu_to_lif,
    to_nir,
)

ROOT = Path(__file__).parents[2]


def as_pytorch_writes_it(path: Path) -> None:
    """A small trained network as ``torch.onnx.export`` writes it, where there is no PyTorch.

    Parameters
    ----------
    path : pathlib.Path
        The file to write.
    """
    onnx = pytest.importorskip("onnx")
    from sklearn.neural_network import MLPClassifier

    train = datasets.load("digits").train
    flat = train.images.reshape(len(train), -1)  # one channel: (row, column) as in PyTorch
    fitted = MLPClassifier((64, 32), max_iter=60, random_state=0).fit(flat, train.labels)
    helper, tensors, nodes, last = onnx.helper, [], [], "flat"
    nodes.append(helper.make_node("Flatten", ["image"], ["flat"]))
    for i, (weights, bias) in enumerate(zip(fitted.coefs_, fitted.intercepts_, strict=True)):
        arrays = {f"{i}.weight": weights.T, f"{i}.bias": bias}
        tensors += [
            onnx.numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name)
            for name, array in arrays.items()
        ]
        nodes.append(helper.make_node("Gemm", [last, *arrays], [f"v{i}"], transB=1))
        last = f"v{i}"
        if i < 2:
            nodes.append(helper.make_node("Relu", [last], [f"relu{i}"]))
            last = f"relu{i}"
    f = onnx.TensorProto.FLOAT
    ends = [helper.make_tensor_value_info("image", f, ["n", 1, 8, 8])]
    outs = [helper.make_tensor_value_info(last, f, ["n", 10])]
    graph = helper.make_graph(nodes, "main_graph", ends, outs, tensors)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    path = tmp_path_factory.mktemp("torch") / "digits-mlp.onnx"
    as_pytorch_writes_it(path)
    return path


@pytest.fixture(scope="module")
def net(exported):
    digits = datasets.load("digits")
    return from_onnx(exported, images=digits.train, classes=digits.classes)


def test_import_diagnose_points(net):
    """Rates as accurate as the network was; what loses most; a moment that keeps 99 %."""
    pytest.importorskip("numba")
    digits = datasets.load("digits")
    test = digits.test.take(100)
    rates = evaluate(net, test)
    assert rates.error < 10
    scales = rate_scales(net, digits.train.take(300), target_rate=200)
    spiking = convert(net, synapse=0.003, scale_firing_rates=scales, initial_voltage="uniform")
    spikes = evaluate(spiking, test, reference=net)
    assert abs(spikes.error - rates.error) <= 4
    assert str(diagnose(spiking, test.take(40)))
    points = operating_points(
        net, test, tau_s=[0.003], scale_firing_rates=[100, 200], t_p=[0.06, 0.12]
    )
    assert min(point.error for point in points.points) <= rates.error + 4


def test_nir_out_and_in(net, tmp_path):
    """The same spikes after the way through a file."""
    pytest.importorskip("nir")
    pytest.importorskip("numba")
    test = datasets.load("digits").test.take(40)
    spiking = convert(net, synapse=None, scale_firing_rates=200)  # as NIR has such neurons
    to_nir(spiking, tmp_path / "net.nir")
    again = from_nir(tmp_path / "net.nir")
    assert evaluate(again, test).error == evaluate(spiking, test).error


def test_into_snntorch(net, tmp_path):
    """What `to_nir` writes is run by snnTorch, where it is installed."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("snntorch")
    nir = pytest.importorskip("nir")
    from snntorch.import_nir import import_from_nir

    images = datasets.load("digits").test

    spiking = convert(relu_to_lif(net, images), synapse=None)  # snnTorch has these neurons
    with warnings.catch_warnings():  # of what snnTorch's neurons have not
        warnings.simplefilter("ignore")
        to_nir(spiking, tmp_path / "net.nir", target="snntorch")
    module = import_from_nir(nir.read(tmp_path / "net.nir"))
    image = images.images[:8]
    answers = []
    with torch.no_grad():
        for one in image:  # as snnTorch reads NIR: one at a time, in steps of 0.1 ms
            x, state, total = torch.tensor(np.moveaxis(one, -1, 0), dtype=torch.float32), None, 0
            for _ in range(800):
                out, state = module(x, state)
                total = total + out.numpy()
            answers.append(int(np.argmax(total)))
    assert (np.array(answers) == images.labels[:8]).sum() >= 6


def test_the_command_line_takes_the_export(exported):
    """Convert, and every command takes what that wrote; the user's name is kept."""
    pytest.importorskip("numba")
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

    def call(line: str) -> str:
        words = [sys.executable, "-m", "nengo_lifdeep.cli", *line.split()]
        done = subprocess.run(
            words, cwd=exported.parent, env={**os.environ, "PYTHONPATH": path},
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    call("convert digits-mlp.onnx --data digits --method normalise --n 60 --out s.lifdeep")
    said = call("evaluate s.lifdeep --data digits --n 60 --ladder --quiet")
    assert "digits-mlp" in said and "main_graph" not in said
    assert len(re.findall(r"^ \S.* 60 *$", said, re.MULTILINE)) >= 2
    said = call("points s.lifdeep --data digits --n 40 --tau-s 3 --scale-rates 1 --t-p 60 --quiet")
    assert "digits-mlp" in said
    assert "digits-mlp" in call("deploy s.lifdeep --data digits --n 2 --plan --quiet")
