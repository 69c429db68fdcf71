"""The compiled learner, and the values it takes; compiled again when a file here changes."""
