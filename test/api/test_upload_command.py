# SPDX-License-Identifier: Apache-2.0
"""`netguru upload` and the other commands that move files: against a real server, and against one that answers as a test says."""

import json
import os
import pty
import re
import signal
import subprocess
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import DEMO, PROGRAM, free_port

CONFIG = "hostname {0}\ninterface Gi0/1\n ip address 10.9.0.1 255.255.255.0\n"
WAIT_S = 120


def document(name, status="uploaded", **more):
    identifier = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    return {"id": identifier, "status": status, "file_type": "config", "original_filename": name, "failure_reason": None, **more}


def error(code, message):
    return {"error": {"code": code, "message": message}}


class FakeServer:
    """Stores nothing. on_upload(name, nth), on_get(path, nth) and on_refresh(nth) give status, headers and JSON (or bytes);
    nth counts the requests for the same thing from 0."""

    def __init__(self, home):
        self.session = home / ".config/netguru/session"
        self.session.parent.mkdir(parents=True)
        self.lock = threading.Lock()
        self.seen = []
        self.active = self.most_active = 0
        self.on_upload = lambda name, nth: (201, {}, document(name))
        self.on_get = lambda path, nth: (404, {}, error("NOT_FOUND", "nothing there"))
        self.on_refresh = lambda nth: (200, {}, {"access_token": "fresh", "refresh_token": f"refresh{nth}"})
        self.token = "first"
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                fake.answer(self, self.path, fake.on_get)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/api/v1/auth/refresh":
                    self.reply(fake.on_refresh(fake.count("refresh")))
                else:
                    fake.answer(self, re.search(rb'filename="(.*?)"', body)[1].decode(), fake.on_upload)

            def reply(self, answer):
                status, headers, content = answer
                content = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": len(content)}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass  # the client has left

        self.server = Server(("127.0.0.1", 0), Handler)
        self.remember(f"http://127.0.0.1:{self.server.server_port}")
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def remember(self, url):
        self.session.write_text(f"{url}\nfirst\nrefresh\n\n")

    def count(self, name):
        """How often it was asked for before."""
        with self.lock:
            self.seen.append(name)
            return self.seen.count(name) - 1

    def answer(self, handler, name, answer):
        nth = self.count(name)
        if handler.headers["Authorization"] != f"Bearer {self.token}":
            handler.reply((401, {}, error("AUTH_ERROR", "the token has expired")))
            return
        with self.lock:
            self.active += 1
            self.most_active = max(self.most_active, self.active)
        try:
            reply = answer(name, nth)
        finally:
            with self.lock:
                self.active -= 1
        handler.reply(reply)


@pytest.fixture
def fake(tmp_path):
    server = FakeServer(tmp_path / "home")
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "network"
    path.mkdir()
    return path


def make_files(folder, count):
    for i in range(count):
        (folder / f"r{i}.cfg").write_text(CONFIG.format(f"r{i}"))


def start(fake, *words, before=(), **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(
        [*before, PROGRAM, *map(str, words)], env={**os.environ, "HOME": str(fake.session.parents[2])},
        # Whoever runs the tests may ignore it, and a program leaves that as it is.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **options,
    )


def run(fake, *words, **options):
    process = start(fake, *words, **options)
    stdout, stderr = process.communicate(timeout=WAIT_S)
    return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)


def test_files_go_four_at_a_time_by_default(fake, folder):
    make_files(folder, 8)
    together = threading.Barrier(4, timeout=WAIT_S)

    def meet(name, _):
        together.wait()
        return 201, {}, document(name)

    fake.on_upload = meet
    result = run(fake, "upload", folder)
    assert result.returncode == 0, result.stderr
    assert fake.most_active == 4
    assert sorted(fake.seen) == [f"r{i}.cfg" for i in range(8)]
    assert len(result.stdout.splitlines()) == 8


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_busy_server_is_waited_for_by_all(fake, folder, jobs):
    make_files(folder, 6)
    statuses = {"r0.cfg": (429, "0"), "r1.cfg": (429, "1"), "r2.cfg": (503, "0"), "r4.cfg": (503, "soon")}

    def busy_first(name, nth):
        if nth < 2 and name in statuses:
            status, after = statuses[name]
            return status, {"Retry-After": after}, error("RATE_LIMIT_EXCEEDED", "too many uploads")
        return 201, {}, document(name)

    fake.on_upload = busy_first
    result = run(fake, "upload", "--jobs", jobs, folder)
    assert result.returncode == 0, result.stderr
    assert fake.most_active <= jobs
    assert "waiting" in result.stderr and "too many uploads" in result.stderr
    assert len(result.stdout.splitlines()) == 6
    assert len(fake.seen) == 6 + 2 * len(statuses)


def test_a_wait_that_is_too_long_is_not_begun(fake, folder):
    make_files(folder, 3)
    fake.on_upload = lambda name, nth: (429, {"Retry-After": "86400"}, error("RATE_LIMIT_EXCEEDED", "too many uploads"))
    result = run(fake, "upload", "--jobs", 1, folder)
    assert result.returncode == 6
    assert "gave up" in result.stderr and "too many uploads" in result.stderr
    assert fake.seen == ["r0.cfg"]


@pytest.mark.parametrize(
    ("status", "code", "exit_status"), [(400, "VALIDATION_ERROR", 2), (402, "INSUFFICIENT_QUOTA", 6), (413, "FILE_TOO_LARGE", 2)]
)
def test_a_refusal_that_will_not_pass_is_not_tried_again(fake, folder, status, code, exit_status):
    make_files(folder, 3)
    fake.on_upload = lambda name, nth: (status, {}, error(code, "not this one")) if name == "r1.cfg" else (201, {}, document(name))
    result = run(fake, "upload", folder)
    assert result.returncode == exit_status
    assert "r1.cfg: not this one" in result.stderr and "2 of 3 files uploaded" in result.stderr
    assert sorted(fake.seen) == ["r0.cfg", "r1.cfg", "r2.cfg"]
    assert len(result.stdout.splitlines()) == 2


def test_a_connection_that_breaks_is_tried_again(fake, folder):
    make_files(folder, 4)

    def break_once(name, nth):
        if name == "r2.cfg" and nth == 0:
            raise ConnectionError
        return 201, {}, document(name)

    fake.on_upload = break_once
    result = run(fake, "upload", "--jobs", 1, folder)
    assert result.returncode == 0, result.stderr
    assert fake.seen.count("r2.cfg") == 2


def test_a_server_that_is_not_there_is_named_once(fake, folder):
    make_files(folder, 20)
    url = f"http://127.0.0.1:{free_port()}"
    fake.remember(url)
    result = run(fake, "upload", folder)
    assert result.returncode == 7
    assert result.stderr.count(url.removeprefix("http://")) == 1 and "0 of 20 files" in result.stderr


def test_the_session_is_renewed_once_for_all(fake, folder):
    make_files(folder, 12)
    fake.token = "fresh"
    result = run(fake, "upload", "--jobs", 8, folder)
    assert result.returncode == 0, result.stderr
    assert fake.seen.count("refresh") == 1
    assert len(result.stdout.splitlines()) == 12
    assert fake.session.read_text().splitlines()[1:3] == ["fresh", "refresh0"]


def test_a_renewal_waits_for_a_busy_server(fake, folder):
    make_files(folder, 2)
    fake.token = "fresh"
    tokens = {"access_token": "fresh", "refresh_token": "next"}
    fake.on_refresh = lambda nth: [(503, {}, error("UNAVAILABLE", "busy")), (429, {}, error("RATE_LIMIT_EXCEEDED", "busy")), (200, {}, tokens)][nth]
    result = run(fake, "upload", folder)
    assert result.returncode == 0, result.stderr
    assert fake.seen.count("refresh") == 3


def test_a_session_that_has_ended_is_told_once(fake, folder):
    make_files(folder, 12)
    fake.token = "fresh"
    fake.on_refresh = lambda nth: (401, {}, error("AUTH_ERROR", "used before"))
    result = run(fake, "upload", folder)
    assert result.returncode == 3
    assert result.stderr.count("the session has ended") == 1
    assert fake.seen.count("refresh") == 1 and len(fake.seen) <= 5


def test_a_token_that_is_refused_again_is_no_reason_to_renew_again(fake, folder):
    make_files(folder, 2)
    fake.token = "never"
    result = run(fake, "upload", folder)
    assert result.returncode == 3 and "the token has expired" in result.stderr
    assert fake.seen.count("refresh") <= 2


@pytest.fixture
def held(fake):
    """What a handler does to hold its request: says so, and waits for its release."""

    class Held:
        def __init__(self):
            self.reached, self.released = threading.Event(), threading.Event()

        def wait(self):
            self.reached.set()
            self.released.wait(WAIT_S)

    each = Held()
    yield each
    each.released.set()


def interrupt(process, held):
    assert held.reached.wait(WAIT_S)
    process.send_signal(signal.SIGINT)


def test_ctrl_c_ends_an_upload_at_once(fake, folder, held):
    make_files(folder, 3)

    def hold(name, _):
        if name != "r0.cfg":
            held.wait()
        return 201, {}, document(name)

    fake.on_upload = hold
    process = start(fake, "upload", "--jobs", 1, folder)
    interrupt(process, held)
    stdout, stderr = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130
    assert "interrupted: 1 of 3 files uploaded" in stderr
    assert len(stdout.splitlines()) == 1 and "r2.cfg" not in fake.seen


def test_ctrl_c_ends_a_wait_for_the_server(fake, folder, held):
    make_files(folder, 3)

    def busy(*_):
        held.reached.set()
        return 429, {"Retry-After": "500"}, error("RATE_LIMIT_EXCEEDED", "too many uploads")

    fake.on_upload = busy
    process = start(fake, "upload", folder)
    assert "waiting" in process.stderr.readline()
    interrupt(process, held)
    _, stderr = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130 and "0 of 3" in stderr


def test_ctrl_c_ends_the_wait_for_analyses(fake, folder, held):
    make_files(folder, 1)

    def hold(*_):
        held.wait()
        return 200, {}, document("r0.cfg")

    fake.on_get = hold
    process = start(fake, "upload", "--wait", folder)
    interrupt(process, held)
    stdout, stderr = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130 and not stdout and "1 of 1 files uploaded; the analyses go on" in stderr


def test_ctrl_c_during_a_renewal_does_not_lose_the_session(fake, folder, held):
    make_files(folder, 2)
    fake.token = "fresh"
    at_the_end = threading.Event()

    def refresh(_):
        held.wait()
        return 200, {}, {"access_token": "fresh", "refresh_token": "next"}

    def hold(name, _):
        at_the_end.wait(WAIT_S)
        return 201, {}, document(name)

    fake.on_refresh, fake.on_upload = refresh, hold
    process = start(fake, "upload", folder)
    interrupt(process, held)
    held.released.set()
    process.communicate(timeout=WAIT_S)
    at_the_end.set()
    assert process.returncode == 130
    # Where the machine was too slow for the answer to come within the grace, the old tokens stay.
    assert fake.session.read_text().splitlines()[1:3] in (["fresh", "next"], ["first", "refresh"])


def test_ctrl_c_during_a_renewal_that_hangs_ends_it(fake, folder, held):
    make_files(folder, 2)
    fake.token = "fresh"

    def refresh(_):
        held.wait()
        return 200, {}, {}

    fake.on_refresh = refresh
    process = start(fake, "upload", folder)
    interrupt(process, held)
    process.communicate(timeout=WAIT_S)
    assert process.returncode == 130 and not held.released.is_set()


def test_a_folder_is_walked_in_order_and_tells_what_it_skips(fake, folder, tmp_path):
    for name in ("b/deep/er/z.log", "b/a.cfg", "a.conf", "C.CFG", "b/notes.docx", "x.jpg", "y.png", "z.gif", ".hidden.cfg", ".git/config.cfg"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")
    (tmp_path / "outside.cfg").write_text("secret\n")
    (folder / "b/loop").symlink_to(folder)
    (folder / "link.cfg").symlink_to(tmp_path / "outside.cfg")
    (folder / "nowhere.cfg").symlink_to("nothing")
    os.mkfifo(folder / "pipe.cfg")
    result = run(fake, "upload", "--jobs", 1, folder)
    assert result.returncode == 0, result.stderr
    assert fake.seen == ["C.CFG", "a.conf", "a.cfg", "z.log"]
    assert "4 of 4 files uploaded" in result.stderr
    said = result.stderr.splitlines()[-1]
    assert "skipped 10: 4 of a kind that the server does not accept" in said and said.count("…") == 1
    assert "notes.docx" in said and "z.gif" not in said
    assert "2 hidden" in said and ".git" in said and "3 symbolic links" in said and "b/loop" in said
    assert "1 neither files nor folders" in said and "pipe.cfg" in said


def test_a_link_that_is_named_is_followed_and_a_pipe_is_not_waited_for(fake, folder, tmp_path):
    make_files(folder, 1)
    (tmp_path / "link").symlink_to(folder)
    os.mkfifo(tmp_path / "pipe.cfg")
    result = run(fake, "upload", tmp_path / "link/", tmp_path / "pipe.cfg", folder / "r0.cfg")
    assert result.returncode == 2 and "pipe.cfg: not a regular file" in result.stderr
    assert fake.seen == ["r0.cfg", "r0.cfg"]


def test_what_cannot_be_read_is_named_and_the_rest_uploaded(fake, folder):
    make_files(folder, 3)
    (folder / "closed").mkdir()
    (folder / "closed/r9.cfg").write_text("x\n")
    (folder / "r1.cfg").chmod(0)
    (folder / "closed").chmod(0)
    # Root reads everything, unless it gives up the right to.
    before = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] if os.geteuid() == 0 else []
    try:
        result = run(fake, "upload", folder, folder / "gone.cfg", before=before)
    finally:
        (folder / "closed").chmod(0o700)
    assert result.returncode == 3, result.stderr
    assert f"{folder}/closed: Permission denied" in result.stderr
    assert f"{folder}/r1.cfg: opening the file: Permission denied" in result.stderr
    assert f"{folder}/gone.cfg: No such file" in result.stderr
    assert "2 of 3 files uploaded" in result.stderr and "3 failed" in result.stderr
    assert sorted(fake.seen) == ["r0.cfg", "r2.cfg"]


def test_the_first_failure_decides_the_exit_status(fake, folder):
    make_files(folder, 1)
    assert run(fake, "upload", folder / "gone.cfg", folder).returncode == 4
    fake.on_upload = lambda name, nth: (413, {}, error("FILE_TOO_LARGE", "too large"))
    assert run(fake, "upload", folder).returncode == 2


def test_nothing_to_upload_is_an_error(fake, folder):
    (folder / "x.jpg").write_text("x")
    result = run(fake, "upload", folder)
    assert result.returncode == 2 and "no file to upload" in result.stderr and "skipped 1" in result.stderr


def test_folders_have_limits(fake, folder):
    deep = folder.joinpath(*["d"] * 63)
    deep.mkdir(parents=True)
    (deep / "r.cfg").write_text("x\n")
    assert run(fake, "upload", folder).returncode == 0
    (deep / "d").mkdir()
    result = run(fake, "upload", folder)
    assert result.returncode == 2 and "more than 64 folders deep" in result.stderr
    many = folder.parent / "many"
    many.mkdir()
    for i in range(100_001):
        os.mknod(many / f"{i}.cfg")
    result = run(fake, "upload", many)
    assert result.returncode == 2 and "more than 100000 files" in result.stderr
    assert fake.seen == ["r.cfg"]


@pytest.mark.parametrize("words", [("--jobs", "0"), ("--jobs", "17"), ("--jobs=x",), ("--job", "2")])
def test_wrong_options_are_named(fake, folder, words):
    result = run(fake, "upload", *words, folder)
    assert result.returncode == 2 and words[0].split("=")[0] in result.stderr


def test_analyses_are_followed_while_files_go_on(fake, folder):
    make_files(folder, 3)
    names = {document(f"r{i}.cfg")["id"]: f"r{i}.cfg" for i in range(3)}

    def analyse(path, nth):
        name = names[path.rsplit("/", 1)[1]]
        if nth == 0:
            return 429, {"Retry-After": "0"}, error("RATE_LIMIT_EXCEEDED", "too many requests")
        if nth < 3:
            return 200, {}, document(name, "processing")
        if name == "r1.cfg":
            return 200, {}, document(name, "failed", failure_reason="nothing in it")
        return 200, {}, document(name, "completed")

    fake.on_get = analyse
    result = run(fake, "upload", "--wait", "--jobs", 1, folder)
    assert result.returncode == 2, result.stderr
    assert re.findall(r"(\w+) +config +(r\d)", result.stdout) == [("completed", "r0"), ("failed", "r1"), ("completed", "r2")]
    assert "r1.cfg: nothing in it" in result.stderr


def test_a_document_that_is_deleted_meanwhile_is_a_failure(fake, folder):
    make_files(folder, 1)
    result = run(fake, "upload", "--wait", folder)
    assert result.returncode == 4 and "r0.cfg: nothing there" in result.stderr


def read_terminal(terminal, until=None):
    """What is shown up to that text, or to the end."""
    shown = b""
    while until is None or until not in shown:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # its end, on Linux
            break
        if not part:
            break
        shown += part
    return shown


def test_a_terminal_shows_one_line_that_is_cleared(fake, folder, held):
    make_files(folder, 2)
    (folder / "r2\n\x1b.cfg").write_bytes(b"x" * 3_000_000)

    def hold_the_last(name, _):
        if name not in ("r0.cfg", "r1.cfg"):
            held.wait()
        return 201, {}, document(name)

    fake.on_upload = hold_the_last
    terminal, other_end = pty.openpty()
    process = start(fake, "upload", "--wait", "--jobs", 2, folder, stderr=other_end)
    fake.on_get = lambda path, nth: (200, {}, document("r", "completed"))
    os.close(other_end)
    shown = read_terminal(terminal, b"2/3 files")
    shown += read_terminal(terminal, b"2/3 analysed")
    assert held.reached.wait(WAIT_S)
    held.released.set()
    shown += read_terminal(terminal)
    os.close(terminal)
    assert process.communicate(timeout=WAIT_S)[0].count("completed") == 3
    assert process.returncode == 0
    assert b"/3.0 MB" in shown and b"r2...cfg" in shown and b"\x1b" not in shown
    bar, summary = shown.rsplit(b"\r", 2)[0], shown.decode().split("\r")[-2]
    assert b"3/3 files" in bar and summary.startswith("netguru: 3 of 3 files uploaded")
    assert bar.count(b"\n") == 0


def test_a_terminal_shows_that_the_server_is_waited_for(fake, folder):
    make_files(folder, 2)
    fake.on_upload = lambda name, nth: (429, {"Retry-After": "500"}, error("RATE_LIMIT_EXCEEDED", "too many uploads"))
    terminal, other_end = pty.openpty()
    process = start(fake, "upload", folder, stderr=other_end)
    os.close(other_end)
    assert b"0/2 files" in read_terminal(terminal, b"s for the server")
    process.send_signal(signal.SIGINT)
    shown = read_terminal(terminal)
    os.close(terminal)
    process.communicate(timeout=WAIT_S)
    assert process.returncode == 130 and shown.decode().split("\r")[-2].startswith("netguru: interrupted: 0 of 2 files")


def test_without_a_terminal_there_is_no_bar(fake, folder):
    make_files(folder, 2)
    result = run(fake, "upload", folder)
    assert "\r" not in result.stderr and len(result.stderr.splitlines()) == 1


DOWNLOAD = ("files", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "--download")


def test_a_download_into_a_closed_pipe_ends(fake):
    fake.on_get = lambda path, nth: (200, {}, b"x" * 4_000_000)
    process = start(fake, *DOWNLOAD, text=False)
    assert process.stdout.read(1) == b"x"
    process.stdout.close()
    assert process.wait(WAIT_S) == 141
    assert process.stderr.read() == b""


def test_ctrl_c_ends_a_download_that_nobody_reads(fake):
    fake.on_get = lambda path, nth: (200, {}, b"x" * 4_000_000)
    process = start(fake, *DOWNLOAD, text=False, bufsize=0)
    assert process.stdout.read(1) == b"x"
    process.send_signal(signal.SIGINT)
    assert process.wait(WAIT_S) == 130
    process.stdout.close()


def test_a_download_goes_through_a_pipe_whole(fake):
    content = os.urandom(1_000_001)
    fake.on_get = lambda path, nth: (200, {}, content)
    process = start(fake, *DOWNLOAD, text=False)
    assert process.communicate(timeout=WAIT_S)[0] == content and process.returncode == 0


def test_a_folder_is_uploaded_analysed_and_there_the_second_time(make_netguru, folder):
    instance = make_netguru()
    instance.run("login", DEMO, NETGURU_PASSWORD=instance.password)
    make_files(folder, 5)
    (folder / "sub").mkdir()
    (folder / "sub/same.cfg").write_text(CONFIG.format("r0"))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing in it\n")
    (folder / "picture.jpg").write_bytes(b"x")
    (folder / "liar.pcap").write_text("no capture\n")
    first = instance.run("upload", "--wait", folder, check=False)
    assert first.returncode == 2
    assert len(re.findall(r"completed +config", first.stdout)) == 6
    assert "liar.pcap: " in first.stderr and "broken.pdf: " in first.stderr and "skipped 1" in first.stderr
    assert first.stdout.count("(already there)") <= 1  # both are sent at the same time, maybe
    again = instance.run("upload", *sorted(folder.glob("r*.cfg")), Path(folder, "sub"))
    assert again.stdout.count("(already there)") == 6
    assert "(6 already there), 0 failed" in again.stderr
    one = instance.run("upload", folder / "r0.cfg")
    assert one.stdout.count("\n") == 1 and not one.stderr


def test_the_files_of_an_archive_are_followed_and_told(fake, folder):
    (folder / "net.zip").write_bytes(b"PK")
    names = ["net/core/r0.cfg", "net/r1.cfg", "r2.log"]

    def unpack(path, nth):
        if nth < 1:
            return 200, {}, document("net.zip", "processing")
        statuses = ["completed", "failed" if nth > 2 else "processing", "completed" if nth > 3 else "uploaded"]
        members = [
            {"id": document(name)["id"], "name": name, "is_new": name != "r2.log", "file_type": "config", "status": status,
             "failure_reason": "nothing in it" if status == "failed" else None}
            for name, status in zip(names, statuses, strict=True)
        ]
        left_out = [{"name": "photo.jpg", "reason": "kind"}, {"name": "net/.x", "reason": "hidden"}]
        return 200, {}, {**document("net.zip", "completed"), "file_type": "archive", "metadata": {"archive": {"left_out": 2, "incomplete": "cut"}},
                         "archive": {"members": members, "left_out": left_out}}

    fake.on_get = unpack
    result = run(fake, "upload", "--wait", folder)
    assert result.returncode == 2, result.stderr
    assert [line.split()[1:4] for line in result.stdout.splitlines()] == [
        ["completed", "archive", "net.zip"], ["completed", "config", names[0]], ["failed", "config", names[1]], ["completed", "config", names[2]],
    ]
    assert result.stdout.splitlines()[3].endswith("(already there)")
    assert "net.zip:net/r1.cfg: nothing in it" in result.stderr
    assert "net.zip: left out 2: photo.jpg (kind), net/.x (hidden)\n" in result.stderr
    assert "net.zip: not unpacked to its end: cut\n" in result.stderr
    fake.seen.clear()
    result = run(fake, "upload", "--wait", "--json", folder)
    (line,) = result.stdout.splitlines()
    assert [member["status"] for member in json.loads(line)["archive"]["members"]] == ["completed", "failed", "completed"]
