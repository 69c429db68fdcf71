"""Independent pieces of work with results on disk, taken up again where they stopped."""
