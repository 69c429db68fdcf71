"""Translate a graph of operations, from any source, to layers and weights."""
