"""From a graph of operations, whatever its source, to layers and weights."""
