"""Options in a TOML file, and the file from a command line."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from nengo_lifdeep.cli import app
from nengo_lifdeep.cli.config_file import key_of
from nengo_lifdeep.records import Evaluation
from nengo_lifdeep.support.toml import read_toml

COMMANDS = get_command(app).commands


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write a file of options; commands are called beside it."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="run.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_run_from_a_file(lifdeep, written, trained_file):
    """The same as with the options on the line, which go before those of the file."""
    common = f'model = "{trained_file}"\ndata = "bars"\nn = 6\n'
    file = written(f'[evaluate]\n{common}simulator = ["nengo"]\nt-c = 5\nt-p = 20.0\njson = true\n')
    found = lifdeep("evaluate", "--config", file)
    assert found.exit_code == 0, found.output
    line = ("--data", "bars", "--n", 6, "-s", "nengo", "--t-c", 5, "--t-p", 20, "--json")
    same = json.loads(lifdeep("evaluate", trained_file, *line).stdout)
    (row,) = json.loads(found.stdout)
    assert {**row, "seconds": 0} == {**same[0], "seconds": 0} or row.keys() == same[0].keys()
    assert (row["n_images"], row["simulator"]) == (6, "nengo")
    other = lifdeep("evaluate", "--config", file, "--n", 3, "-s", "rate", "-s", "events")
    assert [(r["n_images"], r["simulator"]) for r in json.loads(other.stdout)] == [
        (3, "rate"),
        (3, "events"),
    ]


def test_files_are_named_from_the_folder_of_the_file(lifdeep, written, trained_file, tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "net.lifdeep").write_bytes(trained_file.read_bytes())
    options = 'model = "net.lifdeep"\ndata = "bars"\nn = 3\nquiet = true\nout = "found/e.lifdeep"\n'
    written(f"[evaluate]\n{options}", "study/run.toml")
    done = lifdeep("evaluate", "--config", "study/run.toml")
    assert done.exit_code == 0, done.output
    assert Evaluation.load(tmp_path / "study" / "found" / "e.lifdeep").n_images == 3


def test_names_of_our_networks_are_no_files(lifdeep, written):
    written('[info]\nmodel = "digits-compact"\n', "deep/run.toml")
    parameter = next(p for p in COMMANDS["info"].params if p.param_type_name == "argument")
    written(f'[info]\n{key_of(parameter)} = "digits-compact"\n', "deep/run.toml")
    done = lifdeep("info", "--config", "deep/run.toml")
    assert done.exit_code == 0 and "digits-compact" in done.stdout, done.output


def test_what_is_saved_repeats_the_run(lifdeep, written, trained_file, tmp_path):
    line = ("evaluate", trained_file, "--data", "bars", "--n", 5, "--seed", 3, "-s", "events",
            "--no-reset", "--t-c", 4, "--t-p", 10.5, "--quiet", "--out", "e.lifdeep")  # fmt: skip
    first = lifdeep(*line, "--save-config", "again/run.toml")
    assert first.exit_code == 0 and "options: again/run.toml" in first.stderr, first.output
    kept = read_toml(tmp_path / "again" / "run.toml", "")["evaluate"]
    assert kept["seed"] == 3 and kept["t-p"] == 10.5 and kept["simulator"] == ["events"]
    assert kept["no-reset"] and kept["out"] == "../e.lifdeep" and "ladder" not in kept
    Path("e.lifdeep").rename("before.lifdeep")
    again = lifdeep("evaluate", "--config", "again/run.toml")
    assert again.exit_code == 0, again.output
    one, two = Evaluation.load("before.lifdeep"), Evaluation.load("e.lifdeep")
    assert (one.predictions == two.predictions).all() and one.presentation == two.presentation
    twice = lifdeep("evaluate", "--config", "again/run.toml", "--save-config", "again/b.toml")
    assert twice.exit_code == 0
    assert Path("again/b.toml").read_text() == Path("again/run.toml").read_text()


def test_one_file_for_several_steps(lifdeep, written, trained_file, tmp_path):
    for words in (("info", trained_file), ("card", trained_file, "--limit", 'a "b" \\ µ\tc')):
        done = lifdeep(*words, "--save-config", "steps.toml")
        assert done.exit_code == 0, done.output
    kept = read_toml(tmp_path / "steps.toml", "")
    assert list(kept) == ["info", "card"] and kept["card"]["limit"] == ['a "b" \\ µ\tc']
    done = lifdeep("info", trained_file, "--save-config", "steps.toml")
    assert list(read_toml(tmp_path / "steps.toml", "")) == ["info", "card"]


def test_a_file_by_hand_is_not_written_over(lifdeep, written, trained_file):
    file = written('# my notes\n[info]\nname = "digits-compact"\n')
    before = file.read_text()
    done = lifdeep("info", trained_file, "--save-config", file)
    assert done.exit_code == 6 and file.read_text() == before
    assert lifdeep("info", trained_file, "--save-config", "run.json").exit_code == 2
    same = lifdeep("card", trained_file, "--out", "c.toml", "--save-config", "c.toml")
    assert same.exit_code == 2 and not Path("c.toml").exists()


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("[evaluate\n", 4, "cannot be read as TOML"),
        ("\udcff", 4, "cannot be read as TOML"),
        ("", 2, "has no table [evaluate], it is empty"),
        ("[train]\nepochs = 3\n", 2, "has no table [evaluate]; it has [train]"),
        ("[evalaute]\nn = 3\n", 2, "'evalaute' is no command; did you mean 'evaluate'?"),
        ("[toast]\nn = 3\n", 2, "'toast' is no command; expected tables such as [evaluate]"),
        ("evaluate = 3\n", 2, "evaluate is 3; expected a table, [evaluate]"),
        ("[evaluate]\nsimulators = ['rate']\n", 2, "did you mean 'simulator'?"),
        ("[evaluate]\nbatch_size = 5\n", 2, "did you mean 'batch-size'?"),
        ("[evaluate]\nzzz = 5\n", 2, "'zzz' is no option of this command; expected some of model"),
        ("[evaluate]\nconfig = 'a.toml'\n", 2, "'config' is no option"),
        ("[evaluate]\nn = '5'\n", 2, "n is '5'; expected a whole number"),
        ("[evaluate]\nn = 5.5\n", 2, "n is 5.5; expected a whole number"),
        ("[evaluate]\nn = true\n", 2, "n is True; expected a whole number"),
        ("[evaluate]\nn = [5]\n", 2, "n is [5]; expected a whole number"),
        ("[evaluate]\nladder = 'yes'\n", 2, "ladder is 'yes'; expected true or false"),
        ("[evaluate]\nsynapse = 3\n", 2, "synapse is 3; expected a text"),
        ("[evaluate]\nout = 3\n", 2, "out is 3; expected a text, the name of a file"),
        ("[evaluate]\nout = ''\n", 2, "out is empty"),
        ("[evaluate]\nt-p = 2020-01-01\n", 2, "expected a number"),
        ("[evaluate]\nsimulator = ['rate', 3]\n", 2, "expected a text or a list of these"),
        ("[evaluate]\nn = {a = 3}\n", 2, "expected a whole number"),
        ("[evaluate]\nn = 3\n[train]\nepoch = 3\n", 2, "did you mean 'epochs'?"),
    ],
)
def test_bad_files(lifdeep, written, trained_file, text, code, said):
    file = written("")
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = lifdeep("evaluate", trained_file, "--config", file)
    assert done.exit_code == code and said in done.stderr, done.output
    assert "run.toml" in done.stderr and not done.stdout


@pytest.mark.parametrize(
    "text", ["n = 0", "t-p = nan", "t-p = inf", "t-p = -1", "seed = 4294967296"]
)
def test_values_that_the_option_refuses(lifdeep, written, trained_file, text):
    file = written(f"[evaluate]\n{text}\n")
    done = lifdeep("evaluate", trained_file, "--data", "bars", "--config", file)
    key = text.split()[0]
    said = "".join(done.output.replace("│", " ").split())
    assert done.exit_code == 2 and f"run.toml,[evaluate],{key})" in said, done.output


def test_no_file_and_a_folder(lifdeep, written, trained_file, tmp_path):
    for place in ("none.toml", tmp_path):
        done = lifdeep("info", trained_file, "--config", place)
        assert done.exit_code == 4 and str(place) in done.stderr and "TOML" in done.stderr


def test_every_option_of_every_command_has_a_key(written):
    """No two of a command are the same, and none has a sign that TOML would have quoted."""
    for name, command in COMMANDS.items():
        keys = [key_of(p) for p in command.params]
        assert len(keys) == len(set(keys)) and {"config", "save-config"} <= set(keys), name
        assert all(key.replace("-", "").isalnum() and key.isascii() for key in keys), name


def test_every_command_reads_its_file(lifdeep, written):
    """A key that is none is refused by each; the commands do no work before."""
    for name in COMMANDS:
        file = written(f"[{name}]\nno-such-key = 1\n")
        done = lifdeep(name, "--config", file)
        assert done.exit_code == 2 and f"[{name}]: 'no-such-key'" in done.stderr, (
            name,
            done.output,
        )


def test_a_result_tells_the_whole_command(lifdeep, written, trained_file):
    """As the file may be another one later."""
    options = 'data = "bars"\nsimulator = ["rate"]\nquiet = true\nout = "e.lifdeep"\n'
    written(f"[evaluate]\nmodel = '{trained_file}'\nn = 3\n{options}")
    done = lifdeep("evaluate", "--config", "run.toml", "--n", 4)
    assert done.exit_code == 0, done.output
    said = Evaluation.load("e.lifdeep").command
    line = f"lifdeep evaluate {trained_file} --data bars --simulator rate --n 4"
    assert said == f"{line} --out e.lifdeep --quiet", said
    plain = lifdeep(*shlex.split(said)[1:])
    assert plain.exit_code == 0 and Evaluation.load("e.lifdeep").n_images == 4


def test_the_example_of_the_page(lifdeep, written, trained_file):
    """All of it is accepted: what is missing is the network that the first step would train."""
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    file = written(example)
    done = lifdeep("evaluate", "--config", file, "--n", 20)
    assert done.exit_code == 4 and "there is no file" in done.stderr
    assert "digits.lifdeep" in done.stderr, done.output
    done = lifdeep(
        "evaluate", trained_file, "--config", file, "--n", 4, "--data", "bars", "--quiet"
    )
    assert done.exit_code == 0 and "events" in done.stdout, done.output
