"""Commands that give a network to others, and take one: ``card``, ``push``, ``pull``."""
