"""Convolutions of spikes, forward and backward, that follow the spikes."""
