"""A world of our own in a temporary folder, for tests that run the real program: every process that
a test starts is ended when the test is over, however it ends."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(os.environ.get("ACQUIT", "build/acquit"))
COMMAND_WAIT_S = 240
# Nobody in these worlds falls silent, and a machine may stand still for seconds.
WAITS = {"terminal_wait_ms": 150000, "acquirer_wait_ms": 120000, "request_age_max_ms": 90000}


class Outcome:
    """What a run of the program said and returned."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def json(self):
        return json.loads(self.out)


def acquit(*arguments, stdin=None, timeout=COMMAND_WAIT_S):
    """Runs the program to its end."""
    done = subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True,
                          check=False, timeout=timeout)
    return Outcome(done)


def gone(pid, seconds=60):
    """Whether a process ends within some seconds, and not its first thread alone."""
    for _ in range(int(seconds * 50)):
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                is_over = stat.read().rsplit(")", 1)[1].split()[0] == "Z"
            if is_over and len(os.listdir(f"/proc/{pid}/task")) <= 1:
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def patient_text():
    """The file that `acquit up` writes into an empty folder, with long waits."""
    folder = tempfile.mkdtemp(prefix="acquit-test-")
    try:
        for command in (("up", "--detach"), ("down",)):
            outcome = acquit(*command, "--data", folder)
            if outcome.code != 0:
                raise AssertionError(f"{command}: {outcome.err}")
        with open(os.path.join(folder, "acquit.yaml"), encoding="utf-8") as file:
            text = file.read()
    finally:
        shutil.rmtree(folder)
    for name, value in WAITS.items():
        text = re.sub(rf"{name}: \d+", f"{name}: {value}", text)
    return text


class WorldTest(unittest.TestCase):
    """Each test has a folder of its own; self.acquit() works on it."""

    text = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="acquit-test-")
        self.data = os.path.join(self.folder, "data")
        self.pids = set()
        os.mkdir(self.data, 0o700)
        WorldTest.text = WorldTest.text or patient_text()
        with open(os.path.join(self.data, "acquit.yaml"), "x", encoding="utf-8") as file:
            file.write(WorldTest.text)

    def tearDown(self):
        for pid in self.pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            gone(pid)
        shutil.rmtree(self.folder)

    def acquit(self, *arguments, **more):
        return acquit(*arguments, "--data", self.data, **more)

    def up(self):
        """Starts the world; returns its process id."""
        outcome = self.acquit("up", "--detach")
        self.assertEqual(outcome.code, 0, outcome.err)
        pid = int(re.search(r"process (\d+)", outcome.out).group(1))
        self.pids.add(pid)
        return pid

    def down(self):
        outcome = self.acquit("down")
        self.assertEqual(outcome.code, 0, outcome.err)

    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        self.assertTrue(gone(pid))

    def good(self, *arguments, **more):
        """Runs; it must say yes."""
        outcome = self.acquit(*arguments, **more)
        self.assertEqual(outcome.code, 0, f"{arguments}: {outcome.err}{outcome.out}")
        return outcome

    def refused(self, words, *arguments, code=1, **more):
        """Runs; it must say no, and name what is wrong."""
        outcome = self.acquit(*arguments, **more)
        self.assertEqual(outcome.code, code, f"{arguments}: {outcome.err}{outcome.out}")
        self.assertIn(words, outcome.err + outcome.out)
        self.assertNotIn("assert", outcome.err)
        return outcome

    def sale(self, amount="10.00", *more, card="C1", pin="1234"):
        return self.acquit("sale", amount, "--card", card, "--pin", pin, "--json", *more).json()

    def edit(self, before, after):
        """Changes a piece of acquit.yaml."""
        path = os.path.join(self.data, "acquit.yaml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(before, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(before, after))
