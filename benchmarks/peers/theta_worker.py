"""The network of theta neurons in Brian2: times one run of a network that a file holds.

    PYTHON benchmarks/peers/theta_worker.py NETWORK.npz KAPPA DT DURATION

Edges add the pulse of their sender to the input of their receiver in every step, as a summed
variable; the pulse itself is computed once per neuron.
"""

import json
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import brian2 as b  # noqa: E402

EQUATIONS = """
dtheta/dt = (1 - cos(theta) + (1 + cos(theta)) * J) / tau : 1
J = eta + unit * arriving : 1
eta : 1
arriving : 1
sent : 1
"""


def main() -> None:
    file, kappa, dt, duration = sys.argv[1:5]
    found = np.load(file)
    kappa, dt, duration = float(kappa), float(dt), float(duration)
    n, edges = len(found["eta"]), len(found["senders"])
    b.prefs.codegen.target = "cython"
    b.defaultclock.dt = dt * b.second
    tau, unit = 1 * b.second, kappa * n / edges  # noqa: F841
    neurons = b.NeuronGroup(
        n, EQUATIONS, method="euler", threshold="theta > pi", reset="theta -= 2 * pi"
    )
    neurons.eta, neurons.theta = found["eta"], found["theta"]
    neurons.run_regularly("sent = 2.0 / 3.0 * (1 - cos(theta)) ** 2", when="end")
    edge = b.Synapses(neurons, neurons, "arriving_post = sent_pre : 1 (summed)")
    edge.connect(i=found["senders"], j=found["receivers"])
    spikes = b.SpikeMonitor(neurons, record=False)
    network = b.Network(neurons, edge, spikes)
    network.run(2 * dt * b.second)  # builds and compiles
    before = spikes.num_spikes
    wall, cpu = time.perf_counter(), time.process_time()
    network.run(duration * b.second)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    rate = (spikes.num_spikes - before) / n / duration
    print(json.dumps({"cpu": cpu, "wall": wall, "rate": rate, "version": b.__version__}))


if __name__ == "__main__":
    main()
