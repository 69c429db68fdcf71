"""Parts of the experiments of Jang, Skatchkovsky & Simeone (2020)."""
