"""Memory that is asked for once, and in large pieces."""
