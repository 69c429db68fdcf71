"""Networks of papers that need more than a few lines."""
