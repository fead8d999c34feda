"""A made-up world on real processes, for the tests in test/system/: a folder of its own, parties
that are started, killed and started again, and the commands that a person would give.

Every process is ended by its number when the test is over, also when the test fails."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "prove")
PROGRAM = os.path.abspath(os.environ.get("ACQUIT", "build/acquit"))
ISSUERS = ("20000001", "20000002")
# A machine that runs all tests at once may stand still for seconds. So no wait here is short unless
# the test is about what happens when it ends: whoever must be answered is, however late.
PATIENT = {"terminal_wait_ms": 150000, "acquirer_wait_ms": 120000, "request_age_max_ms": 90000,
           "retry_first_ms": 100, "retry_max_ms": 500}
# For tests in which somebody falls silent and what is in doubt must settle; a sale that must be
# approved still has some seconds.
BRISK = {**PATIENT, "terminal_wait_ms": 45000, "acquirer_wait_ms": 15000,
         "request_age_max_ms": 12000}
# Only for loads, where single payments may come out either way.
HASTY = {**PATIENT, "terminal_wait_ms": 2500, "acquirer_wait_ms": 1500, "request_age_max_ms": 1000}
START_WAIT_S = 120
END_WAIT_S = 120
COMMAND_WAIT_S = 240


def free_ports(count):
    """Ports that nobody uses at this moment, for parties that must find each other by number."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for(condition, seconds=None):
    """True as soon as the condition holds; False when it does not in time."""
    end = time.monotonic() + (START_WAIT_S if seconds is None else seconds)
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


class Shop:
    """One data folder and what runs on it."""

    def __init__(self, load="{terminals: 64, cards: 128}", edit=None, timings=None):
        self.folder = tempfile.mkdtemp(prefix="acquit-system-")
        self.data = os.path.join(self.folder, "data")
        self.config = os.path.join(self.data, "acquit.yaml")
        self.processes = {}
        self.timings = timings or PATIENT
        self.said = []  # standard output and error of every command, as bytes
        self.environment = dict(os.environ)
        try:
            self._write_config(load, edit or (lambda text: text))
        except BaseException:
            self.close()
            raise

    def _write_config(self, load, edit):
        """The file of `acquit up`, with ports and waits of its own."""
        os.mkdir(self.data, 0o700)
        self.ports = dict(zip(("acquirer", "backup") + ISSUERS, free_ports(4)))
        text = self._default_text()
        for name, value in self.timings.items():
            text = re.sub(rf"{name}: \d+", f"{name}: {value}", text)
        for port in self.ports.values():
            text = text.replace("127.0.0.1:0", f"127.0.0.1:{port}", 1)
        text = re.sub(r"^load: \{.*?\}", "load: " + load, text, flags=re.MULTILINE)
        pathlib.Path(self.config).write_text(edit(text), encoding="utf-8")

    def _default_text(self):
        other = os.path.join(self.folder, "usual")
        os.mkdir(other, 0o700)
        self.command("up", "--data", other, "--detach")
        self.command("down", "--data", other)
        text = pathlib.Path(other, "acquit.yaml").read_text(encoding="utf-8")
        shutil.rmtree(other)
        return text

    # ---- processes ----

    def spawn(self, name, *arguments, **options):
        """Starts a command that stays; its output goes to a file of its name."""
        path = os.path.join(self.folder, f"{name}.out")
        with open(path, "ab") as out:
            process = subprocess.Popen([PROGRAM, *arguments], stdout=out, stderr=out,
                                       stdin=subprocess.DEVNULL, env=self.environment, **options)
        self.processes[name] = process
        return process

    def output(self, name):
        return pathlib.Path(self.folder, f"{name}.out").read_bytes().decode("utf-8", "replace")

    def run_party(self, party, issuer=None, is_patient=True, node=None, **options):
        """`acquit run PARTY`; returns when it is signed on to its peers, or, impatiently, when its
        control socket answers."""
        name = f"issuer-{issuer}" if issuer else f"{party}-{node}" if node else party
        more = ["--issuer", issuer] if issuer else ["--node", str(node)] if node else []
        self.spawn(name, "run", party, "--config", self.config, *more, **options)
        self._wait_ready(name, f"{name}.sock", is_patient)
        return name

    def up(self, **options):
        self.spawn("up", "up", "--data", self.data, **options)
        self._wait_ready("up", "control.sock", True)

    def _wait_ready(self, name, socket_name, is_patient):
        process = self.processes[name]

        def is_ready():
            status = self.ask(socket_name, {"verb": "status"}) or {}
            return process.poll() is not None or status.get("ready" if is_patient else "ok")
        if not wait_for(is_ready) or process.poll() is not None:
            raise AssertionError(f"{name} did not start: {self.output(name)}")

    def kill(self, name, number=signal.SIGKILL):
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(END_WAIT_S)
        return process.returncode

    def stop(self, name):
        """A graceful end; returns the exit code."""
        return self.kill(name, signal.SIGTERM)

    def is_running(self, name):
        return self.processes[name].poll() is None

    def close(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
            process.wait(END_WAIT_S)
        self.processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- commands ----

    def command(self, *arguments, timeout=COMMAND_WAIT_S, **options):
        """Runs a command to its end."""
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=timeout,
                              stdin=subprocess.DEVNULL, check=False, env=self.environment,
                              **options)
        self.said.append(done.stdout + done.stderr)
        done.text = done.stdout.decode("utf-8", "replace")
        done.error = done.stderr.decode("utf-8", "replace")
        return done

    def command_json(self, *arguments):
        """What a command says with --json; it must succeed."""
        done = self.command(*arguments, "--json")
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.error}")
        return json.loads(done.text)

    def sale(self, amount="10.00", terminal="T1", card="C1", pin="1234", *more):
        """A sale's answer as JSON: {"ok", "approved", "outcome", "money", "payment" ...}."""
        pin = ["--pin", pin] if pin else []
        done = self.command("sale", amount, "--data", self.data, "--terminal", terminal, "--card",
                            card, *pin, "--json", *more)
        if not done.text:
            return {"ok": False, "approved": False, "outcome": done.error}
        return json.loads(done.text)

    def ask(self, socket_name, request, wait_s=60):
        """A request on a control socket; None when nobody listens there."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(wait_s)
            try:
                s.connect(os.path.join(self.data, socket_name))
                s.sendall(json.dumps(request).encode() + b"\n")
                line = s.makefile("rb").readline()
            except OSError:
                return None
        return json.loads(line) if line else None

    def prove(self):
        """What the independent checker says of all stores here; fails unless all is proved."""
        to = os.path.join(self.folder, "exported")
        done = self.command("export", "--data", self.data, "--to", to, "--bytes")
        if done.returncode != 0:
            raise AssertionError("export: " + done.error)
        done = subprocess.run([sys.executable, PROVE, to], capture_output=True, text=True,
                              check=False)
        shutil.rmtree(to)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return done.stdout

    def audit(self):
        """What `acquit audit` says of each party that has a store here."""
        text = self.command("audit", "--data", self.data).text
        return dict(re.findall(r"^(\S+) (?: *\d+)+  (\S.*?)$", text, re.MULTILINE))
