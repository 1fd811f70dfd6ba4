"""Security: the server's settings, what is never imported or opened, no connection at run time, and text as text."""

from __future__ import annotations

import ast
import io
import logging
import socket
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

import app.kept
import app.own_files
from metrics_core.cli.dashboard import streamlit_arguments
from metrics_core.files import Limits
from tests.test_explore_page import opened, saved, upload
from tests.test_files import picture

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "metrics_core").rglob("*.py"), *(ROOT / "app").rglob("*.py")])


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything in a source file."""
    return tuple(ast.walk(ast.parse(path.read_text())))


def config() -> dict[str, Any]:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())


def calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a function or method of this name in the sources."""
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.Call):
                called = node.func
                found = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                if found == name:
                    yield path, node


class TestServer:
    """What the server is told."""

    @pytest.mark.parametrize(
        ("section", "name", "value"),
        [
            ("server", "address", "127.0.0.1"),
            ("server", "enableXsrfProtection", True),
            ("server", "enableCORS", True),
            ("server", "enableStaticServing", False),
            ("server", "maxUploadSize", 64),
            ("server", "fileWatcherType", "none"),
            ("browser", "gatherUsageStats", False),
            ("client", "showErrorDetails", "none"),
            ("client", "toolbarMode", "viewer"),
        ],
    )
    def test_settings(self, section: str, name: str, value: object) -> None:
        assert config()[section][name] == value

    def test_they_are_what_streamlit_reads(self) -> None:
        from streamlit import config as streamlit_config

        for section, settings in config().items():
            for name, value in settings.items():
                if section != "theme":
                    assert streamlit_config.get_option(f"{section}.{name}") == value

    def test_the_command_serves_this_machine_only_unless_asked(self) -> None:
        told = streamlit_arguments(Path("main.py"), "127.0.0.1", 8501, headless=True)
        assert "--server.address=127.0.0.1" in told
        assert "--browser.gatherUsageStats=false" in told
        assert not any("Xsrf" in each or "CORS" in each for each in told)

    def test_an_error_shows_no_details_on_the_page_but_is_logged(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from streamlit import config as streamlit_config
        from streamlit import error_util
        from streamlit.testing.v1 import AppTest

        options = {"logger.enableRich": False}  # otherwise it is printed in colours where that package is installed
        read = streamlit_config.get_option
        monkeypatch.setattr(error_util.config, "get_option", lambda name: options.get(name, read(name)))
        log = logging.getLogger("streamlit.error_util")  # it hands nothing on to others
        log.addHandler(caplog.handler)
        try:
            page = AppTest.from_function(_fails).run()
        finally:
            log.removeHandler(caplog.handler)
        (shown,) = page.exception
        for detail in ("secret", "RuntimeError", "_fails", "line "):
            assert detail not in f"{shown.value} {shown.message} {shown.stack_trace}", detail
        assert [each.type for each in page.main.children.values()] == ["exception"]
        assert "Traceback (most recent call last)" in caplog.text
        assert "in _fails" in caplog.text
        assert caplog.text.count("RuntimeError: a secret path /home/someone") == 1

    def test_uploads_are_limited_per_session_as_well(self) -> None:
        assert 8 * config()["server"]["maxUploadSize"] * 2**20 >= app.own_files._LARGEST_SESSION


def _fails() -> None:
    raise RuntimeError("a secret path /home/someone")


class TestReaders:
    """Nothing is unpickled, extracted or opened on the word of a file."""

    @pytest.mark.parametrize(
        "name", ["extractall", "extract", "eval", "exec", "loads_pickle", "memmap", "system", "popen"]
    )
    def test_never_called(self, name: str) -> None:
        assert [str(path) for path, _ in calls(name)] == []

    @pytest.mark.parametrize(
        "module", ["pickle", "joblib", "shelve", "marshal", "dill", "subprocess", "requests", "httpx"]
    )
    def test_never_imported(self, module: str) -> None:
        for path in SOURCES:
            for node in nodes(path):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert module not in {name.split(".")[0] for name in names}, path

    def test_numpy_and_torch_load_no_pickles(self) -> None:
        for path, call in calls("load"):
            options = {word.arg: getattr(word.value, "value", None) for word in call.keywords}
            owner = getattr(getattr(call.func, "value", None), "id", "")
            if owner in ("np", "numpy"):
                assert options.get("allow_pickle") is False, path
            if owner == "torch":
                assert options.get("weights_only") is True, path

    def test_pillow_opens_named_formats_only(self) -> None:
        # What a lesson draws itself is no user's file.
        opened_here = [
            (path, call)
            for path, call in calls("open")
            if getattr(getattr(call.func, "value", None), "id", "") == "Image" and "lessons" not in path.parts
        ]
        assert opened_here
        for path, call in opened_here:
            formats = next(word.value for word in call.keywords if word.arg == "formats")
            assert set(ast.literal_eval(formats)) <= {"PNG", "TIFF"}, path

    def test_limits(self) -> None:
        limits = Limits()
        assert (limits.pixels, limits.header_bytes, limits.files) == (64_000_000, 10_000, 2000)
        assert (limits.ratio, limits.ratio_free_bytes, limits.total_bytes) == (200, 10_000_000, 512 * 2**20)
        assert Image.MAX_IMAGE_PIXELS is not None


class TestMarkup:
    """No user text becomes markup."""

    def test_html_is_written_by_the_project_only(self) -> None:
        for name in ("html", "iframe"):
            found = [
                path
                for path, call in calls(name)
                if getattr(getattr(call.func, "value", None), "id", "") in ("st", "components")
            ]
            assert found == []
        for path, call in calls("markdown"):
            options = {word.arg for word in call.keywords if getattr(word.value, "value", None) is True}
            if "unsafe_allow_html" in options:
                parts = list(ast.walk(call.args[0]))
                assert not any(isinstance(part, ast.Call | ast.JoinedStr | ast.Attribute) for part in parts), path
                texts = [part.id for part in parts if isinstance(part, ast.Name)]
                assert all(name.isupper() or name == "presenter" for name in texts), (path, texts)

    @pytest.mark.parametrize(
        "name", ["<img src=x onerror=alert(1)>", "**bold**", ":red[x]", "$x$", "[a](javascript:b)"]
    )
    def test_file_and_class_names_are_escaped_on_the_page(self, name: str) -> None:
        mask = np.uint8([[0, 1], [1, 0]])
        page = opened(source="files", names=f"ground, {name}".replace("(javascript:b)", ""))
        for uploader, masks in zip(page.get("file_uploader")[:2], (mask, 1 - mask), strict=True):
            uploader.set_value([(f"{name}{i}.png".replace("/", ""), picture(masks), "image/png") for i in range(2)])
        page.run()
        assert not page.exception
        for kind in ("markdown", "caption", "info", "warning", "error"):
            for element in page.get(kind):
                assert name not in element.value, (kind, element.value)


class TestCaches:
    """What users bring is kept in their session only."""

    def test_no_cache_is_written_to_disk_or_shared_for_own_data(self) -> None:
        for path in SOURCES:
            for node in nodes(path):
                if isinstance(node, ast.FunctionDef):
                    for mark in node.decorator_list:
                        text = ast.unparse(mark)
                        if "cache_data" in text or "cache_resource" in text:
                            assert "persist" not in text, path
                            assert "max_entries" in text or text.startswith("kept_by_digest("), path

    def test_results_of_own_data_are_kept_in_their_session(self, monkeypatch: pytest.MonkeyPatch) -> None:
        caches: dict[str, Mock] = {}

        def cache(*, scope: str = "global", **_: object) -> Any:
            return lambda _: caches.setdefault(scope, Mock(return_value=scope))

        monkeypatch.setattr(app.kept, "_clear_own", [])
        result = app.kept.kept_by_digest(cache, shared=1, own=1)(lambda digest: digest)
        assert result("files:1") == "session"
        assert result("example:1") == "global"
        app.kept.forget_own()
        caches["session"].clear.assert_called_once_with()
        caches["global"].clear.assert_not_called()

    def test_arrays_are_never_hashed_by_streamlit(self) -> None:
        hashed = ("Tensor", "ndarray", "NDArray", "Scene", "Dataset", "UserModels", "Statistics")
        for path in SOURCES:
            for node in nodes(path):
                if isinstance(node, ast.FunctionDef) and any("st.cache" in ast.unparse(m) for m in node.decorator_list):
                    for argument in node.args.args:
                        kind = ast.unparse(argument.annotation) if argument.annotation else ""
                        assert argument.arg.startswith("_") or not any(name in kind for name in hashed), path


class TestNetwork:
    """Nothing is asked of another machine."""

    def test_the_pages_work_with_sockets_blocked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("a connection was tried")

        for name in ("connect", "connect_ex"):
            monkeypatch.setattr(socket.socket, name, refuse)
        for name in ("getaddrinfo", "create_connection", "gethostbyname"):
            monkeypatch.setattr(socket, name, refuse)
        mask = np.uint8([[[0, 1], [1, 0]]])
        page = upload(opened(source="files"), saved(mask), saved(1 - mask))
        assert page.metric
        for source in ("example", "synthesize"):
            opened(source=source, images="2", side="32")

    def test_no_address_of_another_host_is_loaded_by_the_page(self) -> None:
        for path in (ROOT / "app").rglob("*"):
            if path.suffix in (".js", ".css", ".html"):
                text = path.read_text()
                for sign in ("fetch(", "XMLHttpRequest", "import(", "@import", "url(http", 'src="http', "WebSocket"):
                    assert sign not in text, (path, sign)

    def test_nothing_of_a_file_is_logged(
        self, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        mask = np.uint8([[[0, 1], [1, 0]]])
        name = "patient-4711-smith"
        upload(opened(source="files"), saved(mask), b"broken 4711", name=f"{name}.npy")
        written = io.StringIO()
        written.writelines(record.getMessage() for record in caplog.records)
        output = capsys.readouterr()
        assert name not in written.getvalue() + output.out + output.err
