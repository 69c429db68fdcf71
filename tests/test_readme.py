"""The README's Python, word for word."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.slow
@pytest.mark.tf
@pytest.mark.loihi
def test_the_code_runs_and_gives_small_errors(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(code.strip().splitlines()) <= 16
    exec(compile(code, str(README), "exec"), {})
    errors = [float(e) for e in re.findall(r"error ([0-9.]+) %", capsys.readouterr().out)]
    assert len(errors) == 4
    assert max(errors) <= 4.5
    assert max(errors) - errors[0] <= 1.5
