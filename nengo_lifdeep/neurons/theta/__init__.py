"""Theta neurons: quadratic integrate-and-fire neurons whose state is an angle."""
