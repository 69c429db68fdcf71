"""What a training is told: losses, optimisers, schedules, when to stop."""
