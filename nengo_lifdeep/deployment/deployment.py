"""`Deployment`: a planned network on its way to Loihi, which can be run and judged there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..datasets.base import Dataset, Split, labelled
from ..errors import DeploymentError
from ..evaluation.accuracy import evaluate
from ..evaluation.agreement import SpikeCheck, check_spikes
from ..inputs.presentation import Presentation, timing_or_default
from ..loihi.plan import Plan
from ..models import SpikingModel, TrainedModel
from ..models.expected import spiking_model, trained_model
from ..records import Evaluation, SpikeRecord, ValueEvaluation
from ..records.finding import Finding
from ..simulators import get_simulator, run
from ..support.checks import (
    check_fields,
    checked,
    checked_names,
    instance,
    optional,
    real,
    whole,
)
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .health import NOT_LOOKED

__all__ = ["Deployment"]


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
        fits = "fits" if plan.fits else f"does not fit, {counted(len(plan.errors), 'error')}"
        place = f"{plan.model.name} on {plan.board.name}: {fits}, {plan.extent}"
        if len(plan.on_host) > 1:
            place += f"; on the host: {', '.join(plan.on_host)}"
        first = f"{place}; {self.presentation}"
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
            + ("fits" if plan.fits else f"does not fit, {counted(len(plan.errors), 'error')}"),
            [
                ("cores", plan.extent),
                ("on the host", ", ".join(plan.on_host)),
                ("per layer", ", ".join(layers) or None),
                ("busiest core", plan.busiest and str(plan.busiest)),
                ("findings", "; ".join(found) or "none"),
                (
                    "rates judged on",
                    counted(self.n_images, "image") if self.n_images else None,
                ),
                ("changed for the chip", "; ".join(self.changes) or None),
                ("presentation", self.presentation),
            ],
        )

    def require_runnable(self) -> None:
        """Raise unless the network can be built as it was planned.

        Raises
        ------
        DeploymentError
            If the plan has errors; all are listed. If it counts on other weights than NengoLoihi
            writes.
        """
        bits = self.plan.require().weight_bits
        if bits != 8:
            raise DeploymentError(
                f"the plan counts {bits} bits per weight, and NengoLoihi writes 8; plan with "
                "weight_bits=8 to run"
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
            If the plan has errors; all are listed. If it counts on other weights than NengoLoihi
            writes.
        """
        self.require_runnable()
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
    ) -> Evaluation | ValueEvaluation:
        """Classify images on the emulated chip (or the board) and count, or compare values.

        Parameters
        ----------
        data : Split or Dataset
            Images with labels or targets; of a data set its test images.
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
            If the plan has errors, or a spike differs from nengo-loihi's. If the plan counts on
            other weights than NengoLoihi writes.
        """
        self.require_runnable()
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


def _for_check(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in ("presentation", "coding", "seed") if name in options}
