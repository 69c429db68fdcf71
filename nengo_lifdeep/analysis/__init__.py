"""Analysis of converted networks: diagnosis per layer, measured noise, membrane voltages."""
