"""Committees: the mean of the members' scores, on every route; what cannot stand side by side."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import (
    TrainedModel,
    check_spikes,
    committee,
    convert,
    datasets,
    pretrained,
    quantize_weights,
    run,
)
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.pixel_scale import PIXELS_ASSUMED
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.importers.maxima.cost import REPLACED
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.inputs.recommended import Recommended
from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models.held import drawn_weights
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.report.pages.card import model_card
from nengo_lifdeep.training.random_features import untrained
from nengo_lifdeep.weights import Binary

SHORT = Presentation(t_c=0.02, t_p=0.04)


@pytest.fixture(scope="module")
def members():
    """Three different ones: one that was trained, a residual one, one with another neuron."""
    trained = pretrained.load("digits-compact")
    layers = [
        Conv2D(6, 3, padding="same"), BatchNormalization(), Neurons(),
        Conv2D(6, 3, padding="same"), Shortcut("neurons1"), Neurons(),
        AveragePooling2D(2), Flatten(), Dense(10),
    ]  # fmt: skip
    residual = untrained(Architecture((8, 8, 1), layers), gain=4.0, seed=1)
    other = untrained("digits-compact", neuron=SoftLIF(amplitude=0.02, tau_rc=0.03), gain=3.0)
    as_first = {"preprocessing": trained.preprocessing, "classes": trained.classes}
    return [trained, *(dataclasses.replace(each, **as_first) for each in (residual, other))]


@pytest.fixture(scope="module")
def images():
    return datasets.load("digits").test.take(12)


def in_rates(model, images):
    return run(fold(model), images, simulator="rate", progress=False).scores()


@pytest.mark.parametrize("n", [2, 3])
def test_scores_are_the_mean_of_the_members(members, images, n):
    together = committee(members[:n])
    own = np.mean([in_rates(member, images) for member in members[:n]], axis=0)
    np.testing.assert_allclose(in_rates(together, images), own, atol=1e-5 * np.abs(own).max())
    counts = [each.architecture.counts() for each in (together, *members[:n])]
    assert counts[0].neurons == sum(each.neurons for each in counts[1:])
    assert counts[0].weights == sum(each.weights for each in counts[1:])
    assert together.architecture.name == f"digits-compact-x{n}"


def test_spikes_are_those_of_the_members(members, images):
    """Each neuron spikes as often as in its member alone; `nengo.Simulator` has the same spikes."""
    settings = {"synapse": 0.003, "initial_voltage": "half"}
    together = convert(committee(members), **settings)
    found = run(together, images, presentation=SHORT, progress=False)
    alone = [run(convert(m, **settings), images, presentation=SHORT, progress=False)
             for m in members]  # fmt: skip
    for number, record in enumerate(alone, 1):
        for layer, rates in record.layer_rates.items():
            np.testing.assert_array_equal(found.layer_rates[f"m{number}_{layer}"], rates)
            assert number > 1 or rates.any()
    mean = np.mean([record.scores() for record in alone], axis=0)
    np.testing.assert_allclose(found.scores(), mean, atol=1e-5 * np.abs(mean).max())
    check = check_spikes(together, images, 2, presentation=SHORT)
    assert check.share_moved == 0 and check.other_decisions == 0


def test_it_is_kept_in_files_and_can_be_a_member_itself(members, images, tmp_path):
    first = committee(members[:2], name="both")
    found = TrainedModel.load(first.save(tmp_path / "both.lifdeep"))
    assert found.architecture == first.architecture and found.architecture.name == "both"
    assert found.provenance["members"] == [m.fingerprint for m in members[:2]]
    nested = committee([found, members[2]])
    both, third = in_rates(found, images), in_rates(members[2], images)
    np.testing.assert_allclose(
        in_rates(nested, images), (both + third) / 2, atol=1e-5 * np.abs(both).max()
    )


def test_of_the_provenance_it_has_what_is_shared(members):
    shown = Recommended(0.003, 2.0, "half", 0.06, 0.1)
    noted = [
        dataclasses.replace(m, provenance={**shown.noted({}), "seed": i, "inputs": {"high": i}})
        for i, m in enumerate(members)
    ]
    found = committee(noted)
    assert Recommended.of(found.provenance) == shown and "seed" not in found.provenance
    assert found.provenance["inputs"] == {"high": 2}
    assert convert(found).initial_voltage == "half"
    other = dataclasses.replace(noted[1], provenance=Recommended().noted({}))
    assert Recommended.of(committee([noted[0], other]).provenance) is None


def test_what_one_member_says_of_its_images_holds_for_all(members):
    """Whichever it is: features outside of [0, 1], pixels that were only assumed, a licence."""
    plain = {"inputs": {"low": 0.0, "high": 1.0, "mean": 0.5, "deviation": 0.2, "typical": 1.0}}
    wide = {**plain, "inputs": {**plain["inputs"], "low": -3.0, "high": 4.0}}
    said = {**PIXELS_ASSUMED, REPLACED: "averages in place of maxima"}
    for first, second in ((plain, {**wide, **said}), ({**wide, **said}, plain), ({}, wide)):
        found = committee(
            dataclasses.replace(m, provenance=origin)
            for m, origin in zip(members, (first, second), strict=False)
        ).provenance
        assert found["inputs"] == wide["inputs"]
        assert {key: found.get(key) for key in said} == {
            key: {**first, **second}.get(key) for key in said
        }
    shared = {"inputs": {"high": "much"}}  # of a file that somebody changed
    noted = [dataclasses.replace(m, provenance=shared) for m in members]
    assert committee(noted).provenance["inputs"] == shared["inputs"]
    own = [dataclasses.replace(m, provenance={"x": np.arange(3)}) for m in members]
    assert "x" not in committee(own).provenance  # whether arrays agree has no one answer


@pytest.mark.parametrize(
    ("own", "together"),
    [
        (("mit", "mit"), "mit"),
        ((None, None), None),
        (("mit", "gpl-3.0"), "m1 mit, m2 gpl-3.0"),
        (("mit", None), "m1 mit, m2 not said"),
    ],
)
def test_licences_of_all_members_are_said(members, own, together):
    noted = [
        dataclasses.replace(m, provenance={} if name is None else {"licence": name})
        for m, name in zip(members, own, strict=False)
    ]
    assert committee(noted).provenance.get("licence") == together


def test_the_card_says_of_whom_it_is(members):
    noted = [dataclasses.replace(m, provenance={"data": "digits"}) for m in members[:2]]
    text = model_card(committee(noted))
    assert f"- committee: 2 networks side by side, fingerprints {noted[0].fingerprint}, " in text
    assert text.index("what follows is of each of them") < text.index("- data: digits")
    assert "committee" not in model_card(noted[0])
    bare = model_card(committee(dataclasses.replace(m, provenance={}) for m in members[:2]))
    assert bare.endswith(f"fingerprints {noted[0].fingerprint}, {noted[1].fingerprint}\n")


def test_members_are_named_as_they_are_now(members):
    """Rounded members are no longer those that were trained; others keep their names."""
    trained, residual, other = members
    together = committee([trained, other])
    coarse = quantize_weights(together, 3)
    own = [quantize_weights(member, 3).fingerprint for member in (trained, other)]
    assert coarse.provenance["members"] == own != together.provenance["members"]
    assert f"fingerprints {own[0]}, {own[1]}\n" in model_card(coarse)
    one = quantize_weights(together, {"m2_conv2": 3}).provenance["members"]
    assert one == [trained.fingerprint, quantize_weights(other, {"conv2": 3}).fingerprint]
    plain = committee([trained, residual]).without_normalization()
    assert plain.provenance["members"] == [
        trained.fingerprint, residual.without_normalization().fingerprint
    ]  # fmt: skip
    nested = committee([together, residual])
    rounded = quantize_weights(nested, {"m1_m1_conv2": 2}).provenance["members"]
    assert rounded[0] not in nested.provenance["members"]
    assert rounded[1] == residual.fingerprint


def test_members_by_chance_are_named_by_what_was_drawn(members):
    by_chance = {"conv2": Binary(scale=1.2, draw="relaxed")}
    drawn = [
        dataclasses.replace(m, architecture=m.architecture.with_weights(by_chance))
        for m in (members[0], members[2])
    ]
    together = committee(drawn)
    found = drawn_weights(together, seed=1).provenance["members"]
    assert not set(found) & set(together.provenance["members"])


def test_what_is_no_committee_keeps_its_provenance(members):
    for known in ("m1, m2", ["1f", "2e"]):  # of a file that somebody changed
        noted = dataclasses.replace(members[0], provenance={"members": known})
        assert quantize_weights(noted, 3).provenance["members"] == known


def test_what_cannot_stand_side_by_side_is_refused(members):
    first, second, _ = members
    with pytest.raises(ValidationError, match="members 1 and 2 have the same weights and neurons"):
        committee([first, first])
    with pytest.raises(ValidationError, match="at least 2|2 or more"):
        committee([first])
    dark = dataclasses.replace(second, preprocessing=Preprocessing(scale=0.5))
    with pytest.raises(ValidationError, match=r"member 2 .* has preprocessing.* Train them with"):
        committee([first, dark])
    named = dataclasses.replace(second, classes=tuple("abcdefghij"))
    with pytest.raises(ValidationError, match="member 2 .* has classes"):
        committee([first, named])
    few = untrained(Architecture((8, 8, 1), [Flatten(), Dense(8), Neurons(), Dense(3)]))
    with pytest.raises(ValidationError, match="member 2 .* has output shape"):
        committee([first, few])
    spikes = dataclasses.replace(second, provenance={"spikes": {"dt": 0.001}})
    with pytest.raises(ValidationError, match=r"member 2 .* has provenance\['spikes'\]"):
        committee([first, spikes])
    other = dataclasses.replace(first, provenance={"spikes": {"dt": 0.001, "leak": 0.9}})
    with pytest.raises(ValidationError, match=r"has provenance\['spikes'\]\['leak'\] None.* 0.9"):
        committee([other, spikes])
    with pytest.raises(ValidationError, match=r"has preprocessing\['scale'\] 0.5, .* 1.0"):
        committee([first, dark])
    values = dataclasses.replace(second, provenance={"task": "regression"})
    with pytest.raises(ValidationError, match="has task 'regression', .* 'classification'"):
        committee([dataclasses.replace(first, provenance={}), values])
    with pytest.raises(ValidationError, match="expected a TrainedModel"):
        committee([first, convert(second, synapse=0.003)])


def test_members_keep_their_neurons(members):
    first, _, third = members
    neurons = committee([first, third]).neurons
    assert neurons["m1_neurons1"] == first.neuron and neurons["m2_neurons1"] == third.neuron
    hard = committee([first, third]).with_neurons(lambda neuron: nengo.LIFRate())
    assert set(map(repr, hard.neurons.values())) == {"LIFRate()"}
