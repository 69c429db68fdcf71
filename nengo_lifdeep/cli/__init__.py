"""The command ``lifdeep``: parse, call, print. `lifdeep --help` lists the commands.

Nothing heavy is imported before a command runs, so that help appears at once.
"""

from .app import app, main

__all__ = ["app", "main"]
