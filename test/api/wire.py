# SPDX-License-Identifier: Apache-2.0
"""The wire between a browser and the server: a relay on loopback that a test cuts and mends."""

import socket
import threading


class Wire:
    """`address` stands for the server at `target`, "HOST:PORT"."""

    def __init__(self, target):
        host, port = target.split(":")
        self.target = (host, int(port))
        self.is_cut = False
        self.sockets = set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self.target)
            except OSError:
                near.close()
                continue
            with self.lock:
                pair = () if self.is_cut else (near, far)
                self.sockets.update(pair)
            if not pair:
                near.close()
                far.close()
                continue
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    def _copy(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            self._end(one)

    @staticmethod
    def _end(one):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def cut(self):
        """Ends all connections and refuses new ones."""
        with self.lock:
            self.is_cut = True
            for one in self.sockets:
                self._end(one)
            self.sockets.clear()

    def mend(self):
        self.is_cut = False

    def close(self):
        self.cut()
        self.listener.close()
