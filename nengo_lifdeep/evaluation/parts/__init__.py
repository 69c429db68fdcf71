"""Runs that are cut into parts for several workers."""
