"""An exported network in Norse and snnTorch, through their own NIR readers: spikes compared.

    python benchmarks/nir_peers.py --peer-python PEERS/bin/python --images 50

The network is ``digits-compact`` without synapses; once with its refractory period, which NIR
cannot say, once with none; here with Nengo's floor of the membrane at 0 and without it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import nengo
import numpy as np

from nengo_lifdeep import Presentation, convert, pretrained, run, to_nir
from nengo_lifdeep.datasets import load

SECONDS, AFTER = 0.15, 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--peer-python", required=True, help="a Python with norse and snntorch")
    parser.add_argument("--images", type=int, default=50)
    options = parser.parse_args()
    net, images = pretrained.load("digits-compact"), load("digits").test.take(options.images)
    script = Path(__file__).parent / "peers" / "nir_counts.py"
    for period in (0.0, net.neuron.tau_ref):
        lif = nengo.LIF(tau_rc=net.neuron.tau_rc, tau_ref=period)
        model = convert(net, synapse=None, neuron=lif)
        print(f"refractory period {1e3 * period:g} ms")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shown = model.preprocessing(images.unit_images()).transpose(0, 3, 1, 2)
            np.savez(folder / "images.npz", x=shown)
            for peer, dt in (("norse", 1e-3), ("snntorch", 1e-4)):
                to_nir(model, folder / f"{peer}.nir", tau_ref="metadata", dt=dt)
            words = [options.peer_python, script, folder, str(SECONDS), str(AFTER)]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            found = json.loads((folder / "peers.json").read_text())
        for peer, dt in (("norse", 1e-3), ("snntorch", 1e-4)):
            timing = Presentation(t_c=AFTER, t_p=SECONDS, dt=dt)
            record = run(model, images, presentation=timing, dtype="float64")
            free = nengo.LIF(tau_rc=lif.tau_rc, tau_ref=period, min_voltage=-np.inf)
            without = run(
                convert(net, synapse=None, neuron=free), images, presentation=timing,
                simulator="nengo",
            )  # fmt: skip
            ours, unbound = (
                {k: int(v.sum()) for k, v in r.image_spikes.items()} for r in (record, without)
            )
            theirs = {k: int(v) for k, v in found[peer]["counts"].items()}
            same = float((record.predictions() == np.array(found[peer]["answers"])).mean())
            print(f"  {peer} at {1e3 * dt:g} ms: {theirs}; here {ours}; here without a floor "
                  f"{unbound}; same answers {same:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
