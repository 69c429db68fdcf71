"""nengo-loihi's own refusals, put into words: what is meant, and what to do about it.

The plan finds what a `SpikingModel` can break. Networks built by hand break more, with texts that
name no remedy; this is the dictionary.
"""

from __future__ import annotations

import re

from ..records.finding import Finding

__all__ = ["REFUSALS", "explain"]

#: pattern of the text of nengo-loihi 1.1 -> its rule, the remedy
REFUSALS: tuple[tuple[str, str, str], ...] = (
    (r"Conv2D transforms not supported for off-chip to on-chip",
     "a convolution onto the chip starts at neurons",
     "insert a population of spiking neurons on the host before it"),
    (r"'Sparse' transforms on host to chip",
     "biases are in the ensembles",
     "give the bias to the ensemble instead of adding it through a relay node"),
    (r"'Convolution' transforms on chip to host",
     "the read-out is dense",
     "flatten, and read out through a dense connection"),
    (r"Mergeable transforms must be Dense",
     "layers on the chip are connected directly",
     "take out relay nodes: fold batch normalisation and pooling into the weights after them, "
     "and connect neurons to neurons"),
    (r"must have the same gain|have the same gain",
     "the targets of a convolution have one gain",
     "fold the gains into kernel and biases, and set gain=1 for all"),
    (r"Cannot handle non-Lowpass synapses",
     "synapses are lowpass",
     "use nengo.Lowpass, of twice an alpha synapse's time constant for the same delay"),
    (r"neuron type '\w+' cannot be simulated on Loihi|with .* as a base type cannot be simulated",
     "neurons on the chip are lif or integrate and fire",
     "use spiking LIF neurons instead of rate neurons"),
    (r"Direct neurons not implemented", "neurons on the chip are lif or integrate and fire",
     "use LIF neurons instead of Direct ones, or leave the ensemble on the host"),
    (r"only supports 2D convolution", "convolutions are two-dimensional",
     "give the image a second axis of length 1"),
    (r"Input axons \(\d+\) exceeded", "layers fit onto cores",
     "pool more, use a narrower layer before it, or a convolution, whose channels share axons"),
    (r"Output axons \(\d+\) exceeded", "layers fit onto cores",
     "cut the layer into more cores, or the layer after it into fewer"),
    (r"Total synapse bits \(\d+\) exceeded", "layers fit onto cores",
     "give smaller blocks with BlockShape, first in channels"),
    (r"Number of compartments \(\d+\) exceeded|Segment does not fit on one core",
     "layers fit onto cores", "give blocks of at most 1,024 neurons"),
    (r"shape\W and \Wensemble_shape\W must be the same length|Block shape ensemble size",
     "blocks have the shape of their layer", "give BlockShape one number per axis of the layer"),
    (r"axon_compartments_bases|Pop16 axons must have",
     "axons of 16 bits start at every fourth neuron",
     "use filters and channels per core in multiples of 4, or pop_type=32"),
    (r"more than 32 'populations'", "axons of 16 bits have at most 32 channels on the board",
     "use pop_type=32 for the board"),
    (r"Could not find appropriate (weight exponent|bias scaling)|Lost \d+ extra bits",
     "weights and biases share one range",
     "make biases smaller relative to the weights, or the synapse shorter"),
    (r"scaling is required", "time constants fit the decay registers",
     "shorten the synapse or the membrane's time constant"),
    (r"Overwriting tau_s|tau_s is already set", "a layer has one time constant",
     "give all connections into the layer one synapse"),
    (r"Overflow in (q0|current|u|z)", "incoming charge fits its register",
     "lower the input rates, or the weights"),
    (r"initial values for '\w+' being non-zero", "membranes start at zero",
     "give the neurons initial_state={'voltage': nengo.dists.Choice([0])}"),
    (r"No neurons marked for execution on-chip", "something is left for the chip",
     "leave a layer after the first one on the chip"),
    (r"Ensemble noise not implemented", "there is no noise on the chip",
     "take ensemble.noise away; train with noise instead"),
    (r"Cannot call TensorNode", "nothing runs in TensorFlow",
     "take softmax, max pooling and other fallback layers out of the converted network"),
    (r"Too many spikes \(\d+\) sent in one time ?step",
     "spikes into the chip keep within the link",
     "run with precompute=True, or raise snip_max_spikes_per_step"),
    (r"needs more chips than requested|Number of AxonCfg registers", "cores are on the board",
     "choose a board with more chips (hardware_options={'n_chips': ...}), or a smaller network"),
    (r"Cannot precompute input", "the host's input does not depend on the chip",
     "run with precompute=False, or break the feedback from the chip to the input"),
    (r"Must have NxSDK installed", "the board is there",
     "use target='sim', the emulator; NxSDK comes with membership of Intel's Neuromorphic Research "
     "Community"),
    (r"Board connection error", "the board answers",
     "check SLURM, NXSDK's environment, and that no other process uses the board"),
    (r"Unable to avoid copy while creating an array|No module named 'keras.engine'",
     "upstream packages are made to work with this stack",
     "import them through nengo_lifdeep.compat"),
)  # fmt: skip


def explain(text: str, where: str = "nengo-loihi") -> Finding | None:
    """The finding for a text of nengo-loihi's; None if it is not known.

    Parameters
    ----------
    text : str
        The error message.
    where : str
        Name of the layer in the finding.

    Examples
    --------
    >>> explain("LoihiBlock(...): Input axons (5000) exceeded max (4096)").rule
    'layers fit onto cores'
    """
    for pattern, rule, remedy in REFUSALS:
        if re.search(pattern, text):
            return Finding("error", rule, where, " ".join(text.split()), remedy)
    return None
