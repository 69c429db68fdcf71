"""Why a converted network is off: diagnosis per layer, measured noise, membrane voltages."""
