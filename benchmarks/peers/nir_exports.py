"""The other side of `benchmarks/nir_imports.py`: networks of each tool, their NIR files and spikes.

For every case a folder gets ``NAME.nir``, written by the tool's own exporter, and ``NAME.npz`` with
``frames`` (step, axes as in the file) and the spike counts of every layer of neurons in the tool's
own simulator, ``layer0``, ``layer1``, ...; ``cases.json`` says what they are and the options that
`nengo_lifdeep.from_nir` needs, as a user would know them.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import nir
import norse.torch as norse
import numpy as np
import snntorch as snn
import torch
from nir_repository import repository_cases
from nir_tools import (
    FLAT,
    IMAGE,
    Case,
    cell,
    conv,
    dense,
    frames,
    leaky,
    rockpool_net,
    sinabs_cnn,
    sinabs_lif,
    with_jelly,
    with_norse,
    with_rockpool,
    with_sinabs,
    with_snntorch,
)
from rockpool.nn.modules import LIFNeuronTorch, LIFTorch
from rockpool.parameters import Constant
from spikingjelly.activation_based import layer, neuron
from torch import nn


def cases() -> dict[str, Case]:
    """All of them, by name."""
    box, iaf = norse.LIFBoxCell, norse.IAFCell
    inverse = norse.LIFBoxParameters(tau_mem_inv=torch.tensor(50.0))
    each = norse.LIFBoxParameters(
        tau_mem_inv=torch.full((4, 12, 12), 50.0),
        v_leak=torch.zeros(4, 12, 12),
        v_th=torch.ones(4, 12, 12),
    )
    last = norse.LIFBoxParameters(
        tau_mem_inv=torch.full((3, 5, 5), 100.0),
        v_leak=torch.zeros(3, 5, 5),
        v_th=torch.ones(3, 5, 5),
    )
    conv_norse = [conv(2, 4, 4.0, padding=1), box(each), conv(4, 3, 4.0, stride=2), box(last)]
    rock = {"tau_mem": Constant(0.02), "dt": 1e-3, "threshold": Constant(1.0)}
    syn = {"tau_syn": Constant(0.005), "bias": Constant(0.0), "noise_std": Constant(0.0)}
    return {
        "snntorch_leaky": ("snnTorch", "Leaky, reset by subtraction (its default)",
            {"source": "snntorch"}, with_snntorch(leaky())),
        "snntorch_zero": ("snnTorch", "Leaky, reset_mechanism='zero'",
            {"source": "snntorch", "reset": "zero"}, with_snntorch(leaky(reset_mechanism="zero"))),
        "snntorch_at_once": ("snnTorch", "Leaky, reset_delay=False",
            {"source": "snntorch", "reset": "subtract"}, with_snntorch(leaky(reset_delay=False))),
        "snntorch_threshold": ("snnTorch", "Leaky, threshold 0.7", {"source": "snntorch"},
            with_snntorch(leaky(threshold=0.7))),
        "snntorch_beta_each": ("snnTorch", "Leaky, a beta for every neuron", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.4),
                snn.Leaky(torch.linspace(0.5, 0.95, 30), torch.ones(30), init_hidden=True),
                dense(30, 10, 0.4), cell(snn.Leaky, 10, True, beta=0.8)))),
        "snntorch_threshold_each": (
            "snnTorch", "Leaky, a threshold for every neuron", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.4),
                snn.Leaky(torch.full((30,), 0.9), torch.linspace(0.5, 1.5, 30), init_hidden=True),
                dense(30, 10, 0.4), cell(snn.Leaky, 10, True, beta=0.8)))),
        "snntorch_synaptic": ("snnTorch", "Synaptic", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.1), cell(snn.Synaptic, 30, alpha=0.8, beta=0.9),
                dense(30, 10, 0.1), cell(snn.Synaptic, 10, True, alpha=0.7, beta=0.85)))),
        "snntorch_cnn": ("snnTorch", "Conv2d, AvgPool2d, Flatten, Leaky", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                conv(2, 4, 0.5), nn.AvgPool2d(2), cell(snn.Leaky, (4, 5, 5), beta=0.9),
                conv(4, 4, 0.5, padding=1), cell(snn.Leaky, (4, 5, 5), beta=0.9), nn.Flatten(),
                dense(100, 5, 0.5), cell(snn.Leaky, 5, True, beta=0.9)))),
        "snntorch_recurrent": ("snnTorch", "RLeaky", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.4), snn.RLeaky(beta=0.9, linear_features=30, init_hidden=True),
                dense(30, 10, 0.4), cell(snn.Leaky, 10, True, beta=0.8)))),
        "snntorch_one_to_one": ("snnTorch", "RLeaky, all_to_all=False", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.4), snn.RLeaky(beta=0.9, V=0.5 * torch.randn(30),
                    all_to_all=False, init_hidden=True),
                dense(30, 10, 0.4), cell(snn.Leaky, 10, True, beta=0.8)))),
        "snntorch_recurrent_synaptic": ("snnTorch", "RSynaptic, reset_mechanism='zero'",
            {"source": "snntorch", "reset": "zero"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.4), snn.RSynaptic(alpha=0.7, beta=0.9, linear_features=30,
                    init_hidden=True, reset_mechanism="zero"),
                dense(30, 10, 0.4),
                cell(snn.Leaky, 10, True, beta=0.8, reset_mechanism="zero")))),
        "norse_lif_box": ("Norse", "LIFBoxCell", {"source": "norse"},
            with_norse(lambda: norse.SequentialState(
                dense(20, 30, 4.0), box(inverse), dense(30, 10, 8.0), box()), (box,))),
        "norse_lif": ("Norse", "LIFCell, current based", {"source": "norse"},
            with_norse(lambda: norse.SequentialState(
                dense(20, 30, 1.0), norse.LIFCell(), dense(30, 10, 2.0), norse.LIFCell()),
                (norse.LIFCell,))),
        "norse_iaf": ("Norse", "IAFCell", {"source": "norse"},
            with_norse(lambda: norse.SequentialState(
                dense(20, 30, 0.4), iaf(), dense(30, 10, 0.4), iaf()), (iaf,))),
        "norse_cnn": ("Norse", "Conv2d, LIFBoxCell", {"source": "norse"},
            with_norse(lambda: norse.SequentialState(*conv_norse), (box,))),
        "norse_li": ("Norse", "LIFBoxCell, read out by LIBoxCell", {"source": "norse"},
            with_norse(lambda: norse.SequentialState(
                dense(20, 30, 4.0), box(), dense(30, 10, 4.0), norse.LIBoxCell()), (box,))),
        "sinabs_iaf": ("Sinabs", "Conv2d, IAFSqueeze(min_v_mem=-1), SumPool2d",
            {"source": "sinabs", "min_voltage": -1.0}, with_sinabs(sinabs_cnn)),
        "sinabs_lif": ("Sinabs", "LIFSqueeze", {"source": "sinabs"}, with_sinabs(sinabs_lif(True))),
        "sinabs_raw": ("Sinabs", "LIFSqueeze(norm_input=False)", {"source": "sinabs-unnormalised"},
            with_sinabs(sinabs_lif(False))),
        "jelly_if": ("SpikingJelly", "IFNode", {"source": "spikingjelly"},
            with_jelly(lambda: nn.Sequential(
                layer.Linear(20, 30), neuron.IFNode(), layer.Linear(30, 10), neuron.IFNode()))),
        "jelly_lif": ("SpikingJelly", "LIFNode", {"source": "spikingjelly"},
            with_jelly(lambda: nn.Sequential(
                dense(20, 30, 2.0), neuron.LIFNode(tau=4.0), dense(30, 10, 3.0),
                neuron.LIFNode(tau=3.0, decay_input=False)))),
        "jelly_reset": ("SpikingJelly", "LIFNode(v_reset=-0.2)", {"source": "spikingjelly"},
            with_jelly(lambda: nn.Sequential(
                dense(20, 30, 2.0), neuron.LIFNode(tau=4.0, v_reset=-0.2)))),
        "jelly_cuba": ("SpikingJelly", "CUBALIFNode", {"source": "spikingjelly"},
            with_jelly(lambda: nn.Sequential(
                dense(20, 30, 0.3), neuron.CUBALIFNode(), dense(30, 10, 0.3),
                neuron.CUBALIFNode()))),
        "jelly_cnn": ("SpikingJelly", "Conv2d, AvgPool2d, LIFNode", {"source": "spikingjelly"},
            with_jelly(lambda: nn.Sequential(
                conv(2, 4, 2.0, padding=1), nn.AvgPool2d(3, 2, padding=1), neuron.LIFNode(),
                nn.Flatten(), dense(144, 5, 3.0), neuron.LIFNode()))),
        "rockpool_lif_neuron": ("Rockpool", "LinearTorch, LIFNeuronTorch", {"source": "rockpool"},
            with_rockpool(rockpool_net(LIFNeuronTorch, **rock, bias=Constant(0.0)))),
        "rockpool_lif": ("Rockpool", "LinearTorch, LIFTorch", {"source": "rockpool"},
            with_rockpool(rockpool_net(LIFTorch, **rock, **syn))),
        "rockpool_recurrent": ("Rockpool", "LIFTorch(has_rec=True)", {"source": "rockpool"},
            with_rockpool(rockpool_net(LIFTorch, **rock, **syn, has_rec=True))),
    }  # fmt: skip


def shape_of(case: str, graph: Any) -> tuple[int, ...]:
    """What the input of a case looks like."""
    if "cnn_sinabs" in case:
        return 2, 34, 34
    if "/" in case:
        return (12,) if "braille" in case else (1,)
    return IMAGE if case.endswith("_cnn") or case == "sinabs_iaf" else FLAT


def written(path: Path, graph: Any) -> None:
    """As `nir.write`, which compresses no single numbers and writes no shapes that are unknown."""
    try:
        graph.infer_types()
    except ValueError:  # single numbers for all neurons have no shape
        pass
    nir.write(path, graph, compression=None)


def main(folder: Path, repository: Path | None) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    every = {**cases(), **(repository_cases(repository) if repository else {})}
    said = {}
    for i, (name, (tool, what, options, build)) in enumerate(every.items()):
        torch.manual_seed(i)
        x, stem = frames(shape_of(name, None), i), f"case{i}"
        entry = {"tool": tool, "what": what, "options": options, "stem": stem}
        try:
            with torch.no_grad():
                graph, layers = build(x)
            if isinstance(graph, Path):
                entry["path"] = str(graph)
            else:
                written(folder / f"{stem}.nir", graph)
                entry["path"] = str(folder / f"{stem}.nir")
            arrays = {f"layer{j}": np.asarray(layer) for j, layer in enumerate(layers)}
            np.savez(folder / f"{stem}.npz", frames=x, **arrays)
        except Exception as error:  # exporters fail in many ways; the table says so
            entry["failed"] = f"{type(error).__name__}: {str(error).splitlines()[0][:150]}"
        print(name, entry.get("failed", "written"), file=sys.stderr, flush=True)
        said[name] = entry
    (folder / "cases.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
