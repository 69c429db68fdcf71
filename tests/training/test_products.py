"""Products in bfloat16: rounded while training, never after it; refused where nothing rounds."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import SoftLIF, datasets, train
from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.layers import Dense, Flatten
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.training.settings.spike_based import SpikeBased

tf = pytest.importorskip("tensorflow")

from nengo_lifdeep.training.tensorflow import products  # noqa: E402

NET = Architecture((8, 8, 1), [Flatten(), Dense(40), Dense(10)])


needs_units = pytest.mark.skipif(not products.has_units(), reason="no bfloat16 units here")


def trained(**options):
    data = datasets.load("digits").train.first(300)
    settings = {"neuron": SoftLIF(), "epochs": 1, "batch_size": 50, "progress": False, **options}
    return train(NET, data, **settings)


@needs_units
def test_only_the_training_multiplies_in_bfloat16():
    before = products._rounds(tf)
    usual, rounded = trained(), trained(products="bfloat16")
    assert not before and not products._rounds(tf)
    a, b = (each.weights["dense1"]["kernel"] for each in (usual, rounded))
    assert a.dtype == b.dtype == np.float32
    difference = np.abs(a - b).max()
    assert 1e-6 < difference < 0.05
    assert rounded.provenance["options"]["products"] == "bfloat16"
    assert "products" not in usual.provenance["options"]


@needs_units
def test_a_checkpoint_belongs_to_its_products(tmp_path):
    once = trained(products="bfloat16", epochs=2)
    trained(products="bfloat16", checkpoint=tmp_path)
    with pytest.raises(TrainingError, match="products"):
        trained(epochs=2, checkpoint=tmp_path)
    again = trained(products="bfloat16", epochs=2, checkpoint=tmp_path)
    for name, arrays in once.weights.items():
        for key, array in arrays.items():
            np.testing.assert_array_equal(array, again.weights[name][key])


def test_where_nothing_is_rounded_it_is_an_error(monkeypatch):
    monkeypatch.setattr(products, "_rounds", lambda tf: False)
    with pytest.raises(TrainingError, match="multiplies in float32 on this computer"):
        trained(products="bfloat16")


@pytest.mark.parametrize("faster", [2.0, 1.05, 0.5])
def test_the_quicker_type_is_found_by_its_time(monkeypatch, faster):
    option = products._OPTION

    def seconds():
        rounded = tf.config.optimizer.get_experimental_options().get(option, False)
        return 1.0 / faster if rounded else 1.0

    monkeypatch.setattr(products, "_rounds", lambda tf: True)
    monkeypatch.setattr(products, "_seconds", seconds)
    assert products.quickest() == ("bfloat16" if faster == 2 else "float32")
    monkeypatch.setattr(products, "_rounds", lambda tf: False)
    assert products.quickest() == "float32"  # there are no units


def test_the_time_of_a_convolution_is_taken():
    assert 0 < products._seconds(n_images=2, side=4, channels=3, rounds=2) < 10
    assert products.quickest() in ("float32", "bfloat16")


def test_for_training_in_rates_alone():
    from nengo_lifdeep.neurons import StepLIF

    with pytest.raises(TrainingError, match=r"here method=SpikeBased multiplies; leave products"):
        trained(products="bfloat16", neuron=StepLIF.of_leak(0.9), method=SpikeBased(n_steps=5))
    with pytest.raises(TrainingError, match="products is 'half'; expected 'float32' or 'bfloat16'"):
        trained(products="half")


def test_padding_that_no_mirror_image_gives_is_refused_before_training():
    from nengo_lifdeep.errors import DataError
    from nengo_lifdeep.inputs.augmentation import Augmentation

    with pytest.raises(DataError, match="cannot be padded by 8 with their mirror image"):
        trained(augmentation=Augmentation(pad=8, fill_mode="reflect"))
