"""Settings of a training: losses, optimisers, schedules, early stopping."""
