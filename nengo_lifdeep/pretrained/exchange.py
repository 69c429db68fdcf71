"""Networks by file or address: the checksum is compared before anything is read.

A file comes with a second one beside it, ``NAME.sha256``, in the form of ``sha256sum``. Files that
were downloaded stay in a cache by their checksum, and are not downloaded again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from ..compat.requirements import import_optional
from ..errors import ModelFileError, ValidationError
from ..support.checks import shown
from ..support.files import record_kind
from ..support.writing import write_text

if TYPE_CHECKING:
    from ..models import SpikingModel, TrainedModel

__all__ = ["checksum", "is_address", "name_in", "publish", "retrieve"]

_HEX = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)

#: seconds without an answer
_PATIENCE = 30


def publish(
    model: TrainedModel | SpikingModel, path: str | os.PathLike[str], *, licence: str
) -> tuple[Path, str]:
    """Write a network with its licence inside, and its checksum beside it.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    path : path-like
        The file, ``NAME.lifdeep``; ``NAME.lifdeep.sha256`` is written beside it.
    licence : str
        Of the weights, as an SPDX name: ``"cc-by-4.0"``.

    Returns
    -------
    path : Path
        The file.
    sha256 : str
        Its checksum, 64 hexadecimal digits.

    Raises
    ------
    ValidationError
        If the licence is empty.
    OutputError
        If a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from nengo_lifdeep import pretrained
    >>> net = pretrained.load("digits-compact")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, sha256 = publish(net, f"{folder}/d.lifdeep", licence="mit")
    ...     print(sha256 == checksum(path), Path(f"{path}.sha256").read_text()[64:].strip())
    True d.lifdeep
    """
    if not isinstance(licence, str) or not licence.strip():
        raise ValidationError(
            f"licence is {shown(licence)}; expected the name of one, such as 'cc-by-4.0' or 'mit'"
        )
    place = Path(path)
    licensed = dataclasses.replace(model, provenance={**model.provenance, "licence": licence})
    licensed.save(place)
    found = checksum(place)
    write_text(_beside(place), f"{found}  {place.name}\n")
    return place, found


def retrieve(source: str | os.PathLike[str], sha256: str | None = None) -> Path:
    """A file of this package by its address or path, once its checksum is right.

    Parameters
    ----------
    source : str or path-like
        ``"https://..."`` (or ``http``), or a file.
    sha256 : str, optional
        The checksum, 64 hexadecimal digits, also after ``"sha256:"``. By default that of the file
        ``SOURCE.sha256``. ``"none"`` does without.

    Returns
    -------
    Path
        The file: in the cache, or ``source`` itself.

    Raises
    ------
    ValidationError
        If the checksum is none, or there is none to compare with.
    ModelFileError
        If the file is not there, cannot be downloaded, has another checksum, or is no file of this
        package.
    MissingDependencyError
        If it is to be downloaded and pooch is not installed (extra ``sharing``).

    Examples
    --------
    >>> import tempfile
    >>> from nengo_lifdeep import pretrained
    >>> net = pretrained.load("digits-compact")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, sha256 = publish(net, f"{folder}/d.lifdeep", licence="mit")
    ...     print(retrieve(path, sha256).name)
    d.lifdeep
    """
    wanted = _wanted(source, sha256)
    if is_address(source):
        path = _downloaded(str(source), wanted)
    else:
        path = Path(source)
        if not os.path.isfile(path):
            raise ModelFileError(f"there is no file {path}; expected one, or an https:// address")
        _compare(checksum(path), wanted, path)
    record_kind(path)  # of another kind, or damaged before its checksum was taken
    return path


def checksum(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits.

    Parameters
    ----------
    path : path-like
        The file.

    Raises
    ------
    ModelFileError
        If it cannot be read.
    """
    found = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(2**20):
                found.update(block)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror or error}") from error
    return found.hexdigest()


def is_address(source: str | os.PathLike[str]) -> bool:
    """Whether something is to be downloaded.

    Parameters
    ----------
    source : str or path-like
        Address or path.

    Raises
    ------
    ValidationError
        If it is an address of another kind than http and https, or none.
    """
    text = os.fsdecode(source)
    kind = text.partition("://")[0] if "://" in text else ""
    if not kind:
        return False
    try:
        known = kind.lower() in ("http", "https") and bool(urlsplit(text).hostname)
    except ValueError:  # brackets of an IPv6 address that do not close
        known = False
    if not known:
        raise ValidationError(
            f"{text}: expected an address that begins with https://, or a file of this machine"
        )
    return True


def name_in(source: str | os.PathLike[str]) -> str:
    """The file's name in an address or path.

    Parameters
    ----------
    source : str or path-like
        Address or path.

    Raises
    ------
    ValidationError
        If the address names no file.

    Examples
    --------
    >>> name_in("https://example.org/a/my%20net.lifdeep?download=1")
    'my net.lifdeep'
    """
    if not is_address(source):
        return Path(source).name
    name = unquote(urlsplit(str(source)).path).replace("\\", "/").rpartition("/")[2]
    if name in ("", ".", "..") or not name.isprintable():
        raise ValidationError(f"{source} names no file; say with --out how it is to be called")
    return name


def _wanted(source: Any, sha256: str | None) -> str | None:
    """The checksum to compare with; None if it was said that there is none."""
    if sha256 == "none":
        return None
    if sha256 is not None:
        given = _HEX.fullmatch(sha256.strip()) if isinstance(sha256, str) else None
        if given is None:
            raise ValidationError(
                f"sha256 is {shown(sha256)}; expected 64 hexadecimal digits, as sha256sum prints "
                "them, or 'none' to take the file as it is"
            )
        return given[1].lower()
    text = _beside_text(source)
    found = _HEX.match(text.lstrip("\\")) if text is not None else None
    if found is None:
        state = "there is no checksum beside" if text is None else "there is no SHA-256 in the file"
        raise ValidationError(
            f"{state} {source}; give it as sha256 (--sha256), or 'none' to take the file as it is"
        )
    return found[1].lower()


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _beside_text(source: Any) -> str | None:
    """What stands in the file with the checksum, if there is one."""
    if not is_address(source):
        try:
            return _beside(Path(source)).read_text(encoding="utf-8", errors="replace")[:1000]
        except OSError:
            return None
    import_optional("pooch")
    import requests  # pooch brings it

    parts = urlsplit(str(source))
    address = parts._replace(path=f"{parts.path}.sha256").geturl()
    try:
        with requests.get(address, timeout=_PATIENCE, stream=True) as answer:
            if not answer.ok:
                return None
            return str(next(answer.iter_content(1000), b"").decode("utf-8", "replace"))
    except requests.RequestException as error:
        raise ModelFileError(f"{address} cannot be downloaded: {error}") from error


def _downloaded(address: str, wanted: str | None) -> Path:
    """The file in the cache; one of another checksum is not kept."""
    pooch: Any = import_optional("pooch")
    import requests  # pooch brings it

    folder = Path(os.environ.get("NENGO_LIFDEEP_CACHE") or pooch.os_cache("nengo_lifdeep"))
    name = wanted or hashlib.sha256(address.encode()).hexdigest() + "-unchecked"
    path = folder / f"{name}.lifdeep"
    if wanted is None or not os.path.isfile(path) or checksum(path) != wanted:
        pooch.get_logger().setLevel("WARNING")
        try:
            path.unlink(missing_ok=True)
            pooch.retrieve(
                address, None, fname=path.name, path=folder,
                downloader=pooch.HTTPDownloader(timeout=_PATIENCE),
            )  # fmt: skip
        except (requests.RequestException, OSError) as error:
            raise ModelFileError(f"{address} cannot be downloaded: {error}") from error
    try:
        _compare(checksum(path), wanted, address)
    except ModelFileError:
        path.unlink(missing_ok=True)
        raise
    return path


def _compare(found: str, wanted: str | None, source: Any) -> None:
    if wanted is not None and found != wanted:
        raise ModelFileError(
            f"{source} has the checksum {found}; expected {wanted}. It is another file, or it was "
            "damaged on the way: ask whoever published it. Nothing of it was read"
        )
