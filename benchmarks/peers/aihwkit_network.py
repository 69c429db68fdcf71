"""The network of Gokmen et al. (2017) in IBM's aihwkit: processor time of training per image.

    PYTHON benchmarks/peers/aihwkit_network.py IMAGES.npz BATCH IMAGES_PER_ROUND ROUNDS MANAGED

The devices are those of `nengo_lifdeep.weights.CrossPoint`; one thread.
"""

import json
import sys
import time

import aihwkit
import numpy as np
import torch
from aihwkit.nn import AnalogConv2d, AnalogLinear, AnalogSequential
from aihwkit.optim import AnalogSGD
from aihwkit.simulator.configs import (
    BoundManagementType,
    ConstantStepDevice,
    IOParameters,
    NoiseManagementType,
    SingleRPUConfig,
    UpdateParameters,
)


def config(managed):
    """Reads without converters, devices, and the three rules or none."""
    plain = {"inp_res": -1, "out_res": -1, "bound_management": BoundManagementType.NONE,
             "noise_management": NoiseManagementType.NONE}  # fmt: skip
    free = {**plain, "inp_bound": 1e9}
    forward = {**free, "bound_management": BoundManagementType.ITERATIVE} if managed else free
    backward = {**plain, "noise_management": NoiseManagementType.ABS_MAX} if managed else free
    device = ConstantStepDevice(
        dw_min=0.001, dw_min_dtod=0.3, dw_min_std=0.3, up_down_dtod=0.01,
        w_max=0.6, w_min=-0.6, w_max_dtod=0.3, w_min_dtod=0.3,
    )  # fmt: skip
    update = UpdateParameters(
        desired_bl=1 if managed else 10, update_management=managed, update_bl_management=False
    )
    return SingleRPUConfig(
        device=device, forward=IOParameters(**forward), backward=IOParameters(**backward),
        update=update,
    )  # fmt: skip


def network(managed):
    """16 and 32 maps of 5 x 5, maxima of 2 x 2, 128 units, tanh."""
    rpu = config(managed)
    return AnalogSequential(
        AnalogConv2d(1, 16, 5, rpu_config=rpu), torch.nn.Tanh(), torch.nn.MaxPool2d(2),
        AnalogConv2d(16, 32, 5, rpu_config=rpu), torch.nn.Tanh(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), AnalogLinear(512, 128, rpu_config=rpu), torch.nn.Tanh(),
        AnalogLinear(128, 10, rpu_config=rpu),
    )  # fmt: skip


def main() -> None:
    file, batch, n, rounds, managed = sys.argv[1], *map(int, sys.argv[2:6])
    torch.set_num_threads(1)
    torch.manual_seed(0)
    held = np.load(file)
    images = torch.tensor(held["images"][:n]).permute(0, 3, 1, 2).contiguous()
    labels = torch.tensor(held["labels"][:n])
    net = network(bool(managed))
    optimizer = AnalogSGD(net.parameters(), lr=0.01)
    optimizer.regroup_param_groups(net)
    loss_of = torch.nn.CrossEntropyLoss()
    times = []
    for _ in range(rounds + 1):
        began = time.process_time()
        for first in range(0, n - batch + 1, batch):
            optimizer.zero_grad()
            scores = net(images[first : first + batch])
            loss = loss_of(scores, labels[first : first + batch])
            loss.backward()
            optimizer.step()
        times.append((time.process_time() - began) / (n // batch * batch))
    versions = f"aihwkit {aihwkit.__version__}, torch {torch.__version__}"
    print(json.dumps({"times": times[1:], "loss": float(loss), "versions": versions}))


if __name__ == "__main__":
    main()
