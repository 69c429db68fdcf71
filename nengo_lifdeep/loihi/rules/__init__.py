"""The chip's design rules: one function per rule, named as the rule; all are checked."""

from __future__ import annotations

from ...records.finding import SEVERITIES, Finding
from ..draft import Draft
from .cores import CORE_RULES
from .numbers import NUMBER_RULES
from .structure import STRUCTURE_RULES
from .told import Rule

__all__ = ["CORE_RULES", "NUMBER_RULES", "RULES", "STRUCTURE_RULES", "findings"]

RULES: tuple[Rule, ...] = STRUCTURE_RULES + CORE_RULES + NUMBER_RULES


def findings(draft: Draft, rules: tuple[Rule, ...] = RULES) -> tuple[Finding, ...]:
    """Everything that the rules find, errors first.

    Parameters
    ----------
    draft : Draft
        The network under planning.
    rules : tuple of Rule
        The rules to check; by default all.
    """
    found = [
        Finding(severity, rule.__name__.replace("_", " "), where, what, remedy)
        for rule in rules
        for severity, where, what, remedy in rule(draft)
    ]
    return tuple(sorted(found, key=lambda f: SEVERITIES.index(f.severity)))
