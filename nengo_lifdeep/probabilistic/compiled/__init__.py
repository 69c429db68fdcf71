"""The circuits and their rule, compiled by Numba."""
