"""Find a Chromium for the browser tests, or install one: `python -m tests.browser.install`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
APT = (("apt-get", "update"), ("apt-get", "install", "--yes", "--no-install-recommends", "chromium"))
PLAYWRIGHT = ((sys.executable, "-m", "playwright", "install", "chromium"),)


def find_chromium() -> Path | None:
    """Return the browser named by CHROMIUM, the system's Chromium or Chrome, or Playwright's own; None without any."""
    named = os.environ.get("CHROMIUM")
    if named:
        return _existing(shutil.which(named))
    found = (_existing(shutil.which(name)) for name in NAMES)
    return next((path for path in found if path), None) or _existing(_playwright_path())


def install_chromium() -> None:
    """Install Chromium with apt where that is possible, else with Playwright."""
    with_apt = shutil.which("apt-get") is not None and os.geteuid() == 0
    if not (with_apt and _run_all(APT)):
        _run_all(PLAYWRIGHT)


def _playwright_path() -> str:
    code = "from playwright.sync_api import sync_playwright as p\nwith p() as w: print(w.chromium.executable_path)"
    return subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=False).stdout.strip()


def _existing(path: str | None) -> Path | None:
    return Path(path) if path and Path(path).is_file() else None


def _run_all(commands: tuple[tuple[str, ...], ...]) -> bool:
    return all(subprocess.run(command, check=False).returncode == 0 for command in commands)


def main() -> None:
    """Make sure that there is a browser; end with a sentence that says what to do if there can be none."""
    if os.environ.get("CHROMIUM") and not find_chromium():
        sys.exit(f"CHROMIUM names {os.environ['CHROMIUM']!r}, which is no program here; correct it or unset it.")
    if not find_chromium():
        install_chromium()
    browser = find_chromium()
    if not browser:
        sys.exit(
            "The browser tests need Chromium, and neither apt nor Playwright could install it; set CHROMIUM to one."
        )
    sys.stdout.write(f"browser: {browser}\n")


if __name__ == "__main__":
    main()
