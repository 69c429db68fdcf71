"""Pictures: what is drawn equals the saved numbers, units are there, wrong input is refused."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure
from PIL import Image

from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.report import plots


def drawn(ax):
    """Curves of an axes by their label."""
    return {line.get_label(): line.get_data() for line in ax.get_lines()}


def test_tuning_curve_is_nengos_rate():
    x, y = drawn(plots.tuning_curve({"n": nengo.LIF(tau_rc=0.03, amplitude=0.1)}))["n"]
    expected = nengo.LIFRate(tau_rc=0.03).rates(x, gain=1.0, bias=0.0).ravel()
    np.testing.assert_allclose(y, expected, rtol=1e-6, atol=1e-6)
    assert 1.0 not in x  # the slope of a hard neuron has no value there


def test_slope_is_the_derivative_of_the_tuning_curve():
    neuron = SoftLIF(sigma=0.1)
    x, rate = drawn(plots.tuning_curve({"n": neuron}))["n"]
    _, slope = drawn(plots.slope({"n": neuron}))["n"]
    numeric = np.gradient(rate, x)
    smooth = np.abs(x - 1) > 0.4
    np.testing.assert_allclose(slope[smooth], numeric[smooth], rtol=0.02, atol=0.05)


def test_slope_of_a_hard_neuron_stays_on_the_page():
    assert plots.slope(nengo.LIF()).get_ylim()[1] < 500


def test_every_curve_has_its_own_colour():
    ax = plots.tuning_curve([SoftLIF(), nengo.LIF(), nengo.RectifiedLinear()])
    curves = [line for line in ax.get_lines() if not line.get_label().startswith("_")]
    assert len({line.get_color() for line in curves}) == 3


def test_raster_draws_every_spike_of_its_image(record):
    ax = plots.raster(record, image=1, n_neurons=10_000)
    dots = sum(len(marks.get_offsets()) for marks in ax.collections)
    spikes = sum(int((raster[:, 0] == 1).sum()) for raster in record.rasters.values())
    assert dots == spikes > 0
    last = max(raster[raster[:, 0] == 1, 1].max() for raster in record.rasters.values())
    times = np.concatenate([marks.get_offsets()[:, 0] for marks in ax.collections])
    assert times.max() == pytest.approx(last + 1)  # ms, as dt is 1 ms
    assert "ms" in ax.get_xlabel()


def test_raster_of_few_neurons_says_so(record):
    ax = plots.raster(record, n_neurons=5)
    sizes = {name: rates.size for name, rates in record.layer_rates.items()}
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels == [f"{name}\n5 of {n}" for name, n in sizes.items()]


def test_raster_refuses_what_was_not_kept(record, evaluations):
    with pytest.raises(ValidationError, match="images 0 to 1"):
        plots.raster(record, image=2)
    with pytest.raises(ValidationError, match="rasters=1"):
        plots.raster(dataclasses.replace(record, rasters={}))


def test_accuracy_against_time_ends_at_the_accuracy(evaluations):
    spikes = evaluations[1]
    curves = drawn(plots.accuracy_against_time(evaluations))
    time, percent = curves["nengo (12 images)"]
    assert time[-1] == pytest.approx(30.0)
    assert time[0] == pytest.approx(11.0)
    assert percent[-1] == pytest.approx(100 * spikes.accuracy)
    assert curves["chance, 25 %"][1][0] == 25.0
    assert curves["same images at their rates"][1][0] == pytest.approx(100 * spikes.rate_accuracy)


def test_accuracy_against_time_at_another_start(evaluations):
    time, _ = drawn(plots.accuracy_against_time(evaluations, t_c=0.0))["nengo (12 images)"]
    assert time[0] == pytest.approx(1.0)
    with pytest.raises(ValidationError, match="before the end"):
        plots.accuracy_against_time(evaluations, t_c=1.0)


def test_rates_alone_have_no_time(evaluations):
    with pytest.raises(ValidationError, match="given: rate"):
        plots.accuracy_against_time(evaluations[0])


def test_accuracy_map_shows_the_grid(evaluations):
    ax = plots.accuracy_map(evaluations[1])
    shown = ax.collections[0].get_array()
    assert shown.max() == pytest.approx(100 * np.nanmax(evaluations[1].accuracy_grid))
    assert np.ma.count(shown) == np.isfinite(evaluations[1].accuracy_grid).sum()


def test_confusion_matrix_writes_every_count(evaluations):
    ax = plots.confusion_matrix(evaluations[1])
    assert sum(int(text.get_text()) for text in ax.texts) == 12


def test_training_history_is_an_error_in_percent(trained):
    curves = drawn(plots.training_history(trained))
    np.testing.assert_allclose(curves["validation"][1], [60, 20, 10])
    assert curves["training (with noise, if any)"][1][-1] == 0
    assert plots.training_history(trained).get_ylim()[0] == 0  # no error left is on the page
    with pytest.raises(ValidationError, match="'error' or 'loss'"):
        plots.training_history(trained, quantity="speed")
    with pytest.raises(ValidationError, match="holds no loss"):
        plots.training_history(dataclasses.replace(trained, history={}), quantity="loss")


def test_layer_rates_are_bars_of_the_means(evaluations):
    ax = plots.layer_rates(evaluations)
    heights = [bar.get_height() for bar in ax.patches]
    expected = [r for e in evaluations for r in [*e.layer_rates.values(), e.mean_rate]]
    assert heights == pytest.approx(expected)


def test_given_axes_are_used(evaluations):
    ax = Figure().add_subplot()
    assert plots.confusion_matrix(evaluations[0], ax) is ax


def test_no_figure_is_registered_with_pyplot(evaluations):
    from matplotlib import pyplot

    plots.layer_rates(evaluations)
    assert pyplot.get_fignums() == []


def test_pictures_are_saved_whole(tmp_path, evaluations):
    path = plots.save_picture(plots.confusion_matrix(evaluations[0]), tmp_path / "a" / "c.png")
    with Image.open(path) as picture:
        picture.load()
        assert min(picture.size) > 300
    assert [p.name for p in path.parent.iterdir()] == ["c.png"]
    with pytest.raises(ValidationError, match=".svg"):
        plots.save_picture(plots.confusion_matrix(evaluations[0]), tmp_path / "c.jpg")
    with pytest.raises(ModelFileError, match="cannot write"):
        plots.save_picture(plots.confusion_matrix(evaluations[0]), path / "below-a-file.png")


def test_figures_show_themselves_in_notebooks():
    """IPython asks for this; without an inline backend nothing else would show them."""
    assert plots.tuning_curve([nengo.LIFRate()]).figure._repr_png_().startswith(b"\x89PNG")


def test_confusion_of_too_many_classes_is_not_drawn(evaluations):
    many = dataclasses.replace(evaluations[1], classes=tuple(map(str, range(2049))))
    with pytest.raises(ValidationError, match="2,049 classes are too many"):
        plots.confusion_matrix(many)
