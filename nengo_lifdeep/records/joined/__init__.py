"""Runs in parts: put together as if they had been one."""
