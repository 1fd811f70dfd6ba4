"""What the README shows can be run as it stands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def python_blocks() -> list[str]:
    """The Python examples."""
    return re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_there_is_a_python_example_of_few_lines() -> None:
    assert python_blocks()


@pytest.mark.parametrize("source", python_blocks())
def test_every_python_example_gives_what_its_comments_say(source: str) -> None:
    names: dict[str, object] = {}
    exec(source, names)
    claims = re.findall(r"^(.+?)\s+# -> ([-\d.]+)$", source, flags=re.MULTILINE)
    assert claims
    for expression, value in claims:
        assert f"{float(eval(expression, names)):.4f}" == value  # type: ignore[arg-type]


def test_every_make_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make ([a-z-]+)", README))
    assert {"run", "test", "check", "bench"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_every_file_it_points_to_exists() -> None:
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / path).exists(), path


def test_the_console_script_it_names_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "metric-explorer" in project["scripts"]
    assert "metric-explorer" in README
