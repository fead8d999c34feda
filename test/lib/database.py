"""A PostgreSQL server of its own for tests of real processes: a fresh cluster in a temporary
folder, on a Unix socket there, durable as in production. Run as root it is started as user
postgres."""

import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time

START_WAIT_S = 120


class Server:
    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        if not found:
            raise AssertionError("no PostgreSQL server: install postgresql")
        self.programs = os.path.dirname(found[-1])
        self.user = "postgres" if os.geteuid() == 0 else None
        self.folder = tempfile.mkdtemp(prefix="acquit-postgres-")
        self.conninfo = f"host={self.folder} user=postgres dbname=postgres"
        self.process = None
        if self.user:
            shutil.chown(self.folder, self.user, self.user)
        try:
            self._run("initdb", "-D", self._data(), "-A", "trust", "-U", "postgres", "-E", "UTF8",
                      "--locale=C", "--no-sync", "--no-instructions")
            self.start()
        except BaseException:
            self.close()
            raise

    def _data(self):
        return os.path.join(self.folder, "data")

    def _run(self, program, *arguments):
        subprocess.run([os.path.join(self.programs, program), *arguments], check=True,
                       stdout=subprocess.DEVNULL, cwd=self.folder, user=self.user)

    def start(self):
        """Starts it, after a kill with recovery; returns when it answers."""
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(self.programs, "postgres"), "-D", self._data(), "-k", self.folder,
                 "-c", "listen_addresses=", "-c", "shared_buffers=32MB", "-c",
                 "max_connections=60"], stdout=log, stderr=log, cwd=self.folder, user=self.user)
        end = time.monotonic() + START_WAIT_S
        while time.monotonic() < end:
            try:
                self.value("SELECT 1")
                return
            except subprocess.CalledProcessError:
                time.sleep(0.05)
        raise AssertionError("PostgreSQL does not start")

    def value(self, sql):
        """The first value that a query gives, as text."""
        done = subprocess.run([os.path.join(self.programs, "psql"), "-XAtq", "-c", sql,
                               self.conninfo], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def signal(self, number):
        """To all its processes: children first, since without their parent they are not found."""
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                                  capture_output=True, text=True, check=False).stdout.split()
        for pid in [*map(int, children), self.process.pid]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        if number == signal.SIGKILL:
            self.process.wait(START_WAIT_S)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(START_WAIT_S)
        shutil.rmtree(self.folder, ignore_errors=True)
