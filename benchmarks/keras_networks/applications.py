"""Networks of keras.applications, without weights of ImageNet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .row import Row

__all__ = ["APPLICATIONS"]


def application(name: str, size: int, **options: Any) -> Callable[[Any], Any]:
    """A network by its name, with ten classes."""

    def make(keras: Any) -> Any:
        found = getattr(keras.applications, name)
        given = {"weights": None, "input_shape": (size, size, 3), "classes": 10, **options}
        return found(**given)

    return make


def transfer(keras: Any) -> Any:
    """Keras's guide to transfer learning, with MobileNetV2 as the base."""
    K = keras.layers
    base = keras.applications.MobileNetV2(
        weights=None, input_shape=(64, 64, 3), include_top=False, alpha=0.5
    )
    base.trainable = False
    image = keras.Input((64, 64, 3))
    x = keras.Sequential([K.RandomFlip("horizontal"), K.RandomRotation(0.1)])(image)
    x = base(K.Rescaling(1 / 127.5, offset=-1)(x), training=False)
    x = K.Dropout(0.2)(K.GlobalAveragePooling2D()(x))
    return keras.Model(image, K.Dense(1)(x))


APPLICATIONS = {
    "VGG16, 64 x 64": Row(application("VGG16", 64), max_pooling=True, saved=False, n=1),
    "ResNet50, 64 x 64": Row(application("ResNet50", 64), max_pooling=True, saved=False, n=1),
    "ResNet50V2, 64 x 64": Row(application("ResNet50V2", 64), max_pooling=True, saved=False, n=1),
    "MobileNet, 64 x 64": Row(application("MobileNet", 64, dropout=0.0), saved=False, n=1),
    "MobileNetV2, 64 x 64": Row(application("MobileNetV2", 64), saved=False, n=1),
    "MobileNetV2, 224 x 224": Row(application("MobileNetV2", 224), saved=False, n=1),
    "DenseNet121, 64 x 64": Row(application("DenseNet121", 64), max_pooling=True, saved=False, n=1),
    "InceptionV3, 75 x 75": Row(application("InceptionV3", 75), max_pooling=True, saved=False, n=1),
    "Xception, 71 x 71": Row(application("Xception", 71), max_pooling=True, saved=False, n=1),
    "EfficientNetB0, 64 x 64": Row(
        application("EfficientNetB0", 64), brightest=255.0, saved=False, n=1
    ),
    "transfer learning: MobileNetV2, new head": Row(transfer, brightest=255.0, saved=False, n=1),
}
