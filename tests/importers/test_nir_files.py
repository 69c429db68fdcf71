"""NIR files that are damaged, or made to harm."""

import io
import resource

import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import LifdeepError, ModelFileError
from nengo_lifdeep.exporters.nir.graph import to_nir
from nengo_lifdeep.importers.nir.model import from_nir
from nengo_lifdeep.layers import Conv2D, Dense, Flatten

nir = pytest.importorskip("nir")
h5py = pytest.importorskip("h5py")


@pytest.fixture
def path(tmp_path, make_network):
    model = convert(make_network((6, 6, 1), [Conv2D(2, 3), Flatten(), Dense(3)]), synapse=None)
    to_nir(model, tmp_path / "net.nir", tau_ref="metadata")
    assert from_nir(tmp_path / "net.nir").n_classes == 3
    return tmp_path / "net.nir"


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.6, 0.99])
def test_truncated(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ModelFileError, match=r"net\.nir is damaged, or no NIR file"):
        from_nir(path)


def test_bytes_changed_at_random(path):
    """Whatever happens, it is one of our errors or a network."""
    whole, rng = np.frombuffer(path.read_bytes(), np.uint8), np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        changed = whole.copy()
        changed[rng.integers(0, len(whole), 40)] = rng.integers(0, 256, 40)
        path.write_bytes(changed.tobytes())
        try:
            from_nir(path)
        except LifdeepError:
            refused += 1
    assert refused > 20


def damaged_heap(content, entry):
    """The first heap's first entry with another size, which HDF5 goes round in."""
    at = content.index(b"GCOL") + 16
    content[at + 8 : at + 16] = entry.to_bytes(8, "little")


def damaged_length(content, length):
    """The first string's own length, for which HDF5 fetches memory."""
    with h5py.File(io.BytesIO(bytes(content))) as file:
        at = file["node/edges"].id.get_offset()
    content[at : at + 4] = length.to_bytes(4, "little")


@pytest.mark.parametrize(
    ("damage", "number"),
    [(damaged_heap, 2**64 - 16), (damaged_heap, 2**40), (damaged_length, 2**31)],
)
def test_damaged_text(damage, number, path):
    """Refused before HDF5 reads it: of these it does not return, or fills the memory."""
    content = bytearray(path.read_bytes())
    damage(content, number)
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ModelFileError, match="refers to text of .* bytes that is not there"):
        from_nir(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_text_in_pieces(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("node/type", data=["LIF"], chunks=(1,), dtype=h5py.string_dtype())
    with pytest.raises(ModelFileError, match="node/type holds text in pieces"):
        from_nir(path)


def test_other_files(path, tmp_path):
    path.write_bytes(b"not at all HDF5" * 10)
    with pytest.raises(ModelFileError, match="damaged, or no NIR file"):
        from_nir(path)
    with pytest.raises(ModelFileError, match="there is no file"):
        from_nir(tmp_path / "none.nir")
    with pytest.raises(ModelFileError, match="there is no file"):
        from_nir(tmp_path)
    with pytest.raises(ModelFileError, match="expected a path or nir.NIRGraph"):
        from_nir(3)


def huge(node):
    node.create_dataset("weight", shape=(2**40,), dtype="f4", chunks=(1024,))


def huge_chunk(node):
    node.create_dataset("weight", shape=(1,), maxshape=(None,), dtype="f8", chunks=(2**27,))


def bomb(node):
    node.create_dataset("weight", data=np.zeros(2**27, np.float32), compression="gzip")


def many_names(node):
    node.create_dataset("weight", data=np.zeros(2**20, np.float32), compression="gzip")
    for i in range(200):
        node[f"again{i}"] = node["weight"]


def long_strings(node):
    node.create_dataset("edges", data=["x" * 1000] * 70_000, dtype=h5py.string_dtype())


def circle(node):
    node["inside"] = node


def external_link(node):
    node["weight"] = h5py.ExternalLink("other.h5", "/weight")


def soft_link(node):
    node["weight"] = h5py.SoftLink("/version")


def virtual(node):
    layout = h5py.VirtualLayout((10,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (10,))
    node.create_virtual_dataset("weight", layout)


def outside(node):
    node.create_dataset("weight", shape=(10,), dtype="u1", external=[("/etc/hostname", 0, 10)])


def references(node):
    node.create_dataset("weight", data=node.ref, dtype=h5py.ref_dtype)


def many_entries(node):
    for i in range(20_001):
        node.create_group(str(i))


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (huge, r"with /node/weight it declares 4,398,046,511,104 bytes"),
        (huge_chunk, "declares 1,073"),
        (bomb, "declares 536"),
        (many_names, "declares 2"),
        (long_strings, "70,000 strings"),
        (circle, "nested more than 40 deep"),
        (external_link, "node/weight is a link to elsewhere"),
        (soft_link, "node/weight is a link to elsewhere"),
        (virtual, "node/weight is in another file"),
        (outside, "node/weight is in another file"),
        (references, "node/weight holds object"),
        (many_entries, "more than 20,000"),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_made_to_harm(damage, text, path):
    with h5py.File(path, "w") as file:
        damage(file.create_group("node"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ModelFileError, match=text):
        from_nir(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


@pytest.mark.parametrize("node", ["Something", "NIRGraph", "LIF", ""])
def test_unknown_or_empty_nodes(node, path):
    with h5py.File(path, "w") as file:
        file.create_dataset("node/type", data=node)
    with pytest.raises(ModelFileError, match="damaged, or no NIR file"):
        from_nir(path)
