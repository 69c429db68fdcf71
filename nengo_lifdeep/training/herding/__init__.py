"""Training by herding neurons: which networks, and one run of it."""
