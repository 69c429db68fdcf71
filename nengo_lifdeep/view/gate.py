"""Access control of the view's server: only pages of this machine that hold the token.

The address 127.0.0.1 keeps other machines out, but not the pages of other sites in the user's own
browser: a name that is made to point here (DNS rebinding) reaches any port, and a picture or a
script of a foreign page can ask for any address it can guess. So the server answers only requests
whose Host is its own, whose Origin, if there is one, is its own, and whose path begins with a
random token; and its pages load nothing from elsewhere.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any

from ..support.consoles import visible

__all__ = ["guard", "new_token"]

#: a script element; what stands inside one is left as it is
_SCRIPT = re.compile(rb"<script\b([^>]*>.*?</script>)", re.DOTALL)

_ALWAYS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def new_token() -> str:
    """A random path that cannot be guessed: 192 bits.

    Examples
    --------
    >>> len(new_token()), new_token() == new_token()
    (48, False)
    """
    return secrets.token_hex(24)


def guard(server: Any, token: str, hosts: list[str]) -> None:
    """Put the gate before a Bokeh server that has not been started.

    Parameters
    ----------
    server : bokeh.server.server.Server
        Made with ``prefix=token``.
    token : str
        From `new_token`.
    hosts : list of str
        The values of the header Host that are its own, ``"127.0.0.1:5006"``.
    """
    from tornado import routing, web, websocket

    application = server._tornado
    application.settings["log_function"] = _log
    application.add_transform(_headers_for(hosts))
    for rule in _all_rules(application):
        if isinstance(rule.target, type) and issubclass(rule.target, websocket.WebSocketHandler):
            rule.target = _closing(rule.target)

    class Own(routing.Matcher):
        """Requests from this machine's pages that know the token."""

        def match(self, request: Any) -> dict[str, Any] | None:
            return {} if _is_own(request, token, hosts) else None

    class Icon(web.RequestHandler):
        """The icon that every browser requests; it does not exist."""

        def get(self) -> None:
            self.set_status(204)

    class Refused(web.RequestHandler):
        """Everything else."""

        def prepare(self) -> None:
            self.set_status(404)
            self.set_header("Content-Type", "text/plain")
            self.finish("Not found. Open the whole address that was printed; it holds a token.\n")

    icon = web.Application([(f"/{token}/favicon.ico", Icon)], log_function=_log)
    rules = [
        routing.Rule(routing.PathMatches(f"/{token}/favicon.ico"), icon),
        routing.Rule(Own(), application),
        routing.Rule(routing.AnyMatches(), web.Application([(".*", Refused)], log_function=_log)),
    ]
    server._http.request_callback = routing.RuleRouter(rules)


def _log(handler: Any) -> None:
    """Tornado's line for a request that was refused or failed, without what steers a terminal."""
    from tornado.log import access_log

    if handler.get_status() >= 400:
        request = handler.request
        asked = visible(f"{request.method} {request.uri} ({request.remote_ip})")
        access_log.warning("%d %s", handler.get_status(), asked)


def _all_rules(router: Any) -> Iterator[Any]:
    """Rules of a Tornado application, those of the applications inside it too."""
    inner = [getattr(router, name, None) for name in ("default_router", "wildcard_router")]
    rules = [rule for each in (router, *inner) for rule in getattr(each, "rules", [])]
    for rule in rules:
        yield rule
        if rule.target is not router and hasattr(rule.target, "rules"):
            yield from _all_rules(rule.target)


def _closing(handler: type) -> type:
    """A handler of sockets that closes one it does not understand, instead of a traceback.

    Whoever knows the address may speak another protocol than Bokeh's, or send no session.
    """

    class Closing(handler):
        def open(self, *args: Any, **kwargs: Any) -> Any:
            try:
                return super().open(*args, **kwargs)
            except Exception:  # whatever Bokeh meets in what a stranger sent
                self.close(1002, "expected Bokeh's protocol")
                return None

    return Closing


def _is_own(request: Any, token: str, hosts: list[str]) -> bool:
    origin = request.headers.get("Origin")
    if request.headers.get_list("Host") not in [[host] for host in hosts]:
        return False
    if origin is not None and origin not in [f"http://{host}" for host in hosts]:
        return False
    path = request.path.split("/")
    knows = len(path) > 1 and secrets.compare_digest(path[1].encode(), token.encode())
    return knows and path[-1] != "autoload.js"  # for pages that embed an application: none here


def _headers_for(hosts: list[str]) -> Any:
    """Tornado's hook for the headers of every answer."""
    from tornado import web

    class Headers(web.OutputTransform):
        """No content from elsewhere, no embedding, no scripts except those of the page."""

        def __init__(self, request: Any) -> None:
            pass

        def transform_first_chunk(
            self, status_code: int, headers: Any, chunk: bytes, finishing: bool
        ) -> tuple[int, Any, bytes]:
            for name in [n for n in headers if n.lower().startswith("access-control-")]:
                del headers[name]
            for name, value in _ALWAYS.items():
                headers[name] = value
            if headers.get("Content-Type", "").startswith("text/html"):
                nonce = secrets.token_urlsafe(16)
                chunk = _SCRIPT.sub(rb'<script nonce="' + nonce.encode() + rb'"\1', chunk)
                headers["Content-Length"] = str(len(chunk))
                headers["Content-Security-Policy"] = _policy(nonce, hosts)
                headers["Cache-Control"] = "no-store"
            return status_code, headers, chunk

    return Headers


def _policy(nonce: str, hosts: list[str]) -> str:
    """A content security policy: the scripts that the page came with, from here, and no others.

    BokehJS compiles small functions from text, hence ``unsafe-eval``, and Panel loads modules that
    it puts together itself, hence ``blob:``. Handlers in attributes, and scripts that arrive later,
    are not run.
    """
    sockets = " ".join(f"ws://{host}" for host in hosts)
    return "; ".join([
        "default-src 'none'",
        f"script-src 'self' blob: 'unsafe-eval' 'nonce-{nonce}'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        f"connect-src 'self' {sockets}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ])  # fmt: skip
