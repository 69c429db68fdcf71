"""Deep networks of LIF neurons: train with SoftLIF, convert to spikes, run in Nengo, on Loihi."""

__version__ = "0.1.0"
