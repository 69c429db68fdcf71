"""Convert trained rate networks to spiking ones: fold, swap neurons, scale rates, replace ReLU."""
