"""The view in a browser, served to this machine only."""

from __future__ import annotations

import socket
from typing import Any

from ..compat.requirements import import_optional
from ..datasets.base import Split
from ..errors import ValidationError
from ..models import SpikingModel, TrainedModel
from .app import View

__all__ = ["serve"]

#: reachable from this machine, and from nowhere else
_ADDRESS = "127.0.0.1"


def serve(
    model: TrainedModel | SpikingModel,
    images: Split,
    *,
    port: int = 0,
    show: bool = True,
    threaded: bool = False,
) -> Any:
    """Serve `view` on this machine until it is stopped.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    images : Split
        Images to choose from.
    port : int
        0: any that is free.
    show : bool
        Whether to open a browser.
    threaded : bool
        Whether to return at once, with the server in a thread of its own.

    Raises
    ------
    ValidationError
        If the port is in use, or none.
    MissingDependencyError
        If Panel is not installed (extra ``view``).
    """
    panel = import_optional("panel")
    number = _free_port(port)
    origins = [f"{name}:{number}" for name in (_ADDRESS, "localhost")]
    print(f"serving on http://{_ADDRESS}:{number}; stop with Ctrl-C", flush=True)
    return panel.serve(
        {"/": lambda: View(model, images).layout},
        address=_ADDRESS,
        port=number,
        show=show,
        threaded=threaded,
        websocket_origin=origins,
        title=f"nengo_lifdeep: {getattr(model, 'name', '') or _name(model)}",
        verbose=False,
    )


def _name(model: Any) -> str:
    return model.architecture.name


def _free_port(port: int) -> int:
    if not isinstance(port, int) or not 0 <= port < 65536:
        raise ValidationError(f"port is {port!r}; expected 0 to 65535")
    with socket.socket() as probe:
        try:
            probe.bind((_ADDRESS, port))
        except OSError as error:
            raise ValidationError(f"port {port} is in use ({error}); choose another") from error
        return int(probe.getsockname()[1])
