"""Training on the spikes themselves: membranes over a whole window, and networks of them."""
