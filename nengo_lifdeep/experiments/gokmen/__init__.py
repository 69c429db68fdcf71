"""Beyond the experiments of Gokmen, Onen & Haensch (2017)."""
