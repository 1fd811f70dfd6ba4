"""The package as its users meet it: exported names, what an import brings along, the command, and safe settings."""

from __future__ import annotations

import importlib.metadata
import re
import runpy
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from types import ModuleType

import pytest
import streamlit.config
from packaging.requirements import Requirement

import metrics_core as mc
from metrics_core import cli
from tests.benchmarks.__main__ import collect

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
# What code outside this project relies on.
PROMISED = {"FORMULAS", "Convention", "Formula", "Statistics", "count", "evaluate", "merge"}


def declared_requirements() -> list[Requirement]:
    texts = [*PROJECT["dependencies"], *(each for extra in PROJECT["optional-dependencies"].values() for each in extra)]
    return [Requirement(text) for text in texts]


def pinned_versions() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = (line.split("==") for line in lines if not line.startswith("#"))
    return {name.lower().replace("_", "-"): version for name, version in pins}


def relative_luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2, from 1 to 21."""
    dark, light = sorted((relative_luminance(one), relative_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class TestExportedNames:
    def test_promised_names_are_exported(self) -> None:
        assert set(mc.__all__) >= PROMISED

    def test_every_exported_name_is_there(self) -> None:
        assert [name for name in mc.__all__ if not hasattr(mc, name)] == []

    def test_nothing_else_is_public(self) -> None:
        for name in mc.__all__:
            getattr(mc, name)  # imports it
        public = {name for name in vars(mc) if not name.startswith("_")}
        modules = {name for name in public if isinstance(getattr(mc, name), ModuleType)}
        assert public - modules == set(mc.__all__) - modules

    def test_exported_functions_and_classes_are_described(self) -> None:
        described = [name for name in mc.__all__ if callable(getattr(mc, name))]
        assert [name for name in described if not (getattr(mc, name).__doc__ or "").strip()] == []

    def test_types_are_declared(self) -> None:
        assert (ROOT / "metrics_core" / "py.typed").is_file()


def test_the_library_imports_nothing_of_the_dashboard() -> None:
    code = "import sys, metrics_core; print(*{'streamlit', 'plotly', 'pandas', 'app'} & set(sys.modules))"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert imported.stdout.split() == []


class TestRequirements:
    @pytest.mark.parametrize("requirement", declared_requirements(), ids=lambda requirement: requirement.name)
    def test_the_tested_version_is_within_the_declared_range(self, requirement: Requirement) -> None:
        assert requirement.specifier.contains(pinned_versions()[requirement.name.lower()])

    def test_the_constraints_are_what_is_installed(self) -> None:
        installed = {name: importlib.metadata.version(name).split("+")[0] for name in pinned_versions()}
        assert installed == pinned_versions()

    def test_every_folder_of_the_wheel_exists(self) -> None:
        wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
        assert [path for path in wheel["only-include"] if not (ROOT / path).exists()] == []


class TestCommand:
    def test_the_command_is_installed(self) -> None:
        (entry,) = importlib.metadata.entry_points(group="console_scripts", name="metric-explorer")
        assert entry.load() is cli.main

    @pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8.5"])
    def test_a_wrong_port_is_refused(self, port: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            cli.main([f"--port={port}"])
        assert f"a port is a number from 1 to 65535; got '{port}'" in capsys.readouterr().err

    def test_it_runs_where_the_settings_are(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        started: list[tuple[Path, list[str]]] = []
        monkeypatch.setattr(runpy, "run_module", lambda *_, **__: started.append((Path.cwd(), sys.argv)))
        monkeypatch.setattr(sys, "argv", ["metric-explorer"])
        monkeypatch.chdir(tmp_path)
        cli.main([])
        ((folder, arguments),) = started
        assert (folder / ".streamlit" / "config.toml").is_file()
        assert arguments[:3] == ["streamlit", "run", str(ROOT / "app" / "main.py")]
        assert "--server.address=127.0.0.1" in arguments

    def test_it_serves_from_any_folder_and_ends_when_told_to(self, tmp_path: Path) -> None:
        (tmp_path / ".streamlit").mkdir()
        (tmp_path / ".streamlit" / "config.toml").write_text('[server]\nbaseUrlPath = "elsewhere"\n')
        port = free_port()
        code = "from metrics_core.cli import main; main()"
        command = [sys.executable, "-c", code, "--no-browser", f"--port={port}"]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
            try:
                assert answer(f"http://127.0.0.1:{port}/_stcore/health", process) == "ok"
            finally:
                process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0


def answer(url: str, process: subprocess.Popen[bytes]) -> str:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.read().decode()
        except urllib.error.URLError:
            time.sleep(0.1)
    return f"the server ended with {process.returncode}"


class TestSettings:
    @pytest.mark.parametrize("section", ["server", "browser", "client", "theme", "theme.light", "theme.dark"])
    def test_streamlit_knows_every_setting(self, section: str) -> None:
        known = streamlit.config.get_options_for_section(section)
        settings = SETTINGS
        for part in section.split("."):
            settings = settings[part]
        assert {name for name, value in settings.items() if not isinstance(value, dict)} <= known.keys()

    def test_nothing_comes_from_another_host(self) -> None:
        assert re.findall(r"https?:|//", (ROOT / ".streamlit" / "config.toml").read_text()) == []

    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("background", ["backgroundColor", "secondaryBackgroundColor"])
    def test_text_and_links_are_legible(self, theme: str, background: str) -> None:
        colours = SETTINGS["theme"][theme]
        assert contrast(colours["textColor"], colours[background]) >= 7
        assert contrast(colours["linkColor"], colours[background]) >= 4.5
        assert contrast(colours["primaryColor"], colours[background]) >= 3

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_a_sequential_scale_runs_away_from_the_background(self, theme: str) -> None:
        colours = SETTINGS["theme"][theme]
        steps = [contrast(colour, colours["backgroundColor"]) for colour in colours["chartSequentialColors"]]
        assert len(steps) == 10
        assert steps == sorted(steps)


def test_tests_reach_no_other_machine() -> None:
    with socket.socket() as outward, pytest.raises(AssertionError, match="tried to reach"):
        outward.connect(("192.0.2.1", 80))


def test_every_benchmark_can_be_run() -> None:
    assert all(callable(run) for run in collect().values())
