"""Tables made from saved values."""
