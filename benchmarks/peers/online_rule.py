"""The other side of `benchmarks/online_rule.py`: the same rule in plain PyTorch, a step at a time.

Reads ``case.npz`` in the folder, learns from its films one after the other (batch 1, no gradients
recorded, everything preallocated where that is quicker), and writes processor time and weights.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch


class Circuits:
    """Circuits without connections between visible ones: inputs to all, hidden to visible."""

    def __init__(self, case: dict) -> None:
        self.basis = torch.tensor(case["basis"])  # kernel, lag
        self.own_basis = torch.tensor(case["own_basis"])
        self.n_hidden, self.n_values = int(case["n_hidden"]), int(case["n_values"])
        post, pre = case["weights"].shape[:2]
        self.n_inputs = pre - post
        used = slice(0, pre - post + self.n_hidden)  # nobody hears visible circuits
        # rows: values of circuits; columns: kernel, circuit, value
        self.learned = [
            torch.tensor(case["weights"][:, used]).permute(0, 3, 2, 1, 4)
            .reshape(post * self.n_values, -1).contiguous(),
            torch.tensor(case["feedback"]).permute(0, 2, 1)
            .reshape(post * self.n_values, -1).contiguous(),
            torch.tensor(case["bias"]).reshape(-1, 1).contiguous(),
        ]  # fmt: skip
        heard = torch.tensor(case["topology"][:, used])[:, None, None, :, None]
        shape = (post, self.n_values, self.basis.shape[0], heard.shape[3], self.n_values)
        mask = heard.expand(shape).reshape(post * self.n_values, -1).float()
        self.masks = [mask if self.n_hidden else None, None, None]
        rows = self.n_hidden * self.n_values
        self.kept = [[torch.zeros_like(w)] + [torch.zeros_like(w[:rows]) for _ in range(3)]
                     for w in self.learned]  # fmt: skip
        self.numbers = {k: float(case[k]) for k in ("rate", "kappa", "beta", "gamma", "silence")}

    def film(self, blocks: torch.Tensor, clamped: torch.Tensor, draws: torch.Tensor) -> None:
        n_lags, own_lags = self.basis.shape[1], self.own_basis.shape[1]
        n, hidden = self.n_values, self.n_hidden
        heard = torch.zeros(n_lags, blocks.shape[1] + hidden * n)
        own = torch.zeros(own_lags, len(self.learned[2]))
        ones, circuits = torch.ones(1), clamped.shape[1]
        log_r = np.log((1 - self.numbers["silence"]) / n), np.log(self.numbers["silence"])
        for step in range(len(blocks)):
            trace = (self.basis @ heard).reshape(-1)
            own_trace = (self.own_basis @ own).T
            u = torch.mv(self.learned[0], trace)
            u = u + (self.learned[1] * own_trace).sum(1) + self.learned[2][:, 0]
            u = u.reshape(circuits, n)
            every = torch.cat([torch.zeros(circuits, 1), u], 1)
            logs = torch.log_softmax(every, 1)
            p = logs[:, 1:].exp()
            said = clamped[step].clone()
            if hidden:
                below = draws[step, :hidden, None] < p[:hidden].cumsum(1)
                first = torch.argmax(below.int(), 1) + 1
                said[:hidden] = torch.where(below.any(1), first, 0)
            chosen = logs.gather(1, said[:, None])[:, 0]
            one_hot = torch.nn.functional.one_hot(said, n + 1)[:, 1:].float()
            error = (one_hot - p).reshape(-1)
            reward = 0.0
            if hidden:
                reference = torch.where(said[:hidden] > 0, log_r[0], log_r[1])
                ratio = (chosen[:hidden] - reference).sum()
                reward = float(chosen[hidden:].sum() - self.numbers["gamma"] * ratio)
            self.learn(error, (trace, own_trace, ones), reward)
            heard = heard.roll(1, 0)
            heard[0, : blocks.shape[1]] = blocks[step]
            heard[0, blocks.shape[1] :] = one_hot[:hidden].reshape(-1)
            own = own.roll(1, 0)
            own[0] = one_hot.reshape(-1)

    def learn(self, error: torch.Tensor, traces: tuple, reward: float) -> None:
        kappa, beta, rate = (self.numbers[k] for k in ("kappa", "beta", "rate"))
        rows = self.n_hidden * self.n_values
        for w, kept, trace, mask in zip(self.learned, self.kept, traces, self.masks, strict=True):
            e, a, d, x = kept
            if trace.ndim == 1:
                e.mul_(kappa).addr_(error, trace, alpha=1 - kappa)
            else:
                e.mul_(kappa).add_(error[:, None] * trace, alpha=1 - kappa)
            if mask is not None:
                e.mul_(mask)
            w[rows:].add_(e[rows:], alpha=rate)
            if rows:
                own = e[:rows]
                square = own * own
                a.mul_(beta).add_(square, alpha=(1 - beta) * reward)
                d.mul_(beta).add_(square, alpha=1 - beta)
                above = reward - a / (d + 1e-7)
                x.mul_(kappa).addcmul_(above, own, value=1 - kappa)
                w[:rows].add_(x, alpha=rate)


def main(folder: Path, repeats: int) -> None:
    torch.set_num_threads(1)
    with torch.no_grad():
        case = dict(np.load(folder / "case.npz"))
        blocks = torch.tensor(case["blocks"]).float()
        clamped = torch.tensor(case["clamped"]).long()
        draws = torch.tensor(case["draws"])
        warm = Circuits(case)
        warm.film(blocks[0], clamped[0], draws[0])
        seconds = []
        for _ in range(repeats):
            network = Circuits(case)
            began = time.process_time()
            for film in range(len(blocks)):
                network.film(blocks[film], clamped[film], draws[film])
            seconds.append(time.process_time() - began)
    np.savez(folder / "learned.npz", *[w.numpy() for w in network.learned])
    (folder / "peer.json").write_text(json.dumps({"seconds": seconds, "torch": torch.__version__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
