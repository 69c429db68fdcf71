"""Export the modules of torch_networks.py with both of PyTorch's exporters into a folder."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from torch_networks import MODULES


def randomised(module: torch.nn.Module) -> torch.nn.Module:
    """The module with statistics and biases that are not 0 and 1."""
    with torch.no_grad():
        for part in module.modules():
            if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
                part.running_mean.uniform_(-0.3, 0.5)
                part.running_var.uniform_(0.5, 2.0)
                if part.affine:
                    part.weight.uniform_(0.5, 1.5)
                    part.bias.uniform_(-0.3, 0.5)
    return module.eval()


def main(folder: Path) -> None:
    failed = {}
    for number, (make, shape) in enumerate(MODULES.values()):
        torch.manual_seed(number)
        module, x = randomised(make()), torch.rand(4, *shape)
        with torch.no_grad():
            y = module(x)
        first = (y[0] if isinstance(y, tuple) else y).numpy()
        np.savez(folder / f"{number}.npz", x=x.numpy(), y=first)
        for new in (True, False):
            path = folder / f"{number}-{'new' if new else 'old'}.onnx"
            try:
                with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    torch.onnx.export(module, (x[:1],), str(path), dynamo=new)
            except Exception as error:  # what an exporter raises is of no one kind
                failed[path.name] = f"{type(error).__name__}: {error}".splitlines()[0]
    words = {"names": list(MODULES), "failed": failed, "torch": torch.__version__}
    (folder / "modules.json").write_text(json.dumps(words))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
