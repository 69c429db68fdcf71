"""Files, progress, provenance and HTML cards: what every room may use."""
