"""Neurons and noise."""

from __future__ import annotations

import math
from unittest import mock

import nengo
import numpy as np

import nengo_lifdeep as ld
from nengo_lifdeep import neurons, noise
from nengo_lifdeep.neurons import kinds
from nengo_lifdeep.neurons.bounds import Bound

from . import samples
from .judging import Entry
from .kinds import array, but, choice, flag, function, mapping, names, optional, real, value
from .table_values import neuron

TIME = real(0, zero=False)
ANY = but(
    array(1, low=None, length=False, finite=False),
    "one axis more",
    "no axis",
    "number",
    "empty list",
    "True",
)
RATES = (ANY, np.array([0.0, 20.0, 100.0]))
CURRENTS = (ANY, np.array([0.5, 1.5, 3.0]))
NOISE = optional(value(*samples.other_than(noise.NoiseModel)))
STATE = {"initial_state": (optional(mapping()), None)}
SOFT = {
    "tau_rc": (TIME, 0.03), "tau_ref": (real(0), 0.001), "sigma": (real(1e-6), 0.03),
    "amplitude": (TIME, 0.5), "noise": (NOISE, ld.AlphaNoise()), **STATE,
}  # fmt: skip
NOISY = {
    "tau_rc": (TIME, 0.03), "tau_ref": (real(0), 0.001), "sigma_v": (TIME, 0.25),
    "amplitude": (TIME, 0.5), **STATE,
}  # fmt: skip
OF_NEURON = ("check_neuron", "firing_threshold", "hard_counterpart", "neuron_to_dict",
             "rate_counterpart", "replaced", "spiking_counterpart")  # fmt: skip


def _stepped(made):
    """What ``step`` writes."""

    def step(dt, J):
        output = np.empty(3)
        made.step(dt, np.asarray(J), output)
        return output

    return Entry(step, {"dt": (None, 0.001), "J": (None, CURRENTS[1])})


def _step_lif():
    def step(dt, J):
        made, output, state = neurons.StepLIF(), np.empty(3), (np.zeros(3), np.zeros(3))
        made.step(dt, np.asarray(J), output, *state)
        return output

    return Entry(step, {"dt": (None, 0.001), "J": (None, CURRENTS[1])})


def _noisy_step():
    def step(dt):
        made, output = neurons.NoisyLIF(), np.empty(3)
        state = made.make_state(3, rng=np.random.RandomState(0))
        made.step(dt, np.full(3, 2.0), output, **state)
        return output

    return Entry(step, {"dt": (None, 0.001)})


def _of_rates(made, method):
    given = {"rate": RATES, "neuron_tau_rc": (optional(TIME), 0.02)}
    if method == "sample":
        given |= {"rng": (None, None), "firing": (None, None)}
        return Entry(
            lambda rate, neuron_tau_rc, rng, firing: made.sample(
                rate, np.random.default_rng(0), neuron_tau_rc, firing
            ),
            given,
        )
    return Entry(getattr(made, method), given)


def _curves(made):
    return {
        f"{type(made).__name__}.rates": lambda: Entry(
            made.rates, {"x": CURRENTS, "gain": (None, 1.0), "bias": (None, 1.0)}
        ),
    }


KIND = {
    "load": (function, lambda: nengo.LIF), "parameters": (names, ("tau_rc",)),
    "rate": (function, lambda n, J, dt: J), "slope": (function, lambda n, J, dt: J),
    "twin": (optional(function), lambda tf, J, n, dt: (J, J)),
    "spiking": (optional(function), lambda n: n), "rate_type": (optional(function), lambda n: n),
    "hard": (optional(function), lambda n: n), "threshold": (None, 0.0),
    "faster": (optional(function), lambda n, f: n),
}  # fmt: skip


def _registered(**given):
    """Registered for this call only."""
    with mock.patch.dict(kinds._KINDS):
        neurons.register_neuron(**given)


class Mine(nengo.neurons.RectifiedLinear):
    """A neuron of one's own."""


TABLE = {
    "SoftLIF": lambda: Entry(ld.SoftLIF, SOFT),
    "SoftLoihiLIF": lambda: Entry(ld.SoftLoihiLIF, SOFT),
    "SoftAdaptiveLIF": lambda: Entry(
        neurons.SoftAdaptiveLIF, {"tau_n": (TIME, 0.1), "inc_n": (real(0), 0.02), **SOFT}
    ),
    "NoisyLIF": lambda: Entry(
        neurons.NoisyLIF, {**NOISY, "min_voltage": (None, -math.inf)}
    ),
    "SiegertLIF": lambda: Entry(neurons.SiegertLIF, NOISY),
    "StepLIF": lambda: Entry(
        neurons.StepLIF,
        {"tau_mem": (None, 0.02), "tau_syn": (None, 0.0), "exact": (flag, True),
         "reset": (choice, "zero"), "several": (flag, False), "reaches": (flag, True),
         "min_voltage": (None, -math.inf), "amplitude": (TIME, 1.0), "threshold": (TIME, 1.0),
         "decay_input": (flag, False), **STATE},
    ),
    "StepLIF.of_leak": lambda: Entry(
        neurons.StepLIF.of_leak,
        {"leak": (real(0, 1, zero=False), 0.9), "threshold": (TIME, 1.0), "reaches": (flag, True),
         "dt": (TIME, 0.001)},
    ),
    "StepLIF.step": _step_lif,
    **_curves(neurons.StepLIF()),
    "StepLIF.gain_bias": lambda: Entry(
        neurons.StepLIF().gain_bias,
        {"max_rates": (None, np.full(2, 100.0)), "intercepts": (None, np.zeros(2))},
    ),
    "StepLIF.max_rates_intercepts": lambda: Entry(
        neurons.StepLIF().max_rates_intercepts,
        {"gain": (None, np.ones(2)), "bias": (None, np.ones(2))},
    ),
    **_curves(ld.SoftLIF()),
    **_curves(neurons.SiegertLIF()),
    "SoftLIF.step": lambda: _stepped(ld.SoftLIF()),
    "SoftLoihiLIF.step": lambda: _stepped(ld.SoftLoihiLIF()),
    "SiegertLIF.step": lambda: _stepped(neurons.SiegertLIF()),
    "NoisyLIF.step": _noisy_step,
    "NoisyLIF.make_state": lambda: Entry(
        lambda n_neurons: neurons.NoisyLIF().make_state(n_neurons)["voltage"],
        {"n_neurons": (None, 3)},
    ),
    "SoftLIF.gain_bias": lambda: Entry(
        ld.SoftLIF().gain_bias,
        {"max_rates": (None, np.full(2, 100.0)), "intercepts": (None, np.zeros(2))},
    ),
    "SoftAdaptiveLIF.gain_bias": lambda: Entry(
        neurons.SoftAdaptiveLIF().gain_bias,
        {"max_rates": (None, np.full(2, 50.0)), "intercepts": (None, np.zeros(2))},
    ),
    "SoftLIF.max_rates_intercepts": lambda: Entry(
        ld.SoftLIF().max_rates_intercepts, {"gain": (None, np.ones(2)), "bias": (None, np.ones(2))}
    ),
    "SoftAdaptiveLIF.max_rates_intercepts": lambda: Entry(
        neurons.SoftAdaptiveLIF().max_rates_intercepts,
        {"gain": (None, np.ones(2)), "bias": (None, np.ones(2))},
    ),
    "neurons.NeuronKind": lambda: Entry(
        neurons.NeuronKind, {**KIND, "bounds": (mapping(3, None), {"tau_rc": Bound(0.001)})}
    ),
    "neurons.PaperParameters": lambda: Entry(
        neurons.PaperParameters,
        {"neuron": (neuron, ld.SoftLIF()), "gain": (TIME, 0.5), "bias": (real(), 1.0)},
    ),
    **{
        f"neurons.{name}": (
            lambda name=name: Entry(getattr(neurons, name), {"neuron": (neuron, ld.SoftLIF())})
        )
        for name in OF_NEURON
    },
    "neurons.neuron_rate": lambda: Entry(
        neurons.neuron_rate,
        {"neuron": (neuron, ld.SoftLIF()), "J": CURRENTS, "dt": (TIME, 0.002)},
    ),
    "neurons.neuron_slope": lambda: Entry(
        neurons.neuron_slope,
        {"neuron": (neuron, ld.SoftLIF()), "J": CURRENTS, "dt": (TIME, 0.002)},
    ),
    "neurons.fit_to_relu": lambda: Entry(
        neurons.fit_to_relu,
        {"neuron": (neuron, ld.SoftLIF()), "low": (real(), -1.0), "high": (TIME, 10.0),
         "gain": (optional(TIME), 0.75)},
    ),
    "neurons.neuron_from_dict": lambda: Entry(
        neurons.neuron_from_dict,
        {"record": (mapping(None, 3, "Abc", {}), {"type": "LIF", "tau_rc": 0.05})},
    ),
    "neurons.register_neuron": lambda: Entry(
        _registered,
        {"cls": (value(nengo.LIF, nengo.LIF(), ld.Split), Mine), "threshold": (real(), 0.0),
         **{k: (v[0] if k != "twin" else function, v[1]) for k, v in KIND.items()
            if k in ("parameters", "rate", "slope", "twin", "spiking", "faster")}},
    ),
    "AlphaNoise": lambda: Entry(ld.AlphaNoise, {"tau_s": (TIME, 0.004)}),
    "LowpassNoise": lambda: Entry(ld.LowpassNoise, {"tau_s": (TIME, 0.004)}),
    "AlphaRCNoise": lambda: Entry(
        ld.AlphaRCNoise, {"tau_s": (TIME, 0.004), "tau_rc": (optional(TIME), 0.03)}
    ),
    "LowpassRCNoise": lambda: Entry(
        ld.LowpassRCNoise, {"tau_s": (TIME, 0.004), "tau_rc": (optional(TIME), 0.03)}
    ),
    "GaussianNoise": lambda: Entry(ld.GaussianNoise, {"sigma": (TIME, 5.0)}),
    "MeasuredNoise.spread": lambda: Entry(ld.MeasuredNoise().spread, {"rate": RATES}),
    "noise.NoiseModel": lambda: Entry(noise.NoiseModel, {}),
    "noise.NoiseModel.mean": lambda: _of_rates(ld.AlphaRCNoise(), "mean"),
    "noise.NoiseModel.sample": lambda: _of_rates(ld.AlphaRCNoise(), "sample"),
    "noise.NoiseModel.variance": lambda: _of_rates(ld.AlphaRCNoise(), "variance"),
    "noise.NoiseModel.resolve_tau_rc": lambda: Entry(
        ld.AlphaRCNoise().resolve_tau_rc, {"neuron_tau_rc": (TIME, 0.02)}
    ),
    "noise.noise_from_dict": lambda: Entry(
        noise.noise_from_dict,
        {"record": (optional(mapping(None, 3, "Abc", {})), {"type": "GaussianNoise"})},
    ),
    "noise.noise_to_dict": lambda: Entry(
        noise.noise_to_dict, {"noise": (NOISE, ld.GaussianNoise(5.0))}
    ),
}  # fmt: skip
