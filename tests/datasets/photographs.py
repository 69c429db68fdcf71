"""Images like photographs, and the same after JPEG."""

from __future__ import annotations

import io

import numpy as np


def photographs(n: int = 40, side: int = 32, seed: int = 0) -> np.ndarray:
    """Coloured noise with the spectrum of photographs, about 1 / frequency."""
    line = np.fft.fftfreq(side)
    frequency = np.hypot(line[:, None], line[None])
    frequency[0, 0] = 1 / side
    noise = np.random.default_rng(seed).standard_normal((n, 3, side, side))
    image = np.fft.ifft2(np.fft.fft2(noise) / frequency**1.2).real
    scaled = np.clip(128 + 50 * image / image.std(), 0, 255)
    return scaled.astype(np.uint8).transpose(0, 2, 3, 1)


def through_jpeg(images: np.ndarray, quality: int, subsampling: int = 2) -> np.ndarray:
    """Written by Pillow and read again; colours at half the resolution with ``subsampling=2``."""
    from PIL import Image

    decoded = []
    for image in images:
        file = io.BytesIO()
        picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        picture.save(file, "JPEG", quality=quality, subsampling=subsampling)
        decoded.append(np.asarray(Image.open(file)).reshape(image.shape))
    return np.stack(decoded)
