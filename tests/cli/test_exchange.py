"""Networks that are put on a server and got from there, with their checksums."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nengo_lifdeep import evaluate
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.pretrained.exchange import checksum
from nengo_lifdeep.training.random_features import trained_example


@pytest.fixture
def published(lifdeep, trained_file, tmp_path, monkeypatch):
    """A folder as `push` makes it; commands are called in another one, with a cache of their "
    "own."""
    folder = tmp_path / "published"
    done = lifdeep("push", trained_file, folder, "--licence", "cc-by-4.0", "--limit", "Bars only.")
    assert done.exit_code == 0, done.output
    sha256 = hashlib.sha256((folder / "bars.lifdeep").read_bytes()).hexdigest()
    assert done.stdout == f"lifdeep pull ADDRESS/bars.lifdeep --sha256 {sha256}\n"
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("NENGO_LIFDEEP_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def server(published):
    """The folder on a server of this machine: its address, and what was asked of it."""
    pytest.importorskip("pooch")
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, form, *values):
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=published)) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", asked
        running.shutdown()


def test_what_is_published(published, trained_file):
    """The same network with its licence inside, the checksum of sha256sum, and a card."""
    names = sorted(path.name for path in published.iterdir())
    assert names == ["README.md", "bars.lifdeep", "bars.lifdeep.sha256"]
    net, own = TrainedModel.load(published / "bars.lifdeep"), TrainedModel.load(trained_file)
    assert net.provenance == {**own.provenance, "licence": "cc-by-4.0"}
    for layer, group in own.weights.items():
        for name, array in group.items():
            assert (net.weights[layer][name] == array).all()
    said = (published / "bars.lifdeep.sha256").read_text()
    assert said == f"{checksum(published / 'bars.lifdeep')}  bars.lifdeep\n"
    card = (published / "README.md").read_text()
    assert card.startswith('---\nlicense: "cc-by-4.0"\n') and "- Bars only." in card
    assert "- licence: cc-by-4.0" in card


def test_from_a_server(lifdeep, server, published, tmp_path):
    address, asked = server
    done = lifdeep("pull", f"{address}/bars.lifdeep")
    assert done.exit_code == 0, done.output
    assert "- licence: cc-by-4.0" in done.stdout and "as expected" in done.stderr
    got = tmp_path / "here" / "bars.lifdeep"
    assert got.read_bytes() == (published / "bars.lifdeep").read_bytes()
    assert asked == ["/bars.lifdeep.sha256", "/bars.lifdeep"]
    sha256 = checksum(got)
    again = lifdeep("pull", f"{address}/bars.lifdeep", "--sha256", sha256, "--out", "a/b.lifdeep")
    assert again.exit_code == 0 and len(asked) == 2  # the cache has it, by its checksum
    assert (tmp_path / "here" / "a" / "b.lifdeep").read_bytes() == got.read_bytes()
    assert lifdeep("evaluate", "bars.lifdeep", "--data", "bars", "--n", 2).exit_code == 0


@pytest.mark.parametrize("spelt", [str.upper, "sha256:{}".format])
def test_from_a_file(lifdeep, published, tmp_path, spelt):
    """Without pooch."""
    file = published / "bars.lifdeep"
    done = lifdeep("pull", file, "--sha256", spelt(checksum(file)), "--json")
    assert done.exit_code == 0 and '"cc-by-4.0"' in done.stdout, done.output
    assert (tmp_path / "here" / "bars.lifdeep").read_bytes() == file.read_bytes()
    assert lifdeep("pull", file).exit_code == 0  # the checksum beside it; the same file is there


def test_another_file_is_refused_before_it_is_read(lifdeep, server, published, tmp_path):
    address, _ = server
    file = published / "bars.lifdeep"
    right = checksum(file)
    file.write_bytes(b"\x80\x05 a pickle, which could run anything")
    for source in (file, f"{address}/bars.lifdeep"):
        for words in ((), ("--sha256", right), ("--sha256", 64 * "0")):
            done = lifdeep("pull", source, *words)
            assert done.exit_code == 4 and "Nothing of it was read" in done.stderr, done.output
    assert not list((tmp_path / "here").iterdir())
    assert not list((tmp_path / "cache").glob("*"))
    done = lifdeep("pull", file, "--sha256", "none")
    assert done.exit_code == 4 and "pickle" not in done.stdout  # no file of ours
    assert not list((tmp_path / "here").iterdir())


def test_a_cache_that_was_damaged_is_filled_again(lifdeep, server, published, tmp_path):
    address, asked = server
    assert lifdeep("pull", f"{address}/bars.lifdeep").exit_code == 0
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(b"damaged")
    assert lifdeep("pull", f"{address}/bars.lifdeep").exit_code == 0
    assert kept.read_bytes() == (published / "bars.lifdeep").read_bytes()


def test_without_a_checksum(lifdeep, server, published):
    address, _ = server
    (published / "bars.lifdeep.sha256").unlink()
    for source in (published / "bars.lifdeep", f"{address}/bars.lifdeep"):
        done = lifdeep("pull", source)
        assert done.exit_code == 2 and "there is no checksum beside" in done.stderr, done.output
        done = lifdeep("pull", source, "--sha256", "none")
        assert done.exit_code == 0 and "not compared with another" in done.stderr, done.output


@pytest.mark.parametrize("text", ["", "not found", "<html>", "12ab  bars.lifdeep"])
def test_a_checksum_that_is_none(lifdeep, published, text):
    (published / "bars.lifdeep.sha256").write_text(text)
    done = lifdeep("pull", published / "bars.lifdeep")
    assert done.exit_code == 2 and "no SHA-256 in the file" in done.stderr


def test_what_is_there_stays(lifdeep, published, tmp_path):
    mine = tmp_path / "here" / "bars.lifdeep"
    mine.write_text("mine")
    done = lifdeep("pull", published / "bars.lifdeep")
    assert done.exit_code == 2 and "is another file" in done.stderr and mine.read_text() == "mine"
    done = lifdeep("pull", published / "bars.lifdeep", "--out", tmp_path)
    assert done.exit_code == 6
    done = lifdeep("pull", published / "bars.lifdeep", "--out", published / "bars.lifdeep")
    assert done.exit_code == 0  # itself


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("nobody.lifdeep", 2, "no checksum beside"),
        ("ftp://example.org/a.lifdeep", 2, "begins with https://"),
        ("http://127.0.0.1:9/a.lifdeep", 4, "cannot be downloaded"),
        ("http://127.0.0.1:9/", 2, "names no file"),
        ("http://[::1/a.lifdeep", 2, "begins with https://"),
        ("http:///a.lifdeep", 2, "begins with https://"),
        ("http://127.0.0.1:9/\x1b[2J", 2, "names no file"),
    ],
)
def test_places_where_there_is_nothing(lifdeep, published, source, code, said):
    if "127.0.0.1:9/a" in source:
        pytest.importorskip("pooch")
    done = lifdeep("pull", source)
    assert done.exit_code == code and said in done.stderr, done.output
    if code == 4 or source == "nobody.lifdeep":
        done = lifdeep("pull", source, "--sha256", 64 * "a")
        assert done.exit_code == 4, done.output


def test_a_cache_that_is_none(lifdeep, server, tmp_path, monkeypatch):
    """A file where its folder is to be; a folder where its file is to be."""
    address, _ = server
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("NENGO_LIFDEEP_CACHE", str(tmp_path / "file"))
    done = lifdeep("pull", f"{address}/bars.lifdeep")
    assert done.exit_code == 4 and "cannot be downloaded" in done.stderr, done.output
    monkeypatch.setenv("NENGO_LIFDEEP_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache" / f"{64 * 'a'}.lifdeep").mkdir(parents=True)
    done = lifdeep("pull", f"{address}/bars.lifdeep", "--sha256", 64 * "a")
    assert done.exit_code == 4 and "cannot be downloaded" in done.stderr, done.output


def test_not_found_on_the_server(lifdeep, server):
    address, _ = server
    done = lifdeep("pull", f"{address}/nobody.lifdeep", "--sha256", 64 * "a")
    assert done.exit_code == 4 and "404" in done.stderr, done.output


@pytest.mark.parametrize("sha256", ["abc", 63 * "a", 64 * "g", "md5:" + 64 * "a"])
def test_checksums_that_are_none(lifdeep, published, sha256):
    done = lifdeep("pull", published / "bars.lifdeep", "--sha256", sha256)
    assert done.exit_code == 2 and "64 hexadecimal digits" in done.stderr


def test_without_pooch_the_extra_is_named(lifdeep, published, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    done = lifdeep("pull", "https://example.org/a.lifdeep")
    assert done.exit_code == 3 and "'sharing' extra" in done.stderr
    assert lifdeep("pull", published / "bars.lifdeep").exit_code == 0


def test_networks_in_spikes(lifdeep, published, spiking_file, tmp_path):
    done = lifdeep("push", spiking_file, tmp_path / "more", "--licence", "mit")
    assert done.exit_code == 0 and not (tmp_path / "more" / "README.md").exists()
    done = lifdeep("pull", tmp_path / "more" / "spiking.lifdeep")
    assert done.exit_code == 0 and "provenance.licence" in done.stdout, done.output
    assert SpikingModel.load("spiking.lifdeep").provenance["licence"] == "mit"
    done = lifdeep("push", spiking_file, tmp_path / "x", "--licence", "mit", "--use", "None.")
    assert done.exit_code == 2


def test_our_own_networks(lifdeep, published, tmp_path):
    assert lifdeep("push", "digits-compact", tmp_path / "own", "--licence", "mit").exit_code == 0
    assert (tmp_path / "own" / "digits-compact.lifdeep.sha256").is_file()
    assert lifdeep("push", "digits-compact", tmp_path / "own").exit_code == 2


def test_pushing_again_replaces_nothing_else(lifdeep, published, trained_file, tmp_path):
    """The same network again, with another text; not another page, network or licence."""
    words = ("push", trained_file, published, "--licence", "cc-by-4.0")
    done = lifdeep(*words, "--use", "Bars.")
    assert done.exit_code == 0, done.output
    page, file = published / "README.md", published / "bars.lifdeep"
    assert "Bars." in page.read_text() and "Bars only." not in page.read_text()
    before = file.read_bytes()
    for mine in ("# my project\n", b"\xff\x00".decode("latin-1")):
        page.write_text(mine, encoding="latin-1")
        done = lifdeep(*words)
        assert done.exit_code == 2 and "--replace" in done.stderr and "README.md" in done.stderr
        assert page.read_text(encoding="latin-1") == mine and file.read_bytes() == before
    assert lifdeep(*words, "--replace").exit_code == 0
    assert page.read_text().startswith('---\nlicense: "cc-by-4.0"')
    net = TrainedModel.load(trained_file)
    net = dataclasses.replace(net, provenance={**net.provenance, "commit": "another"})
    other = net.save(tmp_path / "other" / "bars.lifdeep")
    for words in (("push", other, published, "--licence", "cc-by-4.0"),
                  ("push", trained_file, published, "--licence", "mit")):  # fmt: skip
        done = lifdeep(*words)
        assert done.exit_code == 2 and "--replace" in done.stderr, done.output
        assert file.read_bytes() == before
    assert lifdeep(*words, "--replace").exit_code == 0
    assert TrainedModel.load(file).provenance["licence"] == "mit"


def test_another_network_in_spikes_stays(lifdeep, published, spiking_file, tmp_path):
    folder = tmp_path / "more"
    (folder / "README.md").parent.mkdir()
    (folder / "README.md").write_text("mine")  # networks in spikes have no card
    words = ("push", spiking_file, folder, "--licence", "mit")
    for _ in range(2):
        assert lifdeep(*words).exit_code == 0
    file = folder / "spiking.lifdeep"
    (file).write_bytes(b"mine")
    done = lifdeep(*words)
    assert done.exit_code == 2 and "--replace" in done.stderr and file.read_bytes() == b"mine"
    assert (folder / "README.md").read_text() == "mine"


def another_training(trained_file, path):
    """A file of the same architecture, name and origin with another weight."""
    net = TrainedModel.load(trained_file)
    arrays = {layer: dict(group) for layer, group in net.weights.items()}
    arrays["conv1"]["kernel"] = 1.1 * arrays["conv1"]["kernel"]
    return dataclasses.replace(net, weights=arrays).save(path)


def test_another_trainings_figures_and_card_are_refused(lifdeep, published, trained_file, tmp_path):
    """Same architecture, command, seed and data; before anything is written."""
    other, evaluation = (
        another_training(trained_file, tmp_path / "b.lifdeep"),
        tmp_path / "e.lifdeep",
    )
    trained = TrainedModel.load(trained_file)
    evaluate(TrainedModel.load(other), trained_example()[1].take(5)).save(evaluation)
    assert lifdeep("card", other, evaluation).exit_code == 0
    done = lifdeep("card", trained_file, evaluation)
    assert done.exit_code == 2 and trained.fingerprint in done.stderr and not done.stdout
    words = ("--licence", "mit", "--evaluation", evaluation)
    done = lifdeep("push", trained_file, tmp_path / "new", *words)
    assert done.exit_code == 2 and trained.fingerprint in done.stderr
    assert not list((tmp_path / "new").glob("*"))
    page = published / "README.md"
    before = page.read_text()
    done = lifdeep("push", other, published, "--licence", "mit")
    assert done.exit_code == 2 and "is not the card of this network" in done.stderr
    assert page.read_text() == before
    lines = [line for line in before.splitlines() if "fingerprint of the weights" not in line]
    page.write_text("\n".join(lines) + "\n")  # as it was written before there was one
    done = lifdeep("push", trained_file, published, "--licence", "cc-by-4.0")
    assert done.exit_code == 0, done.output
    assert f"- fingerprint of the weights: {trained.fingerprint}\n" in page.read_text()


def test_another_networks_figures_are_refused(lifdeep, published, trained_file, tmp_path):
    """Before anything is written."""
    evaluation = tmp_path / "found.lifdeep"
    done = lifdeep("evaluate", "digits-compact", "--n", 20, "--out", evaluation)
    assert done.exit_code == 0, done.output
    done = lifdeep("card", trained_file, evaluation)
    assert done.exit_code == 2 and "'digits-compact'" in done.stderr and not done.stdout
    words = ("--licence", "mit", "--evaluation", evaluation)
    done = lifdeep("push", trained_file, tmp_path / "new", *words)
    assert done.exit_code == 2 and "'digits-compact'" in done.stderr
    assert not list((tmp_path / "new").glob("*"))
    done = lifdeep("push", "digits-compact", tmp_path / "new", *words)
    assert done.exit_code == 0, done.output
    assert '"type": "digits"' in (tmp_path / "new" / "README.md").read_text()
