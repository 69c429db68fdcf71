"""The sides of ``spiking_inference.py``: one file for every way to run the network."""
