"""Rate networks with max pooling and local response normalisation, which have no spiking form.

They exist for the first rows of the papers' ablation, are built in `tf_keras`, and share
everything else with a recipe: data, augmentation, schedule, weight decay, batch normalisation.
"""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ..compat import import_tensorflow, import_tf_keras
from ..datasets import Dataset
from ..errors import TrainingError
from ..inputs.preprocessing import Preprocessing
from ..jobs.local import Job
from ..layers.types import AveragePooling2D, Neurons
from ..records import Evaluation
from ..support.progress import progress_bar
from ..training import CrossEntropy, OneCycle
from ..training.batches import BatchStream
from .recipe import Recipe

__all__ = ["MaxPoolingTrial", "max_pooling_network"]

#: Krizhevsky's local response normalisation: nine neighbouring channels, the sum of their squares
#: times 0.001 / 9, power 0.75 (cuda-convnet's layer and parameter files "conv-local-13pct").
_RESPONSE = {"depth_radius": 4, "bias": 1.0, "alpha": 0.001 / 9, "beta": 0.75}


def max_pooling_network(
    recipe: Recipe, response_normalization: bool, seed: int = 0, step: Any = None
) -> Any:
    """The recipe's network with rectified linear units and max pooling, in `tf_keras`.

    Parameters
    ----------
    recipe : Recipe
        Whose layers are taken; every average pooling becomes the maximum of the same windows.
    response_normalization : bool
        Whether local response normalisation stands after the first pooling and before the
        others, as in cuda-convnet's "conv-local-13pct".
    seed : int
        For dropout.
    step : tf.Variable of int64, optional
        Number of the training step, on which dropout's masks depend; needed to train a network
        with dropout, and advanced by whoever trains.

    Returns
    -------
    tf_keras.Sequential
        Without softmax.

    Examples
    --------
    >>> from nengo_lifdeep.experiments.recipe import Recipe
    >>> network = max_pooling_network(Recipe("mnist", "hunsberger2016-mnist"), True)
    >>> [layer.name for layer in network.layers if "pool" in layer.name]
    ['pool1', 'response_pool1', 'response_pool2', 'pool2']
    """
    from ..training.tf_layers import keras_layer

    keras, tf = import_tf_keras(), import_tensorflow()

    class ResponseNormalization(keras.layers.Layer):  # type: ignore[name-defined]
        def call(self, inputs: Any) -> Any:
            return tf.nn.local_response_normalization(inputs, **_RESPONSE)

    architecture = recipe.architecture()
    if step is None:
        step = tf.Variable(0, trainable=False, dtype=tf.int64, name="training_step")
    layers: list[Any] = [keras.layers.InputLayer(architecture.input_shape)]
    shapes = architecture.shapes()
    pools = 0
    for i, (layer, shape) in enumerate(zip(architecture.layers, shapes, strict=False)):
        if isinstance(layer, Neurons):
            layers.append(keras.layers.ReLU(name=layer.name))
        elif isinstance(layer, AveragePooling2D):
            size = (layer.pool_size, layer.strides, layer.padding)
            pool = [keras.layers.MaxPooling2D(*size, name=layer.name)]
            if response_normalization:
                response = ResponseNormalization(name=f"response_{layer.name}")
                pool.insert(0 if pools else 1, response)
            layers += pool
            pools += 1
        else:
            layers.append(keras_layer(layer, shape, step, 1000 * seed + i))
    return keras.Sequential(layers)


@dataclasses.dataclass(frozen=True)
class MaxPoolingTrial:
    """Training and evaluation of such a network, kept in a folder.

    Parameters
    ----------
    recipe : Recipe
        How it is trained.
    response_normalization : bool
        See `max_pooling_network`.
    seed : int
        For initial weights, order and augmentation.
    folder : Path
        Where the backup of an unfinished training and the evaluation are kept.
    n_images : int, optional
        Test images to use, drawn at random (seed 0); all by default.
    progress : bool
        Whether to show progress.
    """

    recipe: Recipe
    response_normalization: bool
    seed: int
    folder: Path
    n_images: int | None = None
    progress: bool = True

    @property
    def file(self) -> Path:
        """Where the evaluation is kept."""
        images = "all" if self.n_images is None else f"{self.n_images}"
        return self.folder / f"rate-{images}.lifdeep"

    def jobs(self) -> list[Job]:
        """The one thing to compute.

        Raises
        ------
        ValidationError
            If the folder holds a network of another recipe or seed.
        """
        self.recipe.check_folder(self.folder, self.seed)
        work = self.recipe.epochs * self.recipe.architecture().counts().flops
        name = f"train {self.folder.parent.name} seed {self.seed}, {self.recipe.epochs} epochs"
        return [Job(name, "train in tf_keras", work, self.file, MaxPoolingTrial._run, (self,))]

    def rates(self) -> Evaluation:
        """The finished evaluation."""
        return Evaluation.load(self.file)

    def _run(self) -> None:
        keras, tf, recipe = import_tf_keras(), import_tensorflow(), self.recipe
        recipe.note(self.folder, self.seed)
        data = recipe.data()
        preprocessing = recipe.preprocessing(data)
        stream = BatchStream(
            data.train, recipe.batch_size, preprocessing, recipe.augmentation(data), self.seed
        )
        keras.utils.set_random_seed(self.seed)
        optimizer = recipe.optimizer()
        network = max_pooling_network(
            recipe, self.response_normalization, self.seed, optimizer.iterations
        )
        optimizer.learning_rate = OneCycle(recipe.peak).over(recipe.epochs * stream.steps)
        if recipe.weight_decay:
            others = [v for v in network.trainable_variables if "kernel" not in v.name]
            optimizer.exclude_from_weight_decay(var_list=others)
        optimizer.build(network.trainable_variables)
        loss = tf.autograph.experimental.do_not_convert(CrossEntropy(recipe.label_smoothing))
        network.compile(optimizer, loss, metrics=["accuracy"])
        state = tf.train.Checkpoint(
            network=network, optimizer=optimizer, epoch=tf.Variable(0, dtype=tf.int64)
        )
        for left in (self.folder / "backup").glob("ckpt-*_temp*"):  # of a killed save
            shutil.rmtree(left, ignore_errors=True)
        backup = tf.train.CheckpointManager(state, str(self.folder / "backup"), max_to_keep=1)
        state.restore(backup.latest_checkpoint)
        with progress_bar(
            self.folder.parent.name, recipe.epochs, unit="epochs", enabled=self.progress
        ) as advance:
            advance(int(state.epoch))
            for epoch in range(int(state.epoch), recipe.epochs):
                history = network.fit(
                    _batches(stream, epoch), epochs=epoch + 1, initial_epoch=epoch, verbose=0
                ).history
                if not np.isfinite(history["loss"][-1]):
                    raise TrainingError(
                        f"{self.folder.parent.name}, seed {self.seed}: the loss is "
                        f"{history['loss'][-1]} in epoch {epoch + 1}; lower Recipe.peak, which is "
                        f"{recipe.peak:g}"
                    )
                state.epoch.assign(epoch + 1)
                backup.save()
                advance(1)
        self._judge(network, data, preprocessing).save(self.file)

    def _judge(self, network: Any, data: Dataset, preprocessing: Preprocessing) -> Evaluation:
        test = data.test
        if self.n_images is not None:
            test = test.take(min(self.n_images, len(test)))
        scores = network.predict(preprocessing(test.unit_images()), batch_size=500, verbose=0)
        answers = np.argmax(scores, axis=1)
        name = self.folder.parent.name
        return Evaluation(
            "rate", name, data.name, None, test.labels, answers, data.classes, None, {}, {}, 0.0,
            n_asked=len(test),
        )  # fmt: skip


def _batches(stream: BatchStream, epoch: int) -> Any:
    """The batches of one epoch, as a ``tf.data.Dataset``."""
    tf = import_tensorflow()
    order = stream.order(epoch)
    images, labels = stream.batch(epoch, 0, order)
    signature = (tf.TensorSpec(images.shape, tf.float32), tf.TensorSpec(labels.shape, tf.int64))
    dataset = tf.data.Dataset.from_generator(
        lambda: (stream.batch(epoch, step, order) for step in range(stream.steps)),
        output_signature=signature,
    )
    return dataset.apply(tf.data.experimental.assert_cardinality(stream.steps)).prefetch(2)
