"""From a trained rate network to a spiking one: fold, swap neurons, scale rates, replace ReLU."""
