"""Activations that are sums of rectified neurons, written in layers."""

from .piecewise import clipped_relu, hard_sigmoid, leaky_relu

__all__ = ["clipped_relu", "hard_sigmoid", "leaky_relu"]
