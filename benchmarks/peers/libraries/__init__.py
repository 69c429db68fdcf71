"""One file per PyTorch library: all with one interface."""
