"""The view in a browser, served to this machine only."""

from __future__ import annotations

import socket
import threading
import webbrowser
from typing import Any

from ..compat.requirements import import_optional
from ..datasets.base import Split
from ..errors import ValidationError
from ..models import SpikingModel, TrainedModel
from .app import View
from .gate import guard, new_token

__all__ = ["RunningView", "serve"]

#: reachable from this machine, and from nowhere else
_ADDRESS = "127.0.0.1"


class RunningView:
    """A view that is being served in a thread.

    Attributes
    ----------
    url : str
        Its address, with the token without which it does not answer.
    """

    def __init__(self, url: str, loop: Any, thread: threading.Thread) -> None:
        self.url, self._loop, self._thread = url, loop, thread

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        self._loop.add_callback(self._loop.stop)
        self._thread.join()


def serve(
    model: TrainedModel | SpikingModel,
    images: Split,
    *,
    port: int = 0,
    show: bool = True,
    threaded: bool = False,
) -> RunningView | None:
    """Serve `view` on this machine until it is stopped.

    The address that is printed holds a random token, as Jupyter's does: other users and the pages
    of other sites cannot guess it, and without it nothing is answered and nothing is run.

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

    Returns
    -------
    RunningView or None
        With ``threaded``, what to stop it with.

    Raises
    ------
    ValidationError
        If the port is in use, or not a port.
    MissingDependencyError
        If Panel is not installed (extra ``view``).
    """
    import_optional("panel")
    from tornado.ioloop import IOLoop  # Panel's server stands on it

    number, token = _free_port(port), new_token()
    url = f"http://{_ADDRESS}:{number}/{token}/"
    loop = IOLoop(make_current=False)
    server = _server(model, images, number, token, loop)
    server.start()
    print(f"serving on {url}\nwho knows this address can use it; stop with Ctrl-C", flush=True)
    if show:
        loop.add_callback(webbrowser.open, url)
    if threaded:
        thread = threading.Thread(target=_run, args=(server, loop), daemon=True)
        thread.start()
        return RunningView(url, loop, thread)
    _run(server, loop)
    return None


def _run(server: Any, loop: Any) -> None:
    try:
        loop.start()
    except KeyboardInterrupt:
        print("stopped", flush=True)
    finally:
        server.stop()


def _server(
    model: TrainedModel | SpikingModel, images: Split, port: int, token: str, loop: Any
) -> Any:
    """A Bokeh server with its gate, not yet started."""
    panel = import_optional("panel")
    hosts = [f"{name}:{port}" for name in (_ADDRESS, "localhost")]
    server = panel.io.server.get_server(
        {"/": lambda: View(model, images).layout},
        port=port,
        address=_ADDRESS,
        websocket_origin=hosts,
        prefix=token,
        loop=loop,
        title=f"nengo_lifdeep: {_name(model)}",
    )
    guard(server, token, hosts)
    return server


def _name(model: TrainedModel | SpikingModel) -> str:
    return model.name if isinstance(model, SpikingModel) else model.architecture.name


def _free_port(port: int) -> int:
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 65536:
        raise ValidationError(f"port is {port!r}; expected 0 to 65535")
    with socket.socket() as probe:
        try:
            probe.bind((_ADDRESS, port))
        except OSError as error:
            raise ValidationError(f"port {port} is in use ({error}); choose another") from error
        return int(probe.getsockname()[1])
