"""Random Keras graphs, grown layer by layer: images and series, branches, sums, any order."""

from __future__ import annotations

import numpy as np


class Grower:
    """Appends random layers to a functional model, and knows the shape of what it has.

    Parameters
    ----------
    keras : module
        Keras 3 or tf_keras.
    seed : int
        Of the graph and its weights.
    """

    def __init__(self, keras, seed):
        self.keras, self.K = keras, keras.layers
        self.rng = np.random.default_rng(seed)
        self.is_series = self.rng.random() < 0.25
        self.n = "1D" if self.is_series else "2D"
        sizes = [int(n) for n in self.rng.integers(5, 10, 1 if self.is_series else 2)]
        self.image = self.x = keras.Input((*sizes, int(self.rng.integers(1, 4))))
        self.fired = []  # what a sum may add
        if not self.is_series and self.rng.random() < 0.1:
            self.decoded()

    def pick(self, *options):
        return options[int(self.rng.integers(len(options)))]

    @property
    def shape(self):
        return tuple(self.x.shape)[1:]

    @property
    def sizes(self):
        return self.shape[:-1]

    def put(self, name, *args, **options):
        """A layer for images or series, by its name without the number of axes."""
        kind = getattr(self.K, name + self.n, None) or getattr(self.K, name)
        self.x = kind(*args, **options)(self.x)

    def per_axis(self, *options):
        """A number of every axis."""
        chosen = tuple(min(self.pick(*options), n) for n in self.sizes)
        return chosen[0] if self.is_series else chosen

    def decoded(self):
        """Features that become an image again."""
        units = [int(n) for n in self.rng.integers(2, 5, 3)]
        self.x = self.K.Dense(4, activation="relu")(self.K.Flatten()(self.image))
        self.x = self.K.Dense(int(np.prod(units)))(self.x)
        if self.rng.random() < 0.5:
            self.x = self.K.BatchNormalization()(self.x)
        self.x = self.K.Reshape(units)(self.K.ReLU()(self.x))

    def conv(self):
        kernel = self.per_axis(1, 2, 3, 4)
        wide = np.ravel(kernel).min() > 1 and all(2 * k - 1 <= n for k, n in zip(
            np.ravel(kernel), self.sizes, strict=True))  # fmt: skip
        dilation = self.pick(1, 1, 2) if wide else 1
        stride = self.pick(1, 1, 2) if dilation == 1 else 1
        kind = self.pick("Conv", "Conv", "Conv", "groups", "DepthwiseConv", "SeparableConv")
        padding = self.pick("valid", "same")
        both = {"strides": stride, "padding": padding, "dilation_rate": dilation}
        both["use_bias"] = bool(self.rng.random() < 0.7)
        both["activation"] = self.pick(None, None, "relu")
        channels = self.shape[-1]
        if kind == "groups":
            filters = channels * int(self.rng.integers(1, 3))
            self.put("Conv", filters, kernel, groups=self.pick(1, channels), **both)
        elif kind == "DepthwiseConv":
            self.put(kind, self.pick(1, 2, 3) if min(self.sizes) > 2 else 1,
                     depth_multiplier=self.pick(1, 2), **{**both, "dilation_rate": 1})  # fmt: skip
        else:
            causal = self.is_series and kind == "Conv" and self.rng.random() < 0.3
            self.put(kind, self.pick(2, 3, 4), kernel,
                     **{**both, **({"padding": "causal"} if causal else {})})  # fmt: skip

    def transposed(self):
        if np.prod(self.shape) < 300:
            kind = getattr(self.K, f"Conv{self.n}Transpose")
            padding, stride = self.pick("valid", "same"), self.pick(1, 2, 3)
            self.x = kind(self.pick(2, 3), self.pick(1, 2, 3), stride, padding)(self.x)

    def norm(self):
        self.x = self.K.BatchNormalization()(self.x)

    def activation(self):
        K, old = self.K, self.keras.__name__ == "tf_keras"
        kind = self.pick("relu", "relu", "relu", "relu6", "leaky", "prelu", "both", "hard", "clip")
        slope = {"alpha" if old else "negative_slope": 0.2}
        axes = [1] if self.is_series else [1, 2]
        made = {
            "relu": K.ReLU, "relu6": lambda: K.Activation(self.keras.activations.relu6)
            if not old else K.ReLU(6.0), "leaky": lambda: K.LeakyReLU(**slope),
            "prelu": lambda: K.PReLU(shared_axes=axes),
            "both": lambda: K.ReLU(0.8, negative_slope=0.1),
            "hard": lambda: K.Activation("hard_sigmoid"), "clip": lambda: K.ReLU(0.7),
        }[kind]()  # fmt: skip
        self.x = made(self.x)
        self.fired.append(self.x)

    def pool(self):
        size = self.per_axis(2, 3)
        self.put("AveragePooling", size, self.pick(1, 2, None), self.pick("valid", "same"))

    def scale(self):
        self.x = self.K.Rescaling(self.pick(0.5, 2.0, -1.0), self.pick(0.0, 0.3))(self.x)

    def border(self):
        kind = self.pick("ZeroPadding", "ZeroPadding", "Cropping")
        if kind == "Cropping" and min(self.sizes) < 4:
            return
        pairs = tuple((int(a), int(b)) for a, b in self.rng.integers(0, 2, (len(self.sizes), 2)))
        self.put(kind, pairs[0] if self.is_series else pairs)

    def larger(self):
        if np.prod(self.shape) < 300:
            how = {} if self.is_series else {"interpolation": self.pick("nearest", "bilinear")}
            self.put("UpSampling", self.pick(2, 3), **how)

    def residual(self):
        fitting = [
            x for x in self.fired if tuple(x.shape) == tuple(self.x.shape) and x is not self.x
        ]
        if fitting:
            merge = getattr(self.K, self.pick("Add", "Add", "Average", "Subtract"))
            self.x = merge()([self.x, self.pick(*fitting)])

    def branches(self):
        source, ends = self.x, []
        for kernel in (1, 3):
            self.x = source
            self.put("Conv", 2, kernel, padding="same")
            if kernel == 1 or self.rng.random() < 0.8:
                self.x = self.K.ReLU()(self.x)
            ends.append(self.x)
        self.x = self.K.Concatenate()([*ends, source] if self.rng.random() < 0.3 else ends)

    def pixelwise(self):
        self.x = self.K.Dense(self.pick(2, 3))(self.x)

    def trained(self):
        layer = self.pick("GaussianNoise", "Dropout", "GaussianDropout")
        self.x = getattr(self.K, layer)(0.2)(self.x)

    def model(self):
        """The grown model, its weights random."""
        steps = [self.conv, self.norm, self.activation, self.pool, self.scale, self.border,
                 self.residual, self.branches, self.transposed, self.larger, self.pixelwise,
                 self.trained]  # fmt: skip
        chances = np.array([5, 2, 5, 2, 0.7, 0.7, 2, 1, 0.7, 0.5, 0.4, 0.4])
        for _ in range(int(self.rng.integers(3, 9))):
            if np.prod(self.shape) < 3000:
                steps[int(self.rng.choice(len(steps), p=chances / chances.sum()))]()
        if not self.fired:
            self.x = self.K.ReLU()(self.x)
        if self.rng.random() < 0.3:
            self.put("GlobalAveragePooling")
        else:
            self.x = self.K.Flatten()(self.x)
        if self.rng.random() < 0.8:
            self.x = self.K.Dense(4)(self.x)
            if self.rng.random() < 0.3:
                self.x = self.K.Dense(3)(self.K.ReLU()(self.norm_of_flat()))
        return self._with_weights(self.keras.Model(self.image, self.x))

    def norm_of_flat(self):
        return self.K.BatchNormalization()(self.x) if self.rng.random() < 0.5 else self.x

    def _with_weights(self, model):
        rng = self.rng
        for layer in model.layers:
            kind, arrays = type(layer).__name__, layer.get_weights()
            if kind == "BatchNormalization":
                low, high = zip((0.5, 1.5), (-0.3, 0.5), (-0.3, 0.5), (0.5, 2.0), strict=True)
                made = [
                    rng.uniform(a, b, v.shape) for a, b, v in zip(low, high, arrays, strict=True)
                ]
            elif kind == "PReLU":
                made = [rng.uniform(0, 0.5, v.shape) for v in arrays]
            else:
                made = [
                    rng.uniform(-0.3, 0.5, v.shape) if v.ndim == 1
                    else rng.normal(0, 1.5 / np.sqrt(np.prod(v.shape[:-1])), v.shape)
                    for v in arrays
                ]  # fmt: skip
            layer.set_weights([a.astype(np.float32) for a in made])
        return model
