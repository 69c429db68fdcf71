"""How `lifdeep train` trains, from what was typed."""
