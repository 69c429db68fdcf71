"""Trained networks that come with the package: ``pretrained.load("mnist-compact")``.

Beside every network ``NAME.lifdeep`` lies its model card ``NAME.md``: data, command, seed, commit,
accuracy, protocol and limits. The weights are under the package's own licence.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from ..errors import ValidationError
from ..support.checks import shown
from ..support.words.similar import did_you_mean

if TYPE_CHECKING:
    from ..models import TrainedModel

__all__ = ["NAMES", "card", "load"]

#: Names that `load` and `card` know.
NAMES: tuple[str, ...] = (
    "cifar10-resnet11", "digits-compact", "fashion-mnist-resnet7", "mnist-compact",
    "mnist-resnet7",
)  # fmt: skip


def load(name: str) -> TrainedModel:
    """A trained network by its name.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Raises
    ------
    ValidationError
        If there is no such network; the message lists the names.

    Examples
    --------
    >>> load("digits-compact").architecture.counts().neurons
    1344
    """
    from ..models import TrainedModel

    with as_file(files(__name__) / f"{_known(name)}.lifdeep") as path:
        return TrainedModel.load(path)


def card(name: str) -> str:
    """The model card of a trained network, as Markdown.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Raises
    ------
    ValidationError
        If there is no such network; the message lists the names.

    Examples
    --------
    >>> card("digits-compact").splitlines()[0]
    '# digits-compact'
    """
    return (files(__name__) / f"{_known(name)}.md").read_text(encoding="utf-8")


def _known(name: str) -> str:
    if not isinstance(name, str) or name not in NAMES:
        raise ValidationError(
            f"there is no trained network {shown(name)} in the package; expected one of: "
            f"{', '.join(NAMES)}{did_you_mean(name, NAMES)}"
        )
    return name
