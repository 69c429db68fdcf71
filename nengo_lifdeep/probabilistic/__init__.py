"""Networks of probabilistic circuits, which learn online by a local rule."""
