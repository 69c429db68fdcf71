"""Draws of binary weights of the numbers behind them, and the step of the Bayesian rule.

Behind each weight stands its natural parameter ``w``, half the log-odds of +1: the weight is +1
with probability ``1 / (1 + exp(-2 w))``, and its mean is ``tanh w``. What TensorFlow trains with,
and what `nengo_lifdeep.local` learns with, is tested against this file.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "bayes_step",
    "bernoulli",
    "logistic_noise",
    "natural_factor",
    "natural_parameter",
    "probability",
    "relaxed",
]

#: largest exponent that is taken
_MOST = 80


def probability(latent: NDArray) -> NDArray:
    """Probability of +1, ``1 / (1 + exp(-2 w))``.

    Parameters
    ----------
    latent : array of float
        Natural parameters of any shape.

    Examples
    --------
    >>> probability(np.array([-1.0, 0.0, 1.0])).round(3)
    array([0.119, 0.5  , 0.881])
    """
    return (1 + np.tanh(latent)) / 2


def natural_parameter(probability: float) -> float:
    """Half the log-odds of a probability of +1.

    Parameters
    ----------
    probability : float
        Between 0 and 1.

    Examples
    --------
    >>> natural_parameter(0.5)
    0.0
    """
    return float(np.log(probability / (1 - probability)) / 2)


def logistic_noise(shape: tuple[int, ...], rng: np.random.Generator, dtype: str) -> NDArray:
    """Half the log-odds of numbers that are uniform between 0 and 1.

    Parameters
    ----------
    shape : tuple of int
        Of the weights.
    rng : numpy.random.Generator
        Source of random numbers.
    dtype : str
        "float32" or "float64".
    """
    uniform = rng.random(shape, dtype)  # type: ignore[call-overload]
    step = np.finfo(dtype).epsneg
    np.clip(uniform, step / 2, 1 - step, out=uniform)
    found: NDArray = np.log(uniform / (1 - uniform)) / 2
    return found


def relaxed(latent: NDArray, noise: NDArray, temperature: float) -> NDArray:
    """Weights between -1 and 1, ``tanh((w + noise) / temperature)``: near the ends if it is cold.

    Parameters
    ----------
    latent : array of float
        Natural parameters.
    noise : array of float
        `logistic_noise` of the same shape.
    temperature : float
        Above 0.

    Examples
    --------
    >>> relaxed(np.array([0.5, 0.5]), np.array([-1.0, 1.0]), 0.1).round(3)
    array([-1.,  1.])
    """
    found: NDArray = np.tanh((latent + noise) / latent.dtype.type(temperature))
    return found


def bernoulli(latent: NDArray, rng: np.random.Generator) -> NDArray:
    """Weights -1 or 1, drawn with their `probability`.

    Parameters
    ----------
    latent : array of float
        Natural parameters.
    rng : numpy.random.Generator
        Source of random numbers.

    Examples
    --------
    >>> bernoulli(np.array([-9.0, 9.0]), np.random.default_rng(0))
    array([-1.,  1.])
    """
    draws = rng.random(latent.shape, latent.dtype.name)
    return np.where(draws < probability(latent), 1, -1).astype(latent.dtype)


def natural_factor(
    latent: NDArray, noise: NDArray, temperature: float, most: float = np.inf
) -> NDArray:
    """The derivative of a relaxed weight by its mean, at most ``most``.

    It is ``(1 - b^2) / (temperature (1 - tanh(w)^2))`` of the relaxed weight ``b``: with the
    gradient by the weight it gives the natural gradient by ``w``. Its tail is heavy where ``|w|``
    is large.

    Parameters
    ----------
    latent : array of float
        Natural parameters.
    noise : array of float
        The noise that made the weight.
    temperature : float
        Above 0.
    most : float
        Where it is cut off.

    Examples
    --------
    >>> natural_factor(np.array([0.0, 3.0]), np.array([0.0, -3.0]), 1.0, most=20)
    array([ 1., 20.])
    """
    number = latent.dtype.type
    mean, drawn = 2 * latent, latent + noise
    drawn *= number(2 / temperature)
    for exponent in (mean, drawn):  # in place: most of the time would go to new memory
        np.abs(exponent, out=exponent)
    share = mean - drawn
    np.minimum(share, number(_MOST), out=share)
    np.exp(share, out=share)
    for exponent in (mean, drawn):  # cosh(x) is exp(|x|) (1 + exp(-2 |x|)) / 2
        np.negative(exponent, out=exponent)
        np.exp(exponent, out=exponent)
        exponent += 1
    mean /= drawn
    mean *= mean
    share *= mean
    share *= number(1 / temperature)
    return np.minimum(share, number(most), out=share)


def bayes_step(
    latent: NDArray,
    natural_gradient: NDArray,
    learning_rate: float,
    strength: float,
    prior: float = 0.5,
) -> NDArray:
    """Natural parameters after one step down the loss plus ``strength`` times the divergence.

    ``(1 - learning_rate strength) w - learning_rate (natural_gradient - strength w0)``, where w0
    belongs to the prior: the divergence's natural gradient is ``w - w0``.

    Parameters
    ----------
    latent : array of float
        Natural parameters.
    natural_gradient : array of float
        Of the loss: its gradient by the weights times `natural_factor`.
    learning_rate : float
        Length of the step.
    strength : float
        Weight of the divergence from the prior.
    prior : float
        Probability of +1 before anything was seen.

    Examples
    --------
    >>> bayes_step(np.array([1.0]), np.array([0.5]), learning_rate=0.1, strength=0.2)
    array([0.93])
    """
    number = latent.dtype.type
    pull = number(learning_rate * strength)
    target = number(natural_parameter(prior))
    found: NDArray = latent - pull * (latent - target) - number(learning_rate) * natural_gradient
    return found
