"""A training recipe as a value; a trained file records the recipe that created it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from ..conversion.swap import convert
from ..datasets import Dataset, load
from ..errors import ModelFileError, ValidationError
from ..inputs.augmentation import Augmentation
from ..inputs.preprocessing import Preprocessing
from ..layers.architecture import Architecture
from ..layers.named import architecture, with_batch_normalization, with_max_pooling
from ..models import SpikingModel, TrainedModel
from ..neurons import PAPER_PARAMETERS, replaced
from ..noise import AlphaRCNoise
from ..noise.base import NoiseModel
from ..noise.registry import noise_to_dict
from ..support.plain_files import read_plain
from ..support.writing import write_text

__all__ = ["SHARP_PEAK", "SHARP_SIGMA", "Recipe"]

#: smoothing of the neurons' curve and largest learning rate of last epochs with a sharper curve
SHARP_SIGMA, SHARP_PEAK = 0.003, 0.002


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides a training.

    Parameters
    ----------
    dataset : str
        Name for `datasets.load`.
    network : str
        Name for `networks.architecture`.
    neuron : {"softlif", "relu"}
        The papers' SoftLIF for this kind of data, or rectified linear neurons.
    noise : noise model or None
        In training, after every SoftLIF neuron.
    normalised : bool
        Whether BatchNormalization is put in for training; conversion folds it away.
    epochs, batch_size : int
        How long, and how many images per step.
    peak : float
        Largest learning rate of `OneCycle`, for SGD with Nesterov momentum 0.9.
    weight_decay : float
        On kernels only.
    label_smoothing : float
        Of the cross-entropy.
    gain : float
        Initial current per unit of normalised input.
    scale : float
        Factor on pixels in [0, 1] less the mean image.
    pad : int
        Pixels of padding before random crops; 0 crops inside the image.
    flip : bool
        Whether images are mirrored at random.
    cutout : int
        Side of the square cut out of every training image, in pixels.
    sharpen : int
        Epochs at the end with SoftLIF neurons smoothed by 0.003 only, of learning rates up to
        0.002: the hard curve that spikes follow differs from the smooth one most at low rates.
    initial_voltage : {"zero", "uniform"}
        Where membranes start when the network is in spikes.
    rate_factor : float
        ``scale_firing_rates`` of the conversion.
    max_pooling, response_normalization : bool
        Whether maxima stand where the network takes averages, and local response normalisation
        beside them (`layers.named.with_max_pooling`): such a network runs in rates only.
    validation : bool
        Whether a sixth of the training images is held out and takes the place of the test images
        (`Dataset.held_out`): to choose any of the above without looking at these.

    Examples
    --------
    >>> Recipe("mnist", "hunsberger2016-mnist").architecture().counts().neurons
    27088
    """

    dataset: str
    network: str
    neuron: str = "softlif"
    noise: NoiseModel | None = dataclasses.field(default_factory=lambda: AlphaRCNoise(0.003))
    normalised: bool = True
    epochs: int = 20
    batch_size: int = 128
    peak: float = 0.05
    weight_decay: float = 5e-4
    label_smoothing: float = 0.0
    gain: float = 1.0
    scale: float = 1.0
    pad: int = 0
    flip: bool = False
    cutout: int = 0
    sharpen: int = 0
    initial_voltage: str = "zero"
    rate_factor: float = 1.0
    max_pooling: bool = False
    response_normalization: bool = False
    validation: bool = False

    def __post_init__(self) -> None:
        if self.neuron not in ("softlif", "relu"):
            raise ValidationError(f"Recipe.neuron is {self.neuron!r}; expected 'softlif' or 'relu'")
        if self.neuron == "relu" and self.sharpen:
            raise ValidationError(
                f"Recipe.sharpen is {self.sharpen} and the neuron 'relu', whose curve has no "
                "smoothing; expected sharpen=0"
            )
        if self.response_normalization and not self.max_pooling:
            raise ValidationError(
                "Recipe.response_normalization stands beside max pooling; give max_pooling=True too"
            )

    def architecture(self) -> Architecture:
        """The layers, normalisation included."""
        plain = architecture(self.network)
        has_norm = any(type(layer).__name__ == "BatchNormalization" for layer in plain.layers)
        net = with_batch_normalization(plain) if self.normalised and not has_norm else plain
        return with_max_pooling(net, self.response_normalization) if self.max_pooling else net

    def rate_neuron(self) -> Any:
        """The neuron, with its noise."""
        import nengo

        if self.neuron == "relu":
            return nengo.RectifiedLinear()
        set_name = self.dataset if self.dataset in PAPER_PARAMETERS else "cifar10"
        return replaced(PAPER_PARAMETERS[set_name].neuron, noise=self.noise)

    def data(self) -> Dataset:
        """The data set, wherever `datasets.load` finds it, or its training images alone."""
        data = load(self.dataset)
        return data.held_out() if self.validation else data

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for the file beside the trained network."""
        record = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        record["noise"] = None if self.noise is None else noise_to_dict(self.noise)
        optional = ("cutout", "sharpen", "max_pooling", "response_normalization", "validation")
        for name in optional:
            if not record[name]:
                del record[name]  # what was trained without it is still found
        for name in ("initial_voltage", "rate_factor"):
            del record[name]  # of the conversion: the trained network is the same
        return record

    def spiking(self, trained: TrainedModel, tau_s: float) -> SpikingModel:
        """The trained network in spikes, with an alpha synapse (0: none).

        Parameters
        ----------
        trained : TrainedModel
            The trained rate network.
        tau_s : float
            Time constant of the synapses, in seconds; 0 for none.
        """
        return convert(
            trained,
            synapse=tau_s or None,
            scale_firing_rates=self.rate_factor,
            initial_voltage=self.initial_voltage,
        )

    def train(
        self,
        folder: Path,
        seed: int,
        data: Dataset | None = None,
        progress: bool = True,
        start: TrainedModel | None = None,
    ) -> TrainedModel:
        """The trained network in ``folder``: read if it is finished, continued if it was begun.

        With ``start`` the training begins with that network's weights.

        Parameters
        ----------
        folder : pathlib.Path
            Folder of the network.
        seed : int
            Seed of all random numbers.
        data : Dataset, optional
            The data set; by default it is loaded.
        progress : bool
            Whether to show a progress bar.
        start : TrainedModel, optional
            Network whose weights are the initial weights.

        Raises
        ------
        ValidationError
            If the folder holds a network of another recipe or seed.
        """
        self.check_folder(folder, seed)
        file = folder / "trained.lifdeep"
        if file.exists():
            return TrainedModel.load(file)
        self.note(folder, seed)
        data = data or self.data()
        trained = self._fit(folder / "checkpoint", seed, data, progress, start)
        if self.sharpen:
            trained = self._sharpen(folder / "sharpening", trained, seed, data, progress)
        trained.save(file)
        return trained

    def check_folder(self, folder: Path, seed: int) -> None:
        """Refuse a folder with a network of another recipe or seed.

        Parameters
        ----------
        folder : pathlib.Path
            Folder of the network.
        seed : int
            Seed of all random numbers.

        Raises
        ------
        ValidationError
            If the folder's note names another; it says where they differ.
        ModelFileError
            If the note is damaged.
        """
        file = folder / "recipe.json"
        if file.exists():
            made = json.loads(json.dumps({**self.to_dict(), "seed": seed}))
            try:
                noted = dict(json.loads(read_plain(file, 2**20)))
            except (OSError, ValueError, TypeError, RecursionError) as error:
                raise ModelFileError(
                    f"{file} is damaged ({error}); remove it if its network is of this recipe, or "
                    "give another folder"
                ) from error
            _check_same(noted, made, folder)

    def note(self, folder: Path, seed: int) -> None:
        """Write down in the folder which recipe and seed its network is made with.

        Parameters
        ----------
        folder : pathlib.Path
            Folder of the network.
        seed : int
            Seed of all random numbers.
        """
        write_text(folder / "recipe.json", json.dumps({**self.to_dict(), "seed": seed}, indent=2))

    def optimizer(self) -> Any:
        """SGD with Nesterov momentum and the recipe's weight decay, for `tf_keras`."""
        from ..compat import import_tf_keras

        return import_tf_keras().optimizers.SGD(
            self.peak, momentum=0.9, nesterov=True, weight_decay=self.weight_decay or None
        )

    def input_size(self) -> tuple[int, int]:
        """Rows and columns of the network's input."""
        rows, cols, _ = self.architecture().input_shape
        return rows, cols

    def preprocessing(self, data: Dataset) -> Preprocessing:
        """Mean image, crop and scale for the data set's training images.

        Parameters
        ----------
        data : Dataset
            The data set.
        """
        return Preprocessing.fit(data.train, crop=self.input_size(), scale=self.scale)

    def augmentation(self, data: Dataset) -> Augmentation | None:
        """Random changes of the training images; None if there are none.

        Parameters
        ----------
        data : Dataset
            The data set.
        """
        size = self.input_size()
        crops = data.train.image_shape[:2] != size or self.pad
        if not (crops or self.flip or self.cutout):
            return None
        return Augmentation(size, self.pad, self.flip, self.cutout)

    def _fit(
        self,
        checkpoint: Path,
        seed: int,
        data: Dataset,
        progress: bool,
        start: TrainedModel | None,
    ) -> TrainedModel:
        from ..training import train

        return train(
            self.architecture(),
            data,
            neuron=self.rate_neuron(),
            epochs=self.epochs,
            preprocessing=self.preprocessing(data),
            checkpoint=checkpoint,
            seed=seed,
            progress=progress,
            initial_weights=None if start is None else start.weights,
            **self._options(data, self.peak),
        )

    def _sharpen(
        self, checkpoint: Path, trained: TrainedModel, seed: int, data: Dataset, progress: bool
    ) -> TrainedModel:
        """A few epochs more with a curve that is almost the hard one which spikes follow."""
        from ..training import train

        neuron = replaced(self.rate_neuron(), sigma=SHARP_SIGMA)
        return train(
            trained.architecture,
            data,
            neuron=neuron,
            epochs=self.sharpen,
            preprocessing=trained.preprocessing,
            checkpoint=checkpoint,
            seed=seed + 1,
            progress=progress,
            initial_weights=trained.weights,
            **self._options(data, SHARP_PEAK),
        )

    def _options(self, data: Dataset, peak: float) -> dict[str, Any]:
        from ..training import CrossEntropy, OneCycle

        return {
            "gain": self.gain,
            "batch_size": self.batch_size,
            "optimizer": self.optimizer(),
            "learning_rate": OneCycle(peak),
            "loss": CrossEntropy(self.label_smoothing),
            "augmentation": self.augmentation(data),
        }


def _check_same(found: dict[str, Any], wanted: dict[str, Any], folder: Path) -> None:
    names = sorted(set(found) | set(wanted))
    other = [f"{n} {found.get(n)!r} instead of {wanted.get(n)!r}" for n in names
             if found.get(n) != wanted.get(n)]  # fmt: skip
    if other:
        raise ValidationError(
            f"{folder} holds a network trained with {'; '.join(other)}. Choose another output "
            "folder, or remove this one"
        )
