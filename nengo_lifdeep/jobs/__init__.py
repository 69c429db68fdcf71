"""Independent jobs, most with results on disk, which resume where they stopped."""
