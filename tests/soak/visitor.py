"""A session without a browser: Streamlit's own websocket messages, sent and read as its page does."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs, UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

from tests.browser.conftest import HOST

PATIENCE_SECONDS = 120
QUIET_SECONDS = 1.0
BOUNDARY = "soak-part"
_UPLOADER, _CHOICE, _SLIDER = "file_uploader", "button_group", "slider"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to upload."""

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What a run of the script drew, and how long it took from being asked for to being complete."""

    elements: Sequence[Any]
    seconds: float

    def of(self, kind: str) -> list[Any]:
        """All elements of a kind, as the protocol calls it."""
        return [getattr(each, kind) for each in self.elements if each.WhichOneof("type") == kind]

    @property
    def score(self) -> str:
        """The headline score as it is shown, empty where there is none."""
        return next((metric.body for metric in self.of("metric")), "")

    @property
    def errors(self) -> list[str]:
        """What the page shows as an error, or as an exception."""
        shown = [f"{error.type}: {error.message}" for error in self.of("exception")]
        return shown + [alert.body for alert in self.of("alert") if alert.format == alert.ERROR]


class Visitor:
    """One session at a served dashboard; each call that changes something waits for the page that it leads to."""

    def __init__(self, port: int, query: str = "") -> None:
        self._port, self._query = port, query
        self._cookie, self._token = _xsrf(port)
        self._states: dict[str, WidgetState] = {}
        self._session = ""
        self._connection = connect(
            f"ws://{HOST}:{port}/_stcore/stream",
            subprotocols=["streamlit"],  # pyright: ignore[reportArgumentType]
            additional_headers={"Cookie": self._cookie},
            open_timeout=PATIENCE_SECONDS,
            max_size=None,
            max_queue=None,
            compression=None,
        )
        self._socket = self._connection.__enter__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.__exit__(kind, error, at)

    def run(self) -> Drawn:
        """Run the script as it stands."""
        start = time.perf_counter()
        self.ask()
        return self.wait(start)

    def choose(self, key: str, option: str, among: Drawn) -> Drawn:
        """Click an option of a segmented control."""
        self._set(self._find(among, _CHOICE, key), option)
        return self.run()

    def drag(self, key: str, place: int, among: Drawn) -> str:
        """Move a slider of options to the one at a place, and do not wait; returns the option."""
        widget = self._find(among, _SLIDER, key)
        self._set(widget, widget.options[place])
        self.ask()
        return widget.options[place]

    def upload(self, sides: Mapping[str, Sequence[File]], among: Drawn) -> Drawn:
        """Give files to uploaders, by the beginning of their keys, and let the page read them."""
        for key, files in sides.items():
            widget = self._find(among, _UPLOADER, key)
            state = WidgetState(id=widget.id)
            for file, urls in zip(files, self.upload_urls([file.name for file in files]), strict=True):
                self.put(urls, file)
                state.file_uploader_state_value.uploaded_file_info.append(
                    UploadedFileInfo(name=file.name, size=len(file.data), file_id=urls.file_id, file_urls=urls)
                )
            self._states[widget.id] = state
        return self.run()

    def upload_urls(self, names: Sequence[str]) -> Sequence[FileURLs]:
        """Where files are to be sent."""
        message = BackMsg()
        message.file_urls_request.CopyFrom(
            type(message.file_urls_request)(request_id=str(uuid4()), file_names=names, session_id=self._session)
        )
        self._socket.send(message.SerializeToString())
        for received in self._messages():
            if received.WhichOneof("type") == "file_urls_response":
                return list(received.file_urls_response.file_urls)
        raise AssertionError("the connection ended")

    def request(self, urls: FileURLs) -> http.client.HTTPConnection:
        """An upload that has begun: its line and the headers that every upload has."""
        connection = http.client.HTTPConnection(HOST, self._port, timeout=PATIENCE_SECONDS)
        connection.putrequest("PUT", urls.upload_url)
        connection.putheader("Cookie", self._cookie)
        connection.putheader("X-Xsrftoken", self._token)
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        return connection

    def put(self, urls: FileURLs, file: File) -> None:
        """Send a file whole."""
        body = part_start(file.name) + file.data + PART_END
        connection = self.request(urls)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        connection.close()
        if answer.status != http.HTTPStatus.NO_CONTENT:
            raise AssertionError(f"upload of {file.name}: {answer.status} {answer.reason}")

    def ask(self) -> None:
        """Ask for a run, and do not wait."""
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.widget_states.widgets.extend(self._states.values())
        self._socket.send(message.SerializeToString())

    def wait(self, start: float, patience: float = PATIENCE_SECONDS) -> Drawn:
        """The page once its script has come to its end; TimeoutError if that takes longer than patience, in seconds."""
        elements: list[Any] = []
        for received in self._messages(patience):
            kind = received.WhichOneof("type")
            if kind == "new_session":
                self._session = received.new_session.initialize.session_id
                elements.clear()
            elif kind == "page_info_changed":
                self._query = received.page_info_changed.query_string
            elif kind == "delta" and received.delta.WhichOneof("type") == "new_element":
                elements.append(received.delta.new_element)
            elif kind == "script_finished" and received.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return Drawn(elements=elements, seconds=time.perf_counter() - start)
        raise AssertionError("the connection ended")

    def until_quiet(self, seconds: float = QUIET_SECONDS) -> list[Drawn]:
        """Every page that was completed until nothing came for so long."""
        pages: list[Drawn] = []
        while True:
            try:
                pages.append(self.wait(time.perf_counter(), patience=seconds))
            except TimeoutError:
                return pages

    def _set(self, widget: Any, option: str) -> None:
        state = WidgetState(id=widget.id)
        state.string_array_value.data.append(option)
        self._states[widget.id] = state

    def _messages(self, patience: float = PATIENCE_SECONDS) -> Iterator[ForwardMsg]:
        deadline = time.monotonic() + patience
        while True:
            data = self._socket.recv(timeout=max(0.0, deadline - time.monotonic()))
            received = ForwardMsg()
            received.ParseFromString(data if isinstance(data, bytes) else data.encode())
            yield received

    def _find(self, among: Drawn, kind: str, key: str) -> Any:
        found = [widget for widget in among.of(kind) if widget.id.rpartition("-")[2].startswith(key)]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} widgets of kind {kind} have the key {key}: {among.errors}")
        return found[0]


def part_start(name: str) -> bytes:
    """What stands before the bytes of a file in the body of its upload."""
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()


PART_END = f"\r\n--{BOUNDARY}--\r\n".encode()


def _xsrf(port: int) -> tuple[str, str]:
    """The cookie, and the token in it that uploads repeat."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
    connection.request("GET", "/_stcore/health")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    given = SimpleCookie(answer.getheader("Set-Cookie") or "")
    token = given["_streamlit_xsrf"].value
    return f"_streamlit_xsrf={token}", token
