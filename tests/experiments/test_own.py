"""Our own networks: files, both tables and the figure on digits; what is judged by which images."""

from __future__ import annotations

import dataclasses
import itertools
import pickle

import numpy as np
import pytest

from nengo_lifdeep import TrainedModel, committee, convert, datasets, evaluate, pretrained
from nengo_lifdeep.conversion.target_rates import rate_scales
from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.experiments import experiment
from nengo_lifdeep.experiments.own import (
    conversion,
    networks,
    publishing,
    recipes,
    together,
    trial,
)
from nengo_lifdeep.experiments.own.recipe import Recipe
from nengo_lifdeep.inputs.augmentation import Augmentation
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.inputs.recommended import Recommended
from nengo_lifdeep.jobs.local import run_jobs
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.neurons import replaced
from nengo_lifdeep.records.finding import Finding
from nengo_lifdeep.report.pages.card import model_card
from nengo_lifdeep.support.provenance import machine
from nengo_lifdeep.training import CrossEntropy, OneCycle, train
from nengo_lifdeep.training.batches import split_validation
from nengo_lifdeep.training.checkpoints import Checkpoint
from nengo_lifdeep.training.tensorflow import products

SHORT = Presentation(t_c=0.02, t_p=0.04)
DIGITS = Recipe(
    "digits-compact", "mnist", Augmentation(pad=1), epochs=3, batch_size=50, peak=0.02, gain=1.0,
    quick_products=False, presentation=SHORT, longest=0.04, on_chip=SHORT,
)  # fmt: skip


def test_a_training_goes_on_with_the_products_it_began_with(tmp_path, monkeypatch):
    monkeypatch.setattr(products, "quickest", lambda: "bfloat16")
    quick = dataclasses.replace(DIGITS, quick_products=True)
    assert quick._products(tmp_path) == "bfloat16" and DIGITS._products(tmp_path) == "float32"
    Checkpoint({}, {}, {}, []).save(tmp_path)  # float32 is not noted
    assert quick._products(tmp_path) == "float32"
    Checkpoint({"products": "bfloat16"}, {}, {}, []).save(tmp_path)
    assert DIGITS._products(tmp_path) == "bfloat16"


@pytest.mark.tf
def test_a_training_of_three_parts_is_three_trainings(tmp_path):
    """The same weights as from `train` by hand, images left out the same; continued, the same."""
    three = dataclasses.replace(DIGITS, epochs=2, again=1, sharpen=1)
    assert three.length == "2+1+1s" and DIGITS.length == "3" and three.n_epochs == 4
    assert three.in_words == "2 epochs, 1 of a second cycle, 1 with a sharper curve"
    data = datasets.load("digits")
    data = dataclasses.replace(data, train=data.train.take(500))
    found = three.train(data, tmp_path / "found", 0, progress=False)
    weights = None
    curve = three.stages(tmp_path)[0].neuron
    for epochs, peak, sigma in ((2, 0.02, curve.sigma), (1, 0.06, curve.sigma), (1, 0.002, 0.003)):
        neuron = replaced(curve, sigma=sigma)
        own = train(
            "digits-compact", data, neuron=neuron, epochs=epochs, batch_size=50,
            optimizer=three.optimizer(), learning_rate=OneCycle(peak),
            loss=CrossEntropy(0.1), preprocessing=Preprocessing.fit(data.train, scale=4.0),
            augmentation=DIGITS.augmentation, validation_split=0.1, progress=False,
            initial_weights=weights,
        )  # fmt: skip
        weights = own.weights
    for layer, arrays in own.weights.items():
        for name, values in arrays.items():
            np.testing.assert_array_equal(found.weights[layer][name], values)
    assert found.neuron.sigma == 0.003
    assert {len(values) for values in found.history.values()} == {4}
    assert found.history["loss"][3] == own.history["loss"][0]
    assert "\n- epochs: 4\n" in model_card(found)
    assert "\n- epochs: 1, from given weights\n" in model_card(own)
    again = three.train(data, tmp_path / "found", 0, progress=False)
    assert again.history == found.history


@dataclasses.dataclass(frozen=True)
class Digits(networks.OwnNetworks):
    PAPER = "own-digits"
    SETS = ("digits",)


@pytest.mark.parametrize("name", ["own-mnist", "own-cifar10"])
def test_every_recipe_fits_its_network(name, tmp_path):
    module = experiment(name)
    named = [(network,) for network in getattr(module, "NETWORKS", ())]
    for dataset, asked in itertools.product(module.DATASETS, [(), *named]):
        plan = module.Reproduction(dataset, tmp_path, epochs=3, networks=asked)
        recipe = plan.recipe
        assert not asked or recipe.network in asked
        net = architecture(recipe.network)
        raw = (32, 32, 3) if dataset == "cifar10" else (28, 28, 1)
        assert net.input_shape == recipe.augmentation.output_shape(raw) == raw
        assert net.output_shape == (10,) and recipe.epochs == 3
        n_training = 50_000 if dataset == "cifar10" else 60_000
        held = recipe.held_out * n_training / recipe.batch_size
        assert held == pytest.approx(round(held)) and held * recipe.batch_size >= 4999
        assert recipe.presentation.t_p <= recipe.longest
        for table in module.TABLES:
            jobs = plan.jobs(table)
            assert len({job.result for job in jobs}) == len(jobs)
            assert all(len(pickle.dumps(job)) < 10_000 for job in jobs)
    with pytest.raises(ValidationError, match=f"no recipe for 'svhn' of {name}"):
        module.Reproduction("svhn", tmp_path)
    with pytest.raises(ValidationError, match=f"{name} has no table 'noise'"):
        plan.jobs("noise")
    for wrong in (("lenet",), (recipe.network, recipe.network)):
        with pytest.raises(ValidationError, match=f"expected one of {name} for {dataset}"):
            module.Reproduction(dataset, tmp_path, networks=wrong)


@pytest.mark.tf
def test_tables_and_figure_of_a_small_network(tmp_path, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "digits", DIGITS)
    by_layer = conversion.Conversion("half", 1.0, 0.002, 300.0)
    monkeypatch.setattr(networks, "CONVERSIONS", (*networks.CONVERSIONS[1:4:2], by_layer))
    monkeypatch.setattr(trial, "_JUDGED", 20)
    plan = Digits("digits", tmp_path, seeds=1, n_images=60, progress=False)
    for table in ("errors", "latency"):
        run_jobs(plan.jobs(table), lambda line: None)
    (row,) = plan.table("errors").rows
    (own,) = plan.trials()
    spikes = own.evaluation("spikes", DIGITS.conversion)
    assert row["rates"] == pytest.approx(own.evaluation("rates").error)
    assert row["spikes"] == pytest.approx(100 * np.mean(spikes.predictions != spikes.labels))
    assert row["chip"] == own.evaluation("chip").error and row["otherwise"] == 0
    assert row["macs"] == 60_224 and row["events"] > 10 * row["per_image"] > 0
    assert row["spikes_interval"][0] < row["spikes"] < row["spikes_interval"][1]

    assert f"trained on {machine()} with products in float32" in plan.table("errors").notes[0]

    slow, fast, even = plan.table("latency").rows
    assert even["conversion"] == "from half the threshold, layers to 300 Hz, alpha 2 ms"
    assert slow["conversion"] == "from half the threshold, alpha 3 ms"
    assert fast["conversion"] == "from half the threshold, rates x 2, alpha 3 ms"
    assert fast["spikes"] > 1.5 * slow["spikes"]
    axes, grid = networks.FIGURES["latency"](plan)
    assert len(axes.lines) == 3 and len(grid.rows) == 3 * SHORT.n_steps
    found = {row["ms"]: row["error"] for row in grid.rows[: SHORT.n_steps]}
    assert found[20] == pytest.approx(slow["t20"])

    assert "by 60 images that were not trained on" in plan.table("latency").notes[0]
    _is_judged_by_the_other_half(plan)
    _is_published(plan, tmp_path / "published")
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}
    run_jobs(plan.jobs("errors"), lambda line: None)
    assert before == {file: file.stat().st_mtime_ns for file in before}
    own.result("operations").write_text("{}")
    with pytest.raises(ModelFileError, match="operations.*is damaged"):
        own.counts()


def _two_as_if_trained(plan):
    """Two networks in a plan's folders: the packaged one, and one with other random numbers in."""
    trained = pretrained.load("digits-compact")
    rng = np.random.default_rng(0)
    kernel = trained.weights["dense1"]["kernel"]
    moved = kernel * (1 + 0.3 * rng.standard_normal(kernel.shape)).astype(np.float32)
    other = {**trained.weights, "dense1": {**trained.weights["dense1"], "kernel": moved}}
    for own, weights in zip(plan.trials(), (trained.weights, other), strict=True):
        own.folder.mkdir(parents=True)
        history = {"seconds": [1800.0], "loss": [1.0]}
        dataclasses.replace(trained, weights=weights, history=history).save(own.network)
    return plan.trials()


@pytest.mark.tf
def test_a_table_of_the_committee(tmp_path, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "digits", DIGITS)
    monkeypatch.setattr(trial, "_JUDGED", 20)
    plan = Digits("digits", tmp_path, seeds=2, n_images=40, progress=False)
    trials = _two_as_if_trained(plan)
    run_jobs(plan.jobs("committee"), lambda line: None)
    grid = plan.table("committee")
    (row,) = grid.rows
    assert grid.title.endswith("on digits, committee of 2")
    assert row["seed"] == "0, 1" and row["hours"] == 1.0 and row["otherwise"] == 0
    members = [own.trained() for own in trials]
    images = trials[0].test
    found = evaluate(committee(members), images, progress=False)
    assert row["rates"] == found.error
    pairs = [
        (found.predictions == images.labels, own.evaluation("rates").predictions == images.labels)
        for own in trials
    ]
    both = [
        f"seed {i} {np.sum(a & ~b)} and {np.sum(b & ~a)} (p = " for i, (a, b) in enumerate(pairs)
    ]
    (note,) = [note for note in grid.notes if "McNemar" in note]
    assert all(words in note for words in both)
    assert grid.notes[0].startswith("committee of 2: 40 images") and "seeds 0, 1" in grid.notes[0]

    before = together.Committee.of(trials)
    again = dataclasses.replace(members[1], weights=members[0].weights)
    again.save(trials[1].network)
    with pytest.raises(ModelFileError, match="some were trained anew since"):
        before.trained()


def test_a_committee_needs_two_trainings_and_test_images(tmp_path, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "digits", DIGITS)
    with pytest.raises(ValidationError, match="a committee of 1 training; expected at least two"):
        Digits("digits", tmp_path, seeds=1).jobs("committee")
    with pytest.raises(ValidationError, match="judged by test images only"):
        Digits("digits", tmp_path, seeds=2, validation=True).jobs("committee")
    found = together.Committee.of(Digits("digits", tmp_path, seeds=3).trials())
    with pytest.raises(ValidationError, match="no training image was left out"):
        _ = found.held
    assert found.folder.name == "seeds0-2"
    assert found.recipe.board == "nahuku-8", "room for three networks that fill two chips each"
    assert found.members[0].recipe.board == "loihi"
    assert together._board_for(2, "loihi") == "nahuku-8" != together._board_for(1, "loihi")
    assert together._board_for(16, "loihi") == together._board_for(17, "loihi") == "nahuku-32"
    join = found.job("train", 1)
    assert join.needed == tuple(member.network for member in found.members)


def _is_judged_by_the_other_half(plan):
    """Where no test image is looked at, none chooses and judges; results of before stay."""
    held = dataclasses.replace(plan, n_images=None, validation=True)
    (own,), (before,) = held.trials(), plan.trials()
    how = networks.CONVERSIONS[0]
    for kind in ("chosen", "timed"):
        result = own.result(kind, how)
        assert result.name == f"{kind}-{how.stem}-half-held-out-all.lifdeep"
        assert result not in {before.result(k, how) for k in ("chosen", "timed")}
        own.run(kind, how)
    found = [own.evaluation(kind, how) for kind in ("chosen", "timed")]
    sets = [set(each.indices.tolist()) for each in found]
    assert not sets[0] & sets[1] and sets[0] | sets[1] == set(own.held.indices.tolist())
    assert abs(len(sets[0]) - len(sets[1])) <= 10 and len(own.held) == 150
    run_jobs(held.jobs("latency"), lambda line: None)
    (note, _) = held.table("latency").notes
    assert f"{len(sets[1])} images that were not trained on, from one half of them" in note
    assert f"by {len(sets[0])} images of the other half" in note
    assert "not trained on" in networks.FIGURES["latency"](held)[1].title


def _is_published(plan, folder):
    """File and card of its network: what the card says is what the file does."""
    (own,) = plan.trials()
    path, card = publishing.publish(plan, folder, n_images=60, machine="two cores")
    assert [path.name, card.name] == ["digits-compact.lifdeep", "digits-compact.md"]
    model, text = TrainedModel.load(path), card.read_text()
    known = Recommended.of(model.provenance)
    assert known == Recommended(0.003, 2.0, "half", 0.02, 0.04)
    assert path.stat().st_size < 0.8 * own.network.stat().st_size
    images = own.test.take(60)
    for judged in (evaluate(model, images), evaluate(convert(model), images)):
        low, high = (100 * (1 - share) for share in reversed(judged.interval))
        assert f"| {judged.simulator} | 60 | {judged.error:.2f} | {low:.2f}–{high:.2f} |" in (
            text.replace("| – | 60", "| 60").replace("| model's, 20, 40 | 60", "| 60")
        )
    chip = own.evaluation("chip")
    assert f"| loihi-exact | {chip.n_images} | {chip.error:.2f} |" in text
    assert "by clock on two cores" in text.replace("the ", "") and "licence: MIT" in text
    assert f"{own.counts().total_events:,.0f} synaptic events in 40 ms" in text
    assert "20 random images in nengo.Simulator" in text and "0 other decisions" in text
    assert "by 150 training images that were not trained on" in text
    with pytest.raises(ValidationError, match="seed is 1; expected one of the plan's, below 1"):
        publishing.publish(plan, folder, seed=1)


def _as_if_trained(plan):
    """The one trial of a plan, with a network in its folder."""
    trained = dataclasses.replace(
        pretrained.load("digits-compact"), history={"seconds": [1.0], "loss": [1.0]}
    )
    (own,) = plan.trials()
    own.folder.mkdir(parents=True)
    trained.save(own.network)
    return own


def test_what_is_too_large_or_too_coarse_is_not_published(tmp_path, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "digits", DIGITS)
    plan = Digits("digits", tmp_path, seeds=1, progress=False)
    with pytest.raises(ModelFileError, match=r"trained\.lifdeep"):
        publishing.publish(plan, tmp_path)
    _as_if_trained(plan)
    monkeypatch.setattr(publishing, "_LARGEST", 20_000)
    with pytest.raises(ValidationError, match=r"bytes; expected at most 20,000"):
        publishing.publish(plan, tmp_path / "out", n_images=20)
    monkeypatch.setattr(publishing, "_LARGEST", 200_000)
    monkeypatch.setattr(publishing, "_COST", -1.0)
    with pytest.raises(ValidationError, match="16 bits cost .* points"):
        publishing.publish(plan, tmp_path / "out", n_images=20)
    assert not (tmp_path / "out").exists()


def test_cards_say_that_images_went_through_jpeg(tmp_path, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "digits", DIGITS)
    plan = Digits("digits", tmp_path, seeds=1, n_images=20, progress=False)
    _as_if_trained(plan)
    said = "these were decoded from JPEG of quality 75"
    _, card = publishing.publish(plan, tmp_path / "before")
    assert "JPEG" not in card.read_text()
    note = Finding("note", "published figures are of others", "input", said, "say so")
    monkeypatch.setattr(publishing, "compression_findings", lambda images: [note])
    _, card = publishing.publish(plan, tmp_path / "after")
    assert f"Of the images: {said}. On the original ones" in card.read_text()


def test_16_bits_are_compared_on_the_same_images(tmp_path, monkeypatch):
    """The kept evaluation is of test images that were others then."""
    monkeypatch.setitem(recipes.RECIPES, "digits", DIGITS)
    plan = Digits("digits", tmp_path, seeds=1, n_images=20, progress=False)
    own = _as_if_trained(plan)
    others = evaluate(own.trained(), own.test.subset(np.arange(20)[::-1]))
    others.save(own.result("rates"))
    words = f"is of other test images .{others.shown_images}. than there are now"
    with pytest.raises(ValidationError, match=words):
        publishing.publish(plan, tmp_path / "out", n_images=20)
    assert not (tmp_path / "out").exists()


def test_an_evaluation_of_other_weights_is_not_shown(tmp_path):
    """A network that was trained anew, and the evaluation of the one before."""
    own = trial.Trial("digits", DIGITS, 0, tmp_path)
    first, images = pretrained.load("digits-compact"), datasets.load("digits").test.take(20)
    first.save(own.network)
    evaluate(first, images, progress=False).save(own.result("rates"))
    assert own.evaluation("rates").trained_weights == first.fingerprint
    turned = {**first.weights["dense1"], "kernel": -first.weights["dense1"]["kernel"]}
    dataclasses.replace(first, weights={**first.weights, "dense1": turned}).save(own.network)
    with pytest.raises(ModelFileError, match=f"rates.*{first.fingerprint}.*was trained anew"):
        own.evaluation("rates")
    before = dataclasses.replace(evaluate(first, images, progress=False), trained_weights="")
    before.save(own.result("rates"))  # of before evaluations knew their weights
    assert own.evaluation("rates").trained_weights == ""


def test_one_table_is_of_one_data_set(tmp_path):
    """The data set changed between two evaluations, or between two seeds."""
    trained, images = pretrained.load("digits-compact"), datasets.load("digits").test.take(20)
    seeds = [trial.Trial("digits", DIGITS, seed, tmp_path / f"seed{seed}") for seed in (0, 1)]
    how = DIGITS.conversion
    darker = dataclasses.replace(images, images=(0.9 * images.images).astype(images.images.dtype))
    for own in seeds:
        own.folder.mkdir()
        trained.save(own.network)
    evaluate(trained, images, progress=False).save(seeds[0].result("rates"))
    spikes = dict(presentation=SHORT, progress=False)
    evaluate(convert(trained), images, **spikes).save(seeds[0].result("spikes", how))
    assert seeds[0].evaluation("spikes", how).shown_images == images.fingerprint
    evaluate(convert(trained), darker, **spikes).save(seeds[0].result("spikes", how))
    evaluate(trained, darker, progress=False).save(seeds[1].result("rates"))
    with pytest.raises(ModelFileError, match=f"spikes.*{darker.fingerprint}.*data set changed"):
        seeds[0].evaluation("spikes", how)
    with pytest.raises(ModelFileError, match=f"seed1.*rates.*seed0.*{images.fingerprint}"):
        seeds[1].evaluation("rates")
    held = [dataclasses.replace(own, validation=True) for own in seeds]
    evaluate(trained, images, progress=False).save(held[0].result("rates"))
    evaluate(trained, darker, progress=False).save(held[1].result("rates"))
    assert held[1].evaluation("rates").shown_images == darker.fingerprint, "each seed has its own"


def test_layers_are_brought_to_one_rate():
    trained, train = pretrained.load("digits-compact"), datasets.load("digits").train
    spiking = conversion.Conversion("half", 1.0, 0.002, 300.0).convert(trained, train)
    again = rate_scales(spiking, train.take(200), target_rate=300)
    assert list(again.values()) == pytest.approx([1.0] * 3, rel=1e-4)
    assert spiking.initial_voltage == "half" and spiking.connections[1].synapse.tau == 0.002
    with pytest.raises(ValidationError, match="rate_factor is 2 and target_rate 300 Hz"):
        conversion.Conversion("half", 2.0, 0.002, 300.0)
    for what in (str, lambda each: each.stem):
        assert len(set(map(what, networks.CONVERSIONS))) == len(networks.CONVERSIONS)


def test_choices_are_made_without_the_test_images(tmp_path):
    own = trial.Trial("digits", DIGITS, 0, tmp_path)
    held = dataclasses.replace(own, validation=True)
    assert own.test.labels.tolist() == own.data.test.labels.tolist()
    assert len(held.test) == 150 and own.file("rates") != held.file("rates")
    assert own.result("chosen") != held.result("chosen")  # by all of them, by one half
    assert own.timed(True).indices.tolist() == own.held.indices.tolist()
    assert own.timed(False).labels.tolist() == own.test.labels.tolist()
    halves = [set(held.timed(chooses).indices.tolist()) for chooses in (True, False)]
    assert not halves[0] & halves[1] and halves[0] | halves[1] == set(own.held.indices.tolist())
    images = {image.tobytes() for image in own.held.images}
    rest, _ = split_validation(own.data.train, DIGITS.held_out, 50, 0)
    assert len(rest) + len(held.test) == len(own.data.train)
    assert not images & {image.tobytes() for image in rest.images}
