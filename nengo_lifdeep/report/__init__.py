"""Plots, tables and pages of saved values; nothing here runs a network."""

from .pages.network import write_report
from .tables.evaluations import architecture_table, evaluation_table, ladder_table, population_table

__all__ = [
    "architecture_table",
    "evaluation_table",
    "ladder_table",
    "population_table",
    "write_report",
]
