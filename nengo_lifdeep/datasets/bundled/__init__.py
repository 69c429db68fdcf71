"""Small sets that come with scikit-learn: embedded, no download."""
