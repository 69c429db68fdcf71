"""Numba kernels: edges that change places, and the network that runs."""
