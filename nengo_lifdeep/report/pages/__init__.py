"""HTML and Markdown pages made from saved values."""
