"""Arrays that belong to one value, and products of arrays."""
