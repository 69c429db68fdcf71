"""`Finding`: a problem of a network, with its rule, layer, figure and remedy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ValidationError

__all__ = ["SEVERITIES", "Finding", "listed"]

#: error: cannot be done as it is; warning: can be, but predictions may differ;
#: note: worth knowing
SEVERITIES = ("error", "warning", "note")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One broken rule.

    Parameters
    ----------
    severity : {"error", "warning", "note"}
        How bad it is.
    rule : str
        The rule as a sentence.
    where : str
        Layer or connection.
    found : str
        What there is, with its figure, against the limit.
    remedy : str
        What to change.

    Raises
    ------
    ValidationError
        If the severity is not one of these, or the rest is not text.

    Examples
    --------
    >>> print(Finding("error", "inputs fit into a core", "neurons3", "5,000 > 4,096", "pool more"))
    error: neurons3: inputs fit into a core: 5,000 > 4,096. Remedy: pool more
    """

    severity: str
    rule: str
    where: str
    found: str
    remedy: str

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValidationError(
                f"Finding.severity is {self.severity!r}; expected one of {', '.join(SEVERITIES)}"
            )
        for name in ("rule", "where", "found", "remedy"):
            if not isinstance(getattr(self, name), str):
                raise ValidationError(f"Finding.{name} is {getattr(self, name)!r}; expected text")

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.rule}: {self.found}. Remedy: {self.remedy}"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return dataclasses.asdict(self)


def listed(findings: Iterable[Finding], names: Mapping[str, str] | None = None) -> str:
    """Findings as the lines of an error's message, each with its remedy.

    Parameters
    ----------
    findings : iterable of Finding
    names : dict of str to str, optional
        What to call some of the places, e.g. a layer by its name in another file.

    Examples
    --------
    >>> print("it has" + listed([Finding("error", "it fits", "neurons3", "5 > 4", "pool more")]))
    it has
      - neurons3: it fits: 5 > 4. Pool more
    """
    known = names or {}
    return "".join(
        f"\n  - {known.get(f.where, f.where)}: {f.rule}: {f.found}. "
        f"{f.remedy[:1].upper()}{f.remedy[1:]}"
        for f in findings
    )
