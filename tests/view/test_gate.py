"""The view attacked: foreign hosts and pages, markup in names, requests without a browser."""

from __future__ import annotations

import dataclasses
import http.client
import http.server
import logging
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

pytest.importorskip("panel")
pytest.importorskip("playwright.sync_api")

from .chromium import CHROMIUM, chromium, patient_page

in_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium; install it, e.g. Debian's package chromium"
)
SCRIPT = "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"


@pytest.fixture(scope="module")
def running(example):
    """The example with markup wherever a file has text."""
    from nengo_lifdeep.view import serve

    trained, images = example
    names = tuple(f"{SCRIPT} class {k}" for k in range(len(trained.classes)))
    net = dataclasses.replace(trained.architecture, name=f"</title>{SCRIPT} network")
    trained = dataclasses.replace(trained, architecture=net, classes=names)
    running = serve(trained, images.take(5), show=False, threaded=True)
    yield running
    running.stop()


def ask(running, path: str | None = None, **headers: str) -> http.client.HTTPResponse:
    address = urlsplit(running.url)
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
    connection.putrequest("GET", address.path if path is None else path, skip_host=True)
    for name, value in {"Host": address.netloc, **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_only_its_own_host_origin_and_token(running):
    address = urlsplit(running.url)
    assert ask(running).status == 200
    assert ask(running, Host=f"localhost:{address.port}").status == 200
    assert ask(running, Origin=f"http://{address.netloc}").status == 200
    for host in ("evil.example", f"evil.example:{address.port}", "127.0.0.1", "127.0.0.1:80", ""):
        assert ask(running, Host=host).status == 404, host
    for origin in ("http://evil.example", "null", f"https://{address.netloc}"):
        assert ask(running, Origin=origin).status == 404, origin
    wrong = "0" * len(address.path.strip("/"))
    for path in ("/", f"/{wrong}/", "/static/js/bokeh.min.js", "/favicon.ico", "/ws", "//"):
        assert ask(running, path).status == 404, path
    assert ask(running, f"{address.path}autoload.js?bokeh-autoload-element=x").status == 404


def test_two_hosts_in_one_request_are_refused(running):
    address = urlsplit(running.url)
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
    connection.putrequest("GET", address.path, skip_host=True)
    connection.putheader("Host", "evil.example")
    connection.putheader("Host", address.netloc)
    connection.endheaders()
    assert connection.getresponse().status in (400, 404)


def test_a_page_says_what_it_may_load(running):
    answer = ask(running)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "*" not in policy and "http" not in policy
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_request_without_a_browser_runs_nothing(running, monkeypatch):
    runs = []
    monkeypatch.setattr("nengo_lifdeep.view.showing.run_image", lambda *a, **o: runs.append(a))
    for _ in range(3):
        assert ask(running).status == 200
    time.sleep(0.5)
    assert runs == []


@pytest.fixture
def browser():
    with chromium("--host-resolver-rules=MAP evil.example 127.0.0.1") as browser:
        yield browser


@in_chromium
def test_names_from_files_are_text(running, browser):
    page = patient_page(browser)
    page.goto(running.url)
    page.get_by_text("class").first.wait_for()
    page.get_by_text("answer").first.wait_for()
    time.sleep(1)
    assert page.evaluate("window.ran") is None
    said = page.locator("text=answer").first.inner_text()
    assert "<script>" in said or "none yet" in said
    assert page.title().startswith("/titlescriptwindow.ran = 1")


@in_chromium
def test_a_name_that_is_made_to_point_here_is_refused(running, browser):
    """DNS rebinding: the browser believes that the server is evil.example."""
    address = urlsplit(running.url)
    page = patient_page(browser)
    answer = page.goto(f"http://evil.example:{address.port}{address.path}")
    assert answer is not None and answer.status == 404


@in_chromium
def test_a_foreign_page_cannot_use_the_view(running, browser, tmp_path):
    """Even with the address: no script, no request, no socket, no frame."""
    (tmp_path / "index.html").write_text("<!doctype html><title>foreign</title>")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(tmp_path))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as foreign:
        threading.Thread(target=foreign.serve_forever, daemon=True).start()
        page = patient_page(browser)
        page.goto(f"http://evil.example:{foreign.server_port}/index.html")
        tried = page.evaluate(
            """async ([url, socket]) => {
                const fetched = await fetch(url).then(() => "answered", () => "refused");
                const script = await new Promise(done => {
                    const s = document.createElement("script");
                    s.src = url + "autoload.js?bokeh-autoload-element=a";
                    s.onload = () => done("answered"); s.onerror = () => done("refused");
                    document.head.append(s);
                });
                const spoken = await new Promise(done => {
                    const w = new WebSocket(socket, ["bokeh", "x"]);
                    w.onopen = () => done("answered"); w.onerror = () => done("refused");
                });
                const framed = await new Promise(done => {
                    const f = document.createElement("iframe");
                    f.onload = () => setTimeout(() => done(f.contentDocument === null
                        || f.contentDocument.title === "" ? "refused" : "answered"), 500);
                    f.src = url; document.body.append(f);
                });
                return [fetched, script, spoken, framed];
            }""",
            [running.url, running.url.replace("http:", "ws:") + "ws"],
        )
        foreign.shutdown()
    assert tried == ["refused"] * 4


@pytest.mark.parametrize("protocol", [None, "", "bokeh", "bokeh, x", "x, y", "bokeh, " + "A" * 999])
def test_a_socket_of_another_protocol_is_closed_in_silence(running, capfd, caplog, protocol):
    """Bokeh's handler raises while it opens, and Tornado prints the traceback."""
    address = urlsplit(running.url)
    lines = [
        f"GET {address.path}ws HTTP/1.1", f"Host: {address.netloc}", "Upgrade: websocket",
        "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]  # fmt: skip
    if protocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {protocol}")
    with socket.create_connection(("127.0.0.1", address.port), timeout=30) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while b"\x88" not in answer:  # the frame that closes
            more = client.recv(1000)
            assert more, answer
            answer += more
    assert b"1.1 101 " in answer
    assert not [each for each in caplog.records if each.exc_info]
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("steering", [b"\x9b2J", b"\x1b]0;title\x07"])
@pytest.mark.parametrize("known", [False, True])
def test_an_address_does_not_steer_the_terminal(running, caplog, monkeypatch, known, steering):
    """Tornado prints what it refused. Some of its versions take escape characters in addresses."""
    monkeypatch.setattr(logging.getLogger("tornado"), "propagate", True)  # Dask, once imported,
    caplog.set_level(logging.WARNING, logger="tornado.access")  # keeps Tornado quiet
    address = urlsplit(running.url)
    path = (address.path if known else "/").encode() + b"a" + steering
    with socket.create_connection(("127.0.0.1", address.port), timeout=30) as client:
        client.sendall(b"GET " + path + f" HTTP/1.0\r\nHost: {address.netloc}\r\n\r\n".encode())
        answer = client.recv(1000)
    assert b" 404 " in answer or (b" 400 " in answer and b"\x1b" in steering)
    expected = not known and b" 404 " in answer
    end = time.monotonic() + 30

    def said():
        return " ".join(record.getMessage() for record in caplog.records)

    while expected and "404 GET" not in said() and time.monotonic() < end:
        time.sleep(0.01)  # it is printed after the answer
    assert said().isprintable()
    assert "404 GET /a" in said() or not expected
