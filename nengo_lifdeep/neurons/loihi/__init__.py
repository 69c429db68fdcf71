"""The chip's neurons: their rates in whole steps, and the smooth curve that trains them."""
