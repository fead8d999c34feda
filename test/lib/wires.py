"""Wires between terminals and their switch that a test can pull, mute, or cut at a chosen moment:
each is a little TCP proxy on a port of its own."""

import socket
import threading

PASS, PULLED, MUTE, CUT_ANSWER = "pass", "pulled", "mute", "cut answer"


class Wire:
    """PASS: carries everything. PULLED: refuses connections, and those that stood are closed. MUTE:
    carries to the switch, and nothing back. CUT_ANSWER: as MUTE, and the connection is closed as
    soon as something would have come back; then it is PULLED."""

    def __init__(self, port=0):
        self.mode = PASS
        self.target = None  # the switch's port
        self.lock = threading.Lock()
        self.pairs = []
        self.listener = None
        self.port = port
        self._listen()

    def _listen(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def set(self, mode):
        was = self.mode
        self.mode = mode
        if mode == PULLED:
            self._pull()
        elif was == PULLED:
            self._listen()

    def _pull(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for pair in self.pairs:
                for end in pair:
                    self._close(end)
            self.pairs = []

    @staticmethod
    def _close(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is closed already

    def _accept(self, listener):
        while True:
            try:
                near = listener.accept()[0]
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            with self.lock:
                self.pairs.append((near, far))
            for ends in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source, sink, is_back):
        while True:
            try:
                piece = source.recv(65536)
            except OSError:
                piece = b""
            if is_back and piece and self.mode == CUT_ANSWER:
                self.set(PULLED)
                return
            try:
                if piece and not (is_back and self.mode == MUTE):
                    sink.sendall(piece)
            except OSError:
                piece = b""
            if not piece:
                self._close(sink)
                return

    def close(self):
        if self.mode != PULLED:
            self.set(PULLED)
