"""The size of a layer or network, as the papers count."""

from __future__ import annotations

import dataclasses

__all__ = ["Counts"]


@dataclasses.dataclass(frozen=True)
class Counts:
    """Size of a layer or network.

    Attributes
    ----------
    neurons, weights, synapses, pooled : int
        Neurons; trained weights without biases; connections with convolutions unrolled and
        padded edges counted; inputs of pooling layers.
    """

    neurons: int = 0
    weights: int = 0
    synapses: int = 0
    pooled: int = 0

    @property
    def flops(self) -> int:
        """FLOPs per image: 2 per synapse, 1 per neuron, 1 per input of a pooling layer.

        Source: Hunsberger & Eliasmith 2016; this rule gives the published column exactly.
        """
        return 2 * self.synapses + self.neurons + self.pooled

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            *(a + b for a, b in zip(*map(dataclasses.astuple, (self, other)), strict=True))
        )
