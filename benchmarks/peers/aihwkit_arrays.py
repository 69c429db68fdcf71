"""Cross-point arrays of IBM's aihwkit: figures by which ours are judged, written as JSON.

    PYTHON benchmarks/peers/aihwkit_arrays.py tests/weights/crosspoint/aihwkit.json

``PYTHON`` is that of an environment with ``aihwkit==1.1.0 torch==2.10.0`` (Python 3.11, 7 GB; with
torch 2.9 aihwkit does not load). Weights, inputs and errors are drawn from seeds that the test of
ours draws from as well.
"""

import json
import sys
from pathlib import Path

import aihwkit
import numpy as np
import torch
from aihwkit.simulator.configs import (
    BoundManagementType,
    ConstantStepDevice,
    IOParameters,
    NoiseManagementType,
    SingleRPUConfig,
    UpdateParameters,
)
from aihwkit.simulator.tiles import AnalogTile

INPUTS, OUTPUTS, READS = 20, 30, 400


def clean(**fields):
    """A read without converters; noise 0.06 and bound 12 are aihwkit's own defaults."""
    usual = {
        "inp_res": -1, "out_res": -1, "inp_bound": 1e9,
        "noise_management": NoiseManagementType.NONE, "bound_management": BoundManagementType.NONE,
    }  # fmt: skip
    return IOParameters(**(usual | fields))


def tile_of(weights, read=None, **fields):
    """A tile with weights ``(output, input)``."""
    device = ConstantStepDevice(
        dw_min=0.001, dw_min_dtod=0.0, dw_min_std=0.0, up_down=0.0, up_down_dtod=0.0,
        w_max=1000.0, w_min=-1000.0, w_max_dtod=0.0, w_min_dtod=0.0,
    )  # fmt: skip
    read = read or clean()
    config = SingleRPUConfig(device=device, forward=read, backward=read, **fields)
    tile = AnalogTile(weights.shape[0], weights.shape[1], config)
    tile.set_weights(torch.tensor(weights))
    return tile


def noise_of_reads():
    """Standard deviation and mean of what reads add, and relative errors of small inputs."""
    rng = np.random.default_rng(0)
    weights = (0.2 * rng.normal(size=(OUTPUTS, INPUTS))).astype(np.float32)
    rows = (0.4 * rng.normal(size=(READS, INPUTS))).astype(np.float32)
    found = {}
    for name, managed in (("plain", False), ("managed", True)):
        kind = NoiseManagementType.ABS_MAX if managed else NoiseManagementType.NONE
        bound = 1.0 if managed else 1e9  # of inputs; what is managed is never beyond 1
        tile = tile_of(weights, clean(noise_management=kind, inp_bound=bound))
        for scale in (1.0, 1e-3):
            inputs = np.float32(scale) * rows
            off = tile.forward(torch.tensor(inputs)).detach().numpy() - inputs @ weights.T
            key = f"{name}, inputs times {scale:g}"
            found[key] = {
                "deviation": float(off.std()),
                "relative": float(np.linalg.norm(off) / np.linalg.norm(inputs @ weights.T)),
            }
    return found


def beyond_the_bound():
    """Reads of 40 and of 162 without noise, with and without bound management."""
    weights, one = np.array([[40.0], [162.0]], np.float32), torch.ones((1, 1))
    found = {}
    for name, kind in (
        ("plain", BoundManagementType.NONE), ("managed", BoundManagementType.ITERATIVE),
    ):  # fmt: skip
        read = clean(out_noise=0.0, bound_management=kind)
        found[name] = tile_of(weights, read).forward(one).detach().numpy()[0].tolist()
    return found


def pulses():
    """Mean and deviation of the change by one update with 10 slots, of ideal devices."""
    x = np.array([[0.9, -0.5, 0.0, 0.2]], np.float32)
    d = np.array([[0.3, -0.7, 0.0]], np.float32)
    rate, draws, found = 0.01, 600, {}
    for name, managed in (("plain", False), ("managed", True)):
        update = UpdateParameters(
            desired_bl=10, update_management=managed, update_bl_management=False
        )
        changes = []
        tile = tile_of(np.zeros((3, 4), np.float32), update=update)
        tile.set_learning_rate(rate)
        for _ in range(draws):
            tile.set_weights(torch.zeros((3, 4)))
            tile.update(torch.tensor(x), torch.tensor(-d))
            changes.append(tile.get_weights()[0].detach().numpy().copy())
        changes = np.array(changes).transpose(0, 2, 1)  # (draw, input, output)
        found[name] = {"mean": changes.mean(axis=0).tolist(), "std": changes.std(axis=0).tolist()}
    return {"x": x.tolist(), "d": d.tolist(), "rate": rate, "draws": draws, **found}


def main() -> None:
    torch.manual_seed(1)
    found = {
        "versions": {"aihwkit": aihwkit.__version__, "torch": torch.__version__},
        "noise": noise_of_reads(),
        "bound": beyond_the_bound(),
        "pulses": pulses(),
    }
    text = json.dumps(found, indent=1) + "\n"
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text)


if __name__ == "__main__":
    main()
