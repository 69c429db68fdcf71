"""Networks with binary weights that learn from local read-outs: one paper's digits and moons."""
