"""Spiking neurons computed once per time step."""
