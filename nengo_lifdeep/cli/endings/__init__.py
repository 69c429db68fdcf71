"""How a command ends: its exit code, and what happens when its output is closed or full."""
