"""What evaluations do with a run that was judged: check it, put it into words, keep it in files."""
