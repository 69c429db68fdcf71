"""Keras files: loaded when they are plain, refused when they are damaged or would run code."""

import json
import shutil
import zipfile

import numpy as np
import pytest

from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ModelFileError
from nengo_lifdeep.importers.keras.model import from_keras

from .conftest import randomise


def plain(keras):
    K = keras.layers
    return randomise(keras.Sequential([
        keras.Input((8, 8, 1)), K.Conv2D(3, 3, activation="relu"), K.Flatten(), K.Dense(2),
    ]))  # fmt: skip


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_files_of_both_kerases(keras, tmp_path, suffix):
    model, path = plain(keras), tmp_path / f"net.{suffix}"
    model.save(path)
    x = np.random.default_rng(0).uniform(size=(2, 8, 8, 1)).astype(np.float32)
    found = forward(convert(from_keras(path)), x)["output"]
    np.testing.assert_allclose(found, model.predict(x, verbose=0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_damaged_files(keras, tmp_path, suffix):
    path = tmp_path / f"net.{suffix}"
    plain(keras).save(path)
    whole = path.read_bytes()
    for cut in (0, 20, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:cut])
        with pytest.raises(ModelFileError, match=str(path)):
            from_keras(path)
    with pytest.raises(ModelFileError, match="there is no file"):
        from_keras(tmp_path / "none.keras")


def changed(path, to, member, change):
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, change(data) if info.filename == member else data)
    return to


def test_code_in_files_is_refused_before_anything_is_built(tmp_path):
    keras = pytest.importorskip("keras")
    path, marker = tmp_path / "net.keras", tmp_path / "ran"
    plain(keras).save(path)

    def with_class(name, module):
        def change(data):
            config = json.loads(data)
            config["config"]["layers"][1].update(class_name=name, module=module)
            return json.dumps(config)

        return changed(path, tmp_path / "evil.keras", "config.json", change)

    with pytest.raises(ModelFileError, match="Lambda layer, whose code would run"):
        from_keras(with_class("Lambda", "keras.layers"))
    with pytest.raises(ModelFileError, match=r"os\.system, of another package"):
        from_keras(with_class("system", "os"))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x)])
    model.save(tmp_path / "lambda.keras")
    with pytest.raises(ModelFileError, match="Lambda"):
        from_keras(tmp_path / "lambda.keras")
    assert not marker.exists()


def test_members_and_sizes_that_lie(tmp_path):
    keras = pytest.importorskip("keras")
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "net.keras"
    plain(keras).save(path)
    outside = tmp_path / "outside.keras"
    shutil.copy(path, outside)
    with zipfile.ZipFile(outside, "a") as file:
        file.writestr("../evil.py", "1")
    with pytest.raises(ModelFileError, match="outside of the file"):
        from_keras(outside)
    lacking = changed(path, tmp_path / "l.keras", "metadata.json", lambda d: d)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(lacking, "w") as new:
        new.writestr("config.json", old.read("config.json"))
    with pytest.raises(ModelFileError, match=r"metadata\.json is not in it"):
        from_keras(lacking)

    huge = tmp_path / "weights.h5"
    with h5py.File(huge, "w") as file:  # a hole of 16 TB: declared, never written
        file.create_dataset("w", shape=(2**42,), dtype="f4", chunks=(1024,))
    bomb = changed(path, tmp_path / "b.keras", "model.weights.h5", lambda d: huge.read_bytes())
    with pytest.raises(ModelFileError, match="17,592,186,044,416 bytes"):
        from_keras(bomb)
    with h5py.File(tmp_path / "only.h5", "w") as file:
        file.create_dataset("w", data=np.zeros(3))
    with pytest.raises(ModelFileError, match="weights only"):
        from_keras(tmp_path / "only.h5")


def test_a_byte_too_many_in_an_attribute(tmp_path):
    """HDF5 does not return from a heap whose entries are out of step; refused before it reads."""
    keras = pytest.importorskip("keras")
    path = tmp_path / "net.h5"
    plain(keras).save(path)
    data = path.read_bytes()
    at = data.index(b'"class_name": "DTypePolicy"') + 20
    path.write_bytes(data[:at] + b"x" + data[at:])
    with pytest.raises(ModelFileError, match=r"net\.h5 is damaged: its text at byte .* is broken"):
        from_keras(path)


def test_folders_of_tensorflow_say_what_to_give(tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"\x08")
    with pytest.raises(ModelFileError) as told:
        from_keras(folder)
    words = "is a SavedModel", "model.save('model.keras')", f"--saved-model {folder} --output"
    for text in words:
        assert text in str(told.value)
