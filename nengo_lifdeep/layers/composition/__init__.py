"""What an architecture is made of and measured by: its parts, its sizes, its placed neurons."""
