"""The view's widgets and what they do, without a browser."""

import asyncio
import dataclasses
import io
import re
from pathlib import Path

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Architecture, Dense, Flatten, Split, convert, datasets, pretrained
from nengo_lifdeep.errors import ConversionError, DataError, ModelFileError, ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.inputs.recommended import Recommended
from nengo_lifdeep.layers import Conv2D, MaxPooling2D
from nengo_lifdeep.simulators import run
from nengo_lifdeep.training.random_features import random_features, untrained

pytest.importorskip("panel")

from nengo_lifdeep.view.app import View
from nengo_lifdeep.view.choices import Shelf
from nengo_lifdeep.view.clock import Clock
from nengo_lifdeep.view.filters import filtered, filters
from nengo_lifdeep.view.keys import HELP
from nengo_lifdeep.view.look import DARK
from nengo_lifdeep.view.serve import serve
from nengo_lifdeep.view.showing import run_image


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shown():
    return View(Shelf(pretrained.load("digits-compact"), datasets.load("digits").test.take(3)))


def test_a_mistake_is_said_on_the_page(shown):
    """t_c after t_p: the page says what is wrong, and shows no answer of settings before."""
    first = shown.screens[0]
    assert "answer" in first.says.object
    shown.t_c.value, shown.t_p.value = 100, 50
    shown.restart()
    assert first.problem.visible and "t_c" in first.problem.object
    assert first.says.object == "" and first.evidence.source.data["xs"] == []
    assert not first.area.loading
    assert shown._gif().getvalue() == b"" == shown._png().getvalue()
    shown.t_p.value = 120
    shown.restart()
    assert not first.problem.visible and "answer" in first.says.object


def test_errors_of_every_kind_are_said(shown, monkeypatch, capsys):
    def broken(*args, **options):
        raise RuntimeError("out of spikes")

    monkeypatch.setattr("nengo_lifdeep.view.showing.run_image", broken)
    shown.restart()
    first = shown.screens[0]
    assert first.problem.visible and first.problem.object == "out of spikes"
    assert "Traceback" in capsys.readouterr().err  # for whoever started the server


def test_clearing_brings_the_image_back(shown):
    shown.chosen.strokes.data = {"xs": [[0.5, 0.5]], "ys": [[0.1, 0.9]]}
    assert shown.chosen.picture.figure.title.text == "your drawing"
    shown.chosen._clear()
    assert shown.chosen.picture.figure.title.text.startswith("image 0")


def test_another_network_brings_images_that_it_takes(shown, monkeypatch):
    """Digits of 28 x 28 in place of 8 x 8; what cannot be loaded is said."""
    rng = np.random.default_rng(0)
    large = Split(rng.integers(0, 255, (4, 28, 28, 1), dtype=np.uint8), np.arange(4), "mine")
    shown.shelf._images["mnist"] = large
    shown.screens[0].network.value = "mnist-compact"
    assert shown.chosen.data.value == "mnist" and shown.chosen.index.end == 3
    assert "mnist-compact" in shown.screens[0].says.object
    assert len(shown.screens[0].layers) == 4

    def missing(name, **options):
        raise DataError(f"{name} is not on this machine")

    monkeypatch.setattr("nengo_lifdeep.view.choices.datasets.load", missing)
    shown.chosen.data.value = "fashion-mnist"
    assert "not on this machine" in shown.screens[0].problem.object
    for again in (shown.chosen.choose, shown.restart):  # no image of the set of before is run
        again()
        assert "not on this machine" in shown.screens[0].problem.object
        assert shown.screens[0].says.object == ""
    shown.chosen.data.value = "mnist"
    assert not shown.screens[0].problem.visible and "answer" in shown.screens[0].says.object


def test_labels_are_named_by_their_own_set(monkeypatch):
    """Clothes in front of a network of digits were called digits, and digits clothes."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (3, 28, 28, 1), dtype=np.uint8)
    clothes = datasets.Dataset(
        "clothes", *(Split(images, np.array([1, 1, 0]), text) for text in ("a", "b")),
        ("shirt", "boot"),
    )  # fmt: skip
    monkeypatch.setattr("nengo_lifdeep.view.choices.datasets.load", lambda name, **_: clothes)
    digits = Split(images, np.array([7, 2, 1]), "own digits")
    shown = View(Shelf(pretrained.load("mnist-compact"), digits))
    assert shown.chosen.picture.figure.title.text == "image 0: 7"
    shown.screens[0].network.value = "fashion-mnist-resnet7"  # names of a network's own answers
    assert shown.chosen.picture.figure.title.text == "image 0: 7"
    shown.chosen.data.value = "fashion-mnist"
    own = ("shirt", "boot")[int(shown.chosen.images.labels[0])]
    assert shown.chosen.picture.figure.title.text == f"image 0: {own}"


def test_a_spiking_network_is_shown_as_it_is():
    """Its synapses were those of the slider, 3 ms, and its times 40 to 120 ms, whatever it says."""
    net, images = pretrained.load("digits-compact"), datasets.load("digits").test.take(2)
    model = convert(net, synapse=nengo.Lowpass(0.009))
    model = dataclasses.replace(model, provenance=Recommended(t_c=0.03, t_p=0.08).noted({}))
    shown = View(Shelf(model, images, net))
    assert (shown.own.value, shown.t_c.value, shown.t_p.value) == (True, 30, 80)
    assert shown.tau_s.disabled
    timing = Presentation(t_c=0.03, t_p=0.08)
    for screen, spiking in zip(shown.screens, (model, convert(net)), strict=True):
        expected = run(spiking, images.first(1), presentation=timing)
        np.testing.assert_array_equal(screen.run.record.outputs, expected.outputs)
    shown.own.value = False
    assert not shown.tau_s.disabled
    other = run(model.with_tau_s(0.003), images.first(1), presentation=timing)
    np.testing.assert_array_equal(shown.screens[0].run.record.outputs, other.outputs)
    assert not np.array_equal(other.outputs, expected.outputs)


def test_a_network_trained_on_its_spikes_begins_with_its_window():
    net, images = pretrained.load("digits-compact"), datasets.load("digits").test.take(2)
    spikes = {"n_steps": 400, "dt": 0.001, "leak": 0.99, "coding": None}
    model = dataclasses.replace(convert(net, synapse=None), provenance={"spikes": spikes})
    shown = View(Shelf(model, images))
    assert (shown.own.value, shown.t_c.value, shown.t_p.value) == (True, 400, 401)
    assert shown.t_p.end == 401 and shown.screens[0].run.n_steps == 401
    plain = View(Shelf(net, images))
    assert (plain.own.value, plain.t_c.value, plain.t_p.value) == (False, 40, 120)


def test_a_file_that_changes_is_read_again():
    net, images = pretrained.load("digits-compact"), datasets.load("digits").test.take(2)
    convert(net).save("mine.lifdeep")
    shelf = Shelf(net, images)
    before = shelf.network("mine.lifdeep")
    assert shelf.network("mine.lifdeep") is before
    convert(net, scale_firing_rates=2).save("mine.lifdeep")
    after = shelf.network("mine.lifdeep")
    weights = [each.connections[1].stages[0].kernel.max() for each in (before, after)]
    assert weights[1] == pytest.approx(weights[0] / 2)
    Path("mine.lifdeep").unlink()
    with pytest.raises(ModelFileError, match=r"mine\.lifdeep"):
        shelf.network("mine.lifdeep")


def test_only_what_is_on_the_list_can_be_chosen(shown):
    with pytest.raises(ValidationError, match="no network '/etc/passwd'"):
        shown.shelf.network("/etc/passwd")
    with pytest.raises(DataError, match="no images 'folder'"):
        shown.shelf.images("folder")


def test_files_of_the_folder_are_offered():
    net, images = pretrained.load("digits-compact"), datasets.load("digits").test.take(2)
    convert(net).save("spiking.lifdeep")
    images_only = datasets.load("digits").test.take(2)
    shelf = Shelf(net, images_only)
    others = [name for name in pretrained.NAMES if name != "digits-compact"]
    assert shelf.networks == ["digits-compact", *others, "spiking.lifdeep"]
    shown = View(Shelf(net, images))
    shown.screens[1].network.value = "spiking.lifdeep"
    says = [screen.says.object for screen in shown.screens]
    spikes = [re.search(r"([\d,]+) spikes", text)[1] for text in says]
    assert "spiking.lifdeep" in says[1] and spikes[0] == spikes[1]
    with open("other.lifdeep", "wb") as file:
        file.write(b"no network")
    shown = View(Shelf(net, images))
    shown.screens[1].network.value = "other.lifdeep"
    assert shown.screens[1].problem.visible and not shown.screens[1].area.loading


def test_a_second_network_that_takes_other_images_says_so(shown):
    shown.screens[1].network.value = "mnist-compact"
    assert "takes images of 28 x 28 x 1; these have 8 x 8 x 1" in shown.screens[1].problem.object
    assert "answer" in shown.screens[0].says.object
    assert shown.stage.areas.objects == [screen.area for screen in shown.screens]
    words = [screen.says.styles for screen in shown.screens]
    assert words == [{"min-height": "2lh"}] * 2  # pictures below begin at one height
    shown.screens[1].network.value = "none"
    assert shown.stage.areas.objects == [shown.screens[0].area]
    assert shown.screens[0].says.styles == {}


def test_time_begins_with_the_last_of_two_runs(monkeypatch):
    """Not with the first, to begin again when the second arrives; what has arrived shows 0 ms."""
    begun = []
    with monkeypatch.context() as patched:
        patched.setattr(Clock, "play", lambda clock: begun.append(states(clock.show.__self__)))
        net, images = pretrained.load("digits-compact"), datasets.load("digits").test.take(2)
        shown = View(Shelf(net, images, net))
        assert begun == [["0 ms", "0 ms"]] and shown.running == 0
        arrived = shown._arrived

        def watched(number, screen, found):
            arrived(number, screen, found)
            seen.append((shown.running, *states(shown)))

        for outcomes in ((None, None), (None, DataError("no")), (DataError("no"), None)):
            answers, seen, begun[:] = iter([*outcomes]), [], []

            def made(*args, answers=answers, **options):
                if (problem := next(answers)) is not None:
                    raise problem
                return run_image(*args, **options)

            shown.clock.time.value = 60
            patched.setattr(shown, "_arrived", watched)
            with monkeypatch.context() as inner:
                inner.setattr("nengo_lifdeep.view.showing.run_image", made)
                shown.restart()
            assert [running for running, *_ in seen] == [1, 0]
            assert len(begun) == 1 and shown.clock.time.value == 0
            assert begun[0] == ["no" if each else "0 ms" for each in outcomes]


def states(shown):
    """What both networks say: the moment that they show, or what went wrong."""
    found = [re.search(r"\d+ ms", each.says.object) for each in shown.screens]
    pairs = zip(found, shown.screens, strict=True)
    return [match[0] if match else each.problem.object for match, each in pairs]


def test_nobody_lets_time_pass_before_the_last_run(shown, monkeypatch):
    """The button and the key neither; a choice that cannot be run waits for nothing."""

    async def try_to_play():
        shown.running = 1
        shown._key("play")
        assert not shown.clock.playing

        def missing(name):
            raise DataError(f"{name} is not on this machine")

        monkeypatch.setattr(shown.shelf, "images", missing)
        shown.screens[1].area.loading = True
        shown.chosen._data_changed()
        assert shown.running == 0 and not shown.screens[1].area.loading
        assert "not on this machine" in shown.screens[0].problem.object
        shown._key("play")
        assert shown.clock.playing
        shown.clock.pause()

    asyncio.run(try_to_play())


def test_time_is_moved_by_hand(shown):
    shown.clock.time.value = 60
    assert "<b>60 ms</b>" in shown.screens[0].says.object
    for key, moment in (("forward", 61), ("back", 60), ("start", 0), ("back", 0)):
        shown._key(key)
        assert shown.clock.time.value == moment, key
    shown._key("a key that has no meaning")
    shown.clock.time.value = 119
    shown.clock.tick(5)
    assert shown.clock.time.value == 120 and not shown.clock.playing


def test_a_notebook_is_promised_no_keys(shown):
    """Those of a notebook are its own; in a browser they are tried with Chromium."""
    (about,) = [each for each in shown.controls if HELP in str(getattr(each, "object", ""))]
    assert not about.visible


def test_few_messages_a_picture(shown, monkeypatch):
    """Jupyter's server drops what is beyond 1,000 messages a second; an array takes two."""
    shown.clock.time.value = 100
    curves = shown.screens[0].evidence.source.data
    assert len(curves["ys"]) == 10 and all(len(curve) == 100 for curve in curves["ys"])
    assert all(type(curve) is list for name in ("xs", "ys") for curve in curves[name])
    true = shown.screens[0].run.evidence()[:100].T
    np.testing.assert_allclose(curves["ys"], true, atol=1e-4 * np.ptp(true))

    async def intervals():
        asked = []
        monkeypatch.setattr(
            shown.panel.state, "add_periodic_callback", lambda tick, period: asked.append(period)
        )
        shown.clock.play()
        return asked

    assert asyncio.run(intervals()) == [132]  # half as often as in a page that is served


def test_filters_on_demand(shown):
    first = shown.screens[0]
    assert first.pictured.options == ["none", "neurons1", "neurons2", "neurons3"]
    assert first.filter_place.objects == []
    first.pictured.value = "neurons1"
    assert first.filter_place.objects == [first.filter_pane]
    kernel = first.spiking.connections[0].stages[0].kernel[:, :, 0]
    drawn = first.filter.source.data["image"][0][::-1]
    strongest = np.sort(np.argsort(-np.abs(kernel).sum(axis=(0, 1)), kind="stable")[:16])
    tile = kernel[:, :, strongest[0]]
    np.testing.assert_allclose(drawn[:3, :3] / drawn[0, 0], tile / tile[0, 0], rtol=1e-5)
    first.pictured.value = "none"
    assert first.filter_place.objects == []


def test_weights_that_are_no_pictures(example):
    spiking = convert(pretrained.load("digits-compact"))
    assert filtered(spiking) == ("neurons1", "neurons2", "neurons3")
    with pytest.raises(ValidationError, match="no pictures"):
        filters(spiking, "output")


def test_films_and_pictures(shown):
    image = pytest.importorskip("PIL.Image")
    shown.clock.time.value = 50
    with image.open(io.BytesIO(shown._png().getvalue())) as light:
        size, corner = light.size, light.getpixel((1, 1))
    assert corner == (255, 255, 255)
    with image.open(io.BytesIO(shown._gif().getvalue())) as film:
        assert film.n_frames == 40 and film.size == size and film.info["loop"] == 0
    dark = View(shown.shelf, dark=True)
    dark.screens[1].network.value = "digits-compact"
    with image.open(io.BytesIO(dark._png().getvalue())) as picture:
        assert picture.width > 1.9 * size[0] - 30
        assert picture.getpixel((1, 1)) == tuple(bytes.fromhex(DARK.ground[1:]))


def test_pictures_of_values_say_values(shown, monkeypatch):
    """They named a class, as if the first value were the answer "0"."""
    texts, screen = [], shown.screens[0]
    monkeypatch.setattr(
        "nengo_lifdeep.view.export._write", lambda picture, where, text, colour: texts.append(text)
    )
    for valued, curves in ((False, "evidence for each class"), (True, "each of the values")):
        screen.valued = valued
        screen.arrive(screen.run)
        screen.show(100)
        shown.clock.time.value = 100
        shown._png()
        answer = screen.run.says(100, None if valued else screen.classes)
        assert answer in screen.says.object and screen.evidence.figure.title.text == curves
        assert [text for text in texts if text.endswith(f": {answer}")]
        assert ("values)" in answer) is valued


def test_images_that_do_not_fit_are_said_and_can_be_changed(shown):
    large = Split(np.zeros((2, 28, 28, 1), np.uint8), [0, 1], "mine")
    wrong = View(Shelf(pretrained.load("digits-compact"), large))
    assert wrong.chosen.data.options == ["mine", "digits"] and wrong.chosen.data.value == "mine"
    assert "takes images of 8 x 8 x 1" in wrong.screens[0].problem.object
    wrong.chosen.data.value = "digits"
    assert not wrong.screens[0].problem.visible and "answer" in wrong.screens[0].says.object


@pytest.mark.parametrize("place", ["model", "beside"])
def test_a_network_that_cannot_spike_is_told_before_the_page(place, shown):
    """The command served a page that stayed empty, and its visitor was told nothing."""
    images, net = datasets.load("digits").test.take(2), pretrained.load("digits-compact")
    layers = [Conv2D(4, 3), MaxPooling2D(2), Flatten(), Dense(10)]
    maxima = untrained(Architecture((8, 8, 1), layers, name="maxed"))
    given = {"model": net, "beside": None} | {place: maxima}
    with pytest.raises(ConversionError, match="'maxed' cannot be turned into spikes"):
        serve(given["model"], images, beside=given["beside"], show=False, threaded=True)
    given[place] = "digits-compact"
    with pytest.raises(ValidationError, match=f"{place} is 'digits-compact'.*load"):
        serve(given["model"], images, beside=given["beside"], show=False, threaded=True)


def test_a_whole_data_set_and_things_that_are_none():
    net, digits = pretrained.load("digits-compact"), datasets.load("digits")
    shown = View(Shelf(net, digits))
    assert shown.chosen.index.end == len(digits.test) - 1
    with pytest.raises(DataError, match="expected a Dataset, a Split"):
        Shelf(net, digits.test.images)


def test_a_single_image():
    one = View(Shelf(pretrained.load("digits-compact"), datasets.load("digits").test.take(1)))
    assert one.chosen.index.disabled and "answer" in one.screens[0].says.object


def test_colour_pictures(make_network):
    """No pad, and the picture's own colours."""
    pictures = np.zeros((2, 8, 8, 3), np.uint8)
    pictures[:, :, :, 0] = 255
    net = make_network((8, 8, 3), [Conv2D(2, 3), Flatten(), Dense(4), Dense(2)])
    shown = View(Shelf(net, Split(pictures, np.array([0, 1]))))
    (drawn,) = shown.chosen.picture.colour.data["image"]
    assert set(np.unique(drawn.view(np.uint8).reshape(-1, 4), axis=0)[0]) == {255, 0}
    held = [getattr(part, "object", None) for part in shown.layout.select()]
    assert shown.chosen.pad not in held and shown.chosen.picture.figure in held


def test_frames_of_films():
    """Each frame is an image of its own; off and on are drawn together."""
    films = np.random.default_rng(0).integers(0, 2, (4, 3, 6, 6, 2)).astype(np.float32)
    split = Split(films, np.array([0, 1, 0, 1]))
    layers = (Flatten(), Dense(20), Dense(2))
    net = random_features(Architecture((6, 6, 2), layers, "films"), split)
    shown = View(Shelf(net, split))
    shown.chosen.index.value = 7
    shown.restart()
    assert shown.chosen.index.end == 11 and "image 7: 0" in shown.chosen.picture.figure.title.text
    np.testing.assert_allclose(
        shown.chosen.picture.grey.data["image"][0], 1 - films[2, 1].mean(axis=2)[::-1]
    )
