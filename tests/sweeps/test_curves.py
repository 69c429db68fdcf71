"""Training curves go to TensorBoard through its own callback."""

from __future__ import annotations

import pytest

from nengo_lifdeep import train
from nengo_lifdeep.datasets import load
from nengo_lifdeep.neurons import PAPER_PARAMETERS


@pytest.mark.tf
@pytest.mark.slow
def test_curves_of_two_seeds_beside_one_another(tmp_path):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="it is no extra"
    )
    from nengo_lifdeep.compat import import_tensorflow, import_tf_keras

    array_of = import_tensorflow().make_ndarray
    board = import_tf_keras().callbacks.TensorBoard
    preset, digits = PAPER_PARAMETERS["mnist"], load("digits")
    losses = []
    for seed in (0, 1):
        trained = train(
            "digits-compact", digits, neuron=preset.neuron, gain=preset.gain, epochs=2,
            learning_rate=0.003, seed=seed, progress=False,
            callbacks=[board(str(tmp_path / str(seed)))],
        )  # fmt: skip
        (file,) = (tmp_path / str(seed) / "train").glob("events*")
        curves = accumulator.EventAccumulator(str(file), size_guidance={"tensors": 0})
        curves.Reload()
        steps = curves.Tensors("epoch_loss")
        assert [each.step for each in steps] == [0, 1]
        losses.append([float(array_of(each.tensor_proto)) for each in steps])
        assert losses[-1] == pytest.approx(trained.history["loss"], rel=1e-5)
    assert losses[0] != losses[1]
