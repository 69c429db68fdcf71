"""How the networks of Lee et al. (2020) are trained."""
