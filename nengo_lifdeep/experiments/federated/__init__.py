"""Experiments with devices that learn together."""
