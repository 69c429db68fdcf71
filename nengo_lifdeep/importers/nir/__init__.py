"""NIR graphs and files."""
