"""Numba functions that work on whole vector registers, and their compiler cache."""
