"""Representations of weights: numbers of few bits."""
