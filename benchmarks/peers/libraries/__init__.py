"""One file per PyTorch library: its LIF neuron behind one interface."""
