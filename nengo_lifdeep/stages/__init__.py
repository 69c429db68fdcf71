"""The linear stages of a connection, and their matrices."""
