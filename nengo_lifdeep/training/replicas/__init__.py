"""Training on several accelerators: a plain `tf_keras` twin of NengoDL's graph."""
