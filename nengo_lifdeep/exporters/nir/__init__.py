"""Write networks as NIR graphs."""
