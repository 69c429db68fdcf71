"""Networks that run and learn by additions: spikes of herding neurons forward and backward."""
