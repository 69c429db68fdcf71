"""What nengo-loihi itself counts: the judge of every formula in this folder."""

import contextlib
from unittest import mock

import nengo
import numpy as np

from nengo_lifdeep.exporters.nengo import nengo_transform

ZERO = nengo.LIF(initial_state={"voltage": nengo.dists.Choice([0])})


def ensemble(n, bias=0.0, neuron_type=ZERO):
    return nengo.Ensemble(
        n, 1, gain=np.ones(n), bias=np.broadcast_to(bias, n), neuron_type=neuron_type
    )


def built_model(stages, shapes, blocks, pop_type=32, bias=0.0, synapse=0.005, **build):
    """A nengo-loihi `Model` of host -> chip -> ... through ``stages``, unvalidated.

    ``shapes`` and ``blocks`` are of the populations on the chip.
    """
    from nengo_lifdeep.compat import import_nengo_loihi

    nengo_loihi = import_nengo_loihi()
    from nengo_loihi.builder import Model, network

    with nengo.Network(seed=0) as net:
        nengo_loihi.add_params(net)
        pre = ensemble(int(np.prod(stages[0].input_shape)))
        net.config[pre].on_chip = False
        for stage, shape, block in zip(stages, shapes, blocks, strict=True):
            post = ensemble(int(np.prod(shape)), bias)
            net.config[post].block_shape = nengo_loihi.BlockShape(tuple(block), tuple(shape))
            connection = nengo.Connection(
                pre.neurons, post.neurons, transform=nengo_transform(stage), synapse=synapse
            )
            net.config[connection].pop_type = pop_type
            pre = post
        nengo.Probe(pre.neurons)
    model = Model(dt=0.001)
    with mock.patch.object(network, "validate_model"), _quiet():
        model.build(net, precompute=True, **build)
    return model


def counts(model):
    """Per core: compartments, input axons, synapse bits, output slots."""
    return [
        (
            b.n_neurons,
            sum(s.n_axons for s in b.synapses),
            sum(s.bits() for s in b.synapses),
            sum(a.axon_slots() for a in b.axons),
        )
        for b in model.blocks
    ]


def refused(model):
    """The text with which nengo-loihi refuses it, or None."""
    from nengo_loihi.builder.validate import validate_model

    try:
        validate_model(model)
    except (nengo.exceptions.BuildError, AssertionError, AttributeError) as error:
        return str(error) or type(error).__name__
    return None


@contextlib.contextmanager
def _quiet():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
