"""One file per command of `lifdeep`."""
