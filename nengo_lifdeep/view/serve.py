"""The view in a browser, served to this machine only."""

from __future__ import annotations

import logging
import re
import socket
import threading
import webbrowser
from typing import Any

from ..compat.requirements import import_optional
from ..datasets.base import Dataset, Split
from ..errors import ValidationError
from ..models import SpikingModel, TrainedModel
from .app import View
from .choices import Shelf, name_of
from .gate import guard, new_token

__all__ = ["RunningView", "serve"]

#: reachable from this machine, and from nowhere else
_ADDRESS = "127.0.0.1"

#: on a phone the whole page scrolls, and the controls stand below the pictures
_STACKED = """
#header .app-header a.title { font-size: 1.3rem; line-height: 1.2; white-space: normal; }
#header { flex-wrap: nowrap; }
@media (max-width: 760px) {
  #container { height: auto !important; overflow: visible !important; }
  #content { display: flex; flex-direction: column-reverse; overflow: visible !important; }
  #main { width: 100%; overflow: visible; max-height: none !important; }
  #content #sidebar { display: block !important; position: static; border: none;
    width: 100% !important; max-width: 100% !important; height: auto !important; }
  #sidebar-toggle { display: none; }
}
"""


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
    images: Split | Dataset,
    *,
    beside: TrainedModel | SpikingModel | None = None,
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
    images : Split or Dataset
        Images to choose from; of a data set those for tests.
    beside : TrainedModel or SpikingModel, optional
        A second network that is shown the same image.
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
    ValidationError, ConversionError, DataError
        If a network is something else, or cannot be turned into spikes, or the images are none.
    MissingDependencyError
        If Panel is not installed (extra ``view``).
    """
    import_optional("panel")
    from tornado.ioloop import IOLoop  # Panel's server stands on it

    number, token = _free_port(port), new_token()
    url = f"http://{_ADDRESS}:{number}/{token}/"
    loop = IOLoop(make_current=False)
    _let_pages_be_closed(loop)
    server = _server(Shelf(model, images, beside), number, token, loop)
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


def _let_pages_be_closed(loop: Any) -> None:
    """Say nothing of pictures that were on their way to a page when its user closed it.

    Parameters
    ----------
    loop : tornado.ioloop.IOLoop
        The server's own.
    """
    from tornado.websocket import WebSocketClosedError

    def other(around: Any, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), WebSocketClosedError):
            around.default_exception_handler(context)

    loop.asyncio_loop.set_exception_handler(other)
    log = logging.getLogger("bokeh.server.views.ws")
    if _is_news not in log.filters:
        log.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return "connection was closed" not in record.getMessage()


def _run(server: Any, loop: Any) -> None:
    try:
        loop.start()
    except KeyboardInterrupt:
        print("stopped", flush=True)
    finally:
        server.stop()


def _server(shelf: Shelf, port: int, token: str, loop: Any) -> Any:
    """A Bokeh server with its gate, not yet started."""
    panel = import_optional("panel")
    hosts = [f"{name}:{port}" for name in (_ADDRESS, "localhost")]
    title = f"{name_of(shelf.network(shelf.first))} | nengo_lifdeep"
    server = panel.io.server.get_server(
        {"/": lambda: _page(shelf, title)},
        port=port,
        address=_ADDRESS,
        websocket_origin=hosts,
        prefix=token,
        loop=loop,
        title=title,
    )
    guard(server, token, hosts)
    return server


def _page(shelf: Shelf, title: str) -> Any:
    """What a visitor gets: controls at the side, or below on a phone; light, or dark if asked."""
    panel = import_optional("panel")
    dark = panel.state.session_args.get("theme") == [b"dark"]
    shown = View(shelf, dark=dark)
    theme = panel.widgets.Button(name="light" if dark else "dark", width=70)
    theme.js_on_click(code=f"window.location.search = '?theme={'light' if dark else 'dark'}'")
    return panel.template.BootstrapTemplate(
        title=re.sub("[<>&\"']", "", title),  # HTML in one place of the template, text in others
        theme="dark" if dark else "default",
        header=[panel.Row(theme, align="end")],
        header_background="#0b3d5c",
        header_color="#ffffff",
        sidebar=[shown.controls],
        sidebar_width=300,
        main=[shown.stage.column],
        busy_indicator=None,
        raw_css=[_STACKED],
    )


def _free_port(port: int) -> int:
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 65536:
        raise ValidationError(f"port is {port!r}; expected 0 to 65535")
    with socket.socket() as probe:
        try:
            probe.bind((_ADDRESS, port))
        except OSError as error:
            raise ValidationError(f"port {port} is in use ({error}); choose another") from error
        return int(probe.getsockname()[1])
