"""Parts of the experiments of O'Connor & Welling (2016)."""
