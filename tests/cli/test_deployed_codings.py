"""The chip's simulators show constant pixels: what ``lifdeep deploy`` says to a coding."""

import pytest

from nengo_lifdeep.inputs.coding import BernoulliCoding
from tests.on_spikes import trained_on_spikes


@pytest.mark.loihi
def test_deploy_takes_the_coding(lifdeep, tmp_path):
    pytest.importorskip("nengo_loihi")
    model = trained_on_spikes(BernoulliCoding(max_rate=400.0), hidden=True)
    file = model.save(tmp_path / "net.lifdeep")
    words = ("deploy", file, "--data", "bars", "--n", 2, "-q")
    refused = lifdeep(*words)
    assert refused.exit_code == 2 and "--coding none" in refused.stderr
    assert "cores" not in refused.stdout  # before the plan
    assert lifdeep(*words, "--coding", "none").exit_code == 0
    assert lifdeep(*words, "--plan").exit_code == 0
