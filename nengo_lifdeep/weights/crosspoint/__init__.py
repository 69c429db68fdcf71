"""Resistive cross-point arrays (Gokmen, Onen & Haensch 2017): weights that are conductances."""
