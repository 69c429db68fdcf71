"""Export networks: as a `nengo.Network` or as a NIR graph."""
