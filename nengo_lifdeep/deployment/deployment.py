"""`deploy`: plan the deployment of a network to Loihi, or list all violated constraints."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import nengo
import numpy as np

from ..conversion.rates import forward
from ..conversion.swap import convert
from ..datasets.base import Dataset, Split, labelled
from ..errors import DeploymentError
from ..evaluation.accuracy import evaluate
from ..evaluation.agreement import SpikeCheck, check_spikes
from ..inputs.presentation import Presentation, timing_or_default
from ..loihi.board import Board
from ..loihi.plan import Plan, make_plan
from ..models import SpikingModel, TrainedModel
from ..models.expected import network, spiking_model, trained_model
from ..neurons.synapses import chip_synapse, synapse_label
from ..records import Evaluation, SpikeRecord
from ..records.finding import Finding
from ..simulators import get_simulator, run
from ..support.checks import (
    check_fields,
    checked,
    checked_names,
    flag,
    instance,
    optional,
    real,
    text,
    whole,
)
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from .health import NOT_LOOKED, calibration, with_warnings

__all__ = ["Deployment", "deploy"]

#: how far the lowered network's scores may be from the original's, relative to the largest
_TOLERANCE = 1e-5

#: after every neuron of a trained network, unless another is asked for
_SYNAPSE = nengo.Lowpass(0.005)


@dataclasses.dataclass(frozen=True, eq=False)
class Deployment:
    """A network on its way to the chip.

    Attributes
    ----------
    original : SpikingModel
        As it was given, or converted.
    plan : Plan
        Cores, findings, and ``plan.model``: what is built.
    changes : tuple of str
        Synapses and stages that were changed for the chip.
    rate_deviation : float
        Largest difference between the scores of ``original`` and ``plan.model`` at analytic
        rates, relative to the largest score.
    presentation : Presentation
        Timing of one image.
    reference : TrainedModel or None
        The trained network, whose predictions spikes are compared with.
    n_images : int
        Images on which rates and the scale of pixels were judged; 0 if none were given.
    """

    original: SpikingModel
    plan: Plan
    changes: tuple[str, ...]
    rate_deviation: float
    presentation: Presentation
    reference: TrainedModel | None = None
    n_images: int = 0

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(
            self,
            original=spiking_model,
            plan=instance(Plan),
            changes=checked_names,
            rate_deviation=real(0),
            presentation=instance(Presentation),
            reference=optional(trained_model),
            n_images=whole(),
        )

    def __str__(self) -> str:
        """In one line what is planned, and every finding in a line of its own."""
        plan = self.plan
        fits = "fits" if plan.fits else f"does not fit, {len(plan.errors)} error(s)"
        cores = f"{plan.n_cores} of {plan.board.n_cores} cores"
        first = f"{plan.model.name} on {plan.board.name}: {fits}, {cores}; {self.presentation}"
        return "\n".join([first, *map(str, self.findings)])

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Broken rules of the chip, silent or saturated populations, images of another scale.

        Errors first; without images a note at the end states that rates were not examined.
        """
        return self.plan.findings if self.n_images else (*self.plan.findings, NOT_LOOKED)

    @property
    def model(self) -> SpikingModel:
        """The network in the chip's stages."""
        return self.plan.model

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        plan = self.plan
        layers = [f"{each.name} {len(each.cores)}" for each in plan.layers]
        found = [f"{f.where}: {f.rule} ({f.severity})" for f in self.findings]
        return html_card(
            f"{plan.model.name} on {plan.board.name}: "
            + ("fits" if plan.fits else f"does not fit, {len(plan.errors)} error(s)"),
            [
                ("cores", f"{plan.n_cores} of {plan.board.n_cores}"),
                ("per layer", ", ".join(layers) or None),
                ("findings", "; ".join(found) or "none"),
                ("rates judged on", f"{self.n_images} images" if self.n_images else None),
                ("changed for the chip", "; ".join(self.changes) or None),
                ("presentation", self.presentation),
            ],
        )

    @checked(presentation=timing_or_default)
    def run(
        self, images: Split | np.ndarray, *, simulator: str = "loihi-exact", **options: Any
    ) -> SpikeRecord:
        """Show images to the chip's emulator; arguments as for `nengo_lifdeep.run`.

        Parameters
        ----------
        images : Split or (n, row, column, channel) array
            The images, uint8 or in [0, 1].
        simulator : str
            Name of the simulator.
        **options : object
            Other arguments of `nengo_lifdeep.run`.

        Raises
        ------
        DeploymentError
            If the plan has errors; all are listed.
        """
        self.plan.require()
        options.setdefault("presentation", self.presentation)
        return run(self.model, images, simulator=simulator, plan=self.plan, **options)

    @checked(check=whole(), presentation=timing_or_default)
    def evaluate(
        self,
        data: Split | Dataset,
        *,
        simulator: str = "loihi-exact",
        check: int = 3,
        **options: Any,
    ) -> Evaluation:
        """Classify images on the emulated chip (or the board) and count.

        Parameters
        ----------
        data : Split or Dataset
            Images and labels; of a data set its test images.
        simulator : {"loihi-exact", "loihi"}
            On the chip: the batched emulation, or nengo-loihi itself.
        check : int
            How many random images ``nengo_loihi.Simulator`` runs again to judge the batched
            emulation; the evaluation's notes say what it found. None after Ctrl-C.
        **options
            As for `nengo_lifdeep.evaluate`.

        Raises
        ------
        DeploymentError
            If the plan has errors, or a spike differs from nengo-loihi's.
        """
        self.plan.require()
        options.setdefault("presentation", self.presentation)
        result = evaluate(
            self.model,
            data,
            simulator=simulator,
            plan=self.plan,
            **{"reference": self.reference, **options},
        )
        images, _, _ = labelled(data)
        interrupted = result.n_images < len(images)
        if get_simulator(simulator).judged_by is None or not check or interrupted:
            return result
        judged = self.check(
            images, min(check, len(images)), simulator=simulator, **_for_check(options)
        )
        if sum(judged.moved.values()):
            raise DeploymentError(f"the batched emulation is not exact: {judged}")
        return dataclasses.replace(result, notes=(*result.notes, str(judged)))

    @checked(n=whole(1), presentation=timing_or_default)
    def check(self, images: Split | np.ndarray, n: int = 3, **options: Any) -> SpikeCheck:
        """Compare the batched emulation with ``nengo_loihi.Simulator``, spike by spike.

        Parameters
        ----------
        images : Split or (n, row, column, channel) array
            The images, uint8 or in [0, 1].
        n : int
            Number of images to compare.
        **options : object
            Other arguments of `nengo_lifdeep.check_spikes`.
        """
        options.setdefault("presentation", self.presentation)
        options.setdefault("simulator", "loihi-exact")
        return check_spikes(self.model, images, n, plan=self.plan, **options)


@checked(
    model=network,
    objective=text,
    pop_type=whole(),
    blocks=optional(instance(Mapping)),
    presentation=timing_or_default,
    strict=flag,
)
def deploy(
    model: TrainedModel | SpikingModel,
    board: Board | str = "loihi",
    *,
    images: Split | np.ndarray | None = None,
    synapse: Any = _SYNAPSE,
    objective: str = "cores",
    pop_type: int = 32,
    blocks: Mapping[str, Any] | None = None,
    presentation: Presentation | None = None,
    strict: bool = True,
) -> Deployment:
    """Plan the deployment of a network to Loihi; all violated constraints are reported together.

    The first population stays on the host, where it turns pixels into spikes; the read-out is on
    the host again. Nothing is built yet: that is left to `Deployment.run`.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network; a trained one is converted with ``synapse``.
    board : str or Board
        Where it shall go: ``"loihi"`` (two chips, nengo-loihi's default), ``"kapoho-bay"``,
        ``"nahuku-8"``, ``"nahuku-32"``.
    images : Split or (n, row, column, channel) array, optional
        Some images (100 are enough), for the rules on rates; of more than 200, 200 drawn at random
        are taken.
    synapse : nengo.Lowpass, nengo.Alpha, float or None
        For a trained network; an alpha synapse becomes a lowpass of the same mean delay.
    objective : {"cores", "traffic"}
        Fewest cores, or fewest cores that a spike must be delivered to.
    pop_type : {32, 16}
        Format of the axons of convolutions; 16 needs half the output axons, and channels in
        multiples of 4.
    blocks : dict of str to tuple, optional
        Neurons per core of some layers; the others are searched.
    presentation : Presentation, optional
        Timing of one image; 150 ms, read from 50 ms on, by default.
    strict : bool
        Whether errors are raised. False returns the deployment with its plan in any case.

    Returns
    -------
    Deployment

    Raises
    ------
    DeploymentError
        If the network does not fit; the message lists every broken rule with layer, figure,
        limit and remedy.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> deployment = deploy(trained, images=test.take(20))
    >>> deployment.plan.n_cores, deployment.rate_deviation < 1e-5
    (2, True)
    """
    presentation = presentation or Presentation(t_c=0.05, t_p=0.15)
    reference = model if isinstance(model, TrainedModel) else None
    original = convert(model, synapse=synapse) if isinstance(model, TrainedModel) else model
    original = original.with_tau_s(presentation.tau_s)
    presentation = dataclasses.replace(presentation, tau_s=None)
    on_chip, replaced = _with_chip_synapses(original)
    activity: dict[str, np.ndarray] = {}
    if images is None:
        rng = np.random.default_rng(0)
        shown = rng.normal(size=(4, *original.input_shape)).astype(np.float32)
    else:
        shown, given = calibration(original, images)
        activity = forward(on_chip, shown, presentation.dt)
    rates = {name: r.reshape(len(shown), -1) for name, r in activity.items() if name != "output"}
    plan = make_plan(
        on_chip,
        board,
        objective=objective,
        pop_type=pop_type,
        blocks=blocks,
        rates=rates,
        dt=presentation.dt,
    )
    if images is not None:
        plan = with_warnings(plan, on_chip, activity, given, presentation)
    deviation = _deviation(original, plan.model, shown, presentation.dt)
    if strict:
        plan.require()
    return Deployment(
        original, plan, (*replaced, *plan.changes), deviation, presentation, reference,
        0 if images is None else len(shown),
    )  # fmt: skip


def _with_chip_synapses(model: SpikingModel) -> tuple[SpikingModel, list[str]]:
    connections, replaced = [], []
    for connection in model.connections:
        synapse = connection.synapse
        if isinstance(synapse, nengo.Alpha):
            lowpass = chip_synapse(synapse)
            replaced.append(
                f"{connection.pre} -> {connection.post}: {synapse_label(synapse)} replaced by "
                f"{synapse_label(lowpass)}, of the same mean delay"
            )
            connection = dataclasses.replace(connection, synapse=lowpass)
        connections.append(connection)
    return dataclasses.replace(model, connections=tuple(connections)), replaced


def _deviation(before: SpikingModel, after: SpikingModel, shown: np.ndarray, dt: float) -> float:
    """Relative difference of the scores in rates; a lowering that changes them is our fault."""
    old, new = (forward(model, shown, dt)["output"] for model in (before, after))
    found = float(np.abs(new - old).max() / max(float(np.abs(old).max()), 1e-12))
    if found > _TOLERANCE:
        raise DeploymentError(
            f"the lowered network's scores differ from the original's by {found:.2g} of the "
            f"largest; expected at most {_TOLERANCE:g}. Please report this network"
        )
    return found


def _for_check(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in ("presentation", "seed") if name in options}
