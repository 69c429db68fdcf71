"""Independent jobs: what one is, who does them, and where results on disk let them resume."""

from .executors import workers

__all__ = ["workers"]
