"""``python -m nengo_lifdeep.cli``: the command without its entry point."""

from .app import main

main()
