"""TensorFlow twins of the neurons, and their builders for NengoDL."""
