"""Linear layers between activations, merged into one where that is exact."""
