"""Independent jobs with results on disk, which resume where they stopped."""
