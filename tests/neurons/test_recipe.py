"""`docs/adding_a_neuron.md`, followed literally."""

import re
from pathlib import Path

import pytest

from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.neurons import kinds, neuron_rate

PAGE = Path(__file__).parents[2] / "docs" / "adding_a_neuron.md"


@pytest.mark.tf
def test_the_page_works_as_written(tmp_path, monkeypatch):
    pytest.importorskip("tensorflow")
    monkeypatch.setattr(kinds, "_KINDS", kinds.kinds())  # the neuron is forgotten afterwards
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 6
    names = {"__name__": "their_module"}
    exec(compile("\n".join(blocks), str(PAGE), "exec"), names)
    assert names["rates"].accuracy > 0.85
    assert names["spikes"].agreement > 0.85
    trained, spiking = names["trained"], names["spiking"]
    again = TrainedModel.load(trained.save(tmp_path / "t.lifdeep"))
    assert again.neuron == names["SquareRoot"]()
    found = SpikingModel.load(spiking.save(tmp_path / "s.lifdeep")).populations[0].neuron
    assert neuron_rate(found, 4.0) == pytest.approx(50 * 3.0)
    monkeypatch.undo()
    with pytest.raises(ModelFileError, match=r"'SquareRoot'.*register_neuron"):
        TrainedModel.load(tmp_path / "t.lifdeep")


def test_what_cannot_be_registered():
    import nengo

    from nengo_lifdeep.neurons import register_neuron

    nothing = {"parameters": (), "rate": abs, "slope": abs, "twin": abs}
    with pytest.raises(ValidationError, match="expected a class of nengo.neurons.NeuronType"):
        register_neuron(int, **nothing)
    with pytest.raises(ValidationError, match="register the rate neuron"):
        register_neuron(nengo.LIF, **nothing)
    other = type("LIFRate", (nengo.LIFRate,), {})
    with pytest.raises(ValidationError, match="'LIFRate' is known"):
        register_neuron(other, **nothing)
