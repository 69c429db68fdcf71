"""What the benchmarks of the event-driven simulator share: a stopwatch and small networks."""
