"""Networks in other forms: a `nengo.Network`, a NIR graph."""
