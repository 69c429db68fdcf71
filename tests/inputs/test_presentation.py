import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation


def test_steps_are_rounded_not_cut():
    timing = Presentation(tau_s=0.003, t_c=0.06, t_p=0.15)
    assert (timing.c_steps, timing.n_steps) == (60, 150)
    assert Presentation(**timing.to_dict()) == timing


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"t_c": 0.1, "t_p": 0.1}, "t_c = 0.1 s is not before t_p"),
        ({"t_c": 0.2, "t_p": 0.1}, "choose t_c < t_p"),
        ({"tau_s": -0.001}, "Presentation.tau_s is -0.001"),
        ({"dt": 0}, "positive time step"),
        ({"t_p": float("nan")}, "Presentation.t_p is nan"),
        ({"t_c": 0.0100, "t_p": 0.0101}, "no whole step"),
        ({"t_p": "long"}, "Presentation.t_p is 'long'"),
    ],
)
def test_impossible_timings_are_refused(options, message):
    with pytest.raises(ValidationError, match=message):
        Presentation(**options)


def test_the_window_of_a_training_on_spikes():
    """One step more than the training, for a read-out with a synapse; the mean of all without."""
    record = {"n_steps": 50, "dt": 0.002, "leak": 0.99}
    leaky = Presentation.as_trained({"spikes": record})
    assert (leaky.c_steps, leaky.n_steps, leaky.dt) == (50, 51, 0.002)
    free = Presentation.as_trained({"spikes": {**record, "leak": 1.0}})
    assert (free.c_steps, free.n_steps) == (0, 50)
    with pytest.raises(ValidationError, match="was not trained on its spikes"):
        Presentation.as_trained({})
