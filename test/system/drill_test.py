"""acquit drill: real processes killed, stopped and cut off while they do what a shop does in a day;
all agree in the end, by the program's own report and by the independent checker. And however a
drill ends, nothing that it started is left."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402
import world  # noqa: E402

PROGRAM = os.path.abspath(os.environ.get("ACQUIT", "build/acquit"))
PROVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "prove")
MINUTES = os.environ.get("DRILL_MINUTES", "0.3")
LIMIT_S = 600
# What a shop does most; a drill this short need not come to the rest.
KINDS = ("sale", "void", "refund", "preauth", "balance")
WAIT_S = 120


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


class Drill(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="acquit-drill-test-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, "data")
        self.drill = None
        self.addCleanup(self.end)

    def end(self):
        if self.drill is not None and self.drill.poll() is None:
            self.drill.send_signal(signal.SIGTERM)
            self.drill.wait(WAIT_S)

    def start(self, *arguments):
        environment = dict(os.environ, TMPDIR=self.folder)
        self.drill = subprocess.Popen([PROGRAM, "drill", *arguments], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, env=environment)
        return self.drill

    def test_nothing_is_lost_doubled_or_in_doubt(self):
        drill = self.start("--minutes", MINUTES, "--seed", "20261122", "--data", self.data,
                           "--json")
        out, err = drill.communicate(timeout=LIMIT_S)
        self.assertEqual(drill.returncode, 0, out + err)
        said = json.loads(out)
        self.assertEqual((said["lost"], said["doubled"], said["in_doubt_at_end"]), (0, 0, 0), out)
        self.assertGreater(said["kills"] + said["stops"], 0, out)
        self.assertGreater(said["cuts"] + said["stalls"] + said["slows"], 0, out)
        self.assertGreater(said["approved"], 10, out)
        for kind in KINDS:
            self.assertGreater(said["kinds"].get(kind, {"begun": 0})["begun"], 0, f"{kind}: {out}")
        self.assertGreater(said["batches"], 0, out)
        self.check_log(said)
        self.assertEqual(self.leftovers(), [])
        self.prove()
        print(f"# drill: {said['kills']} killed, {said['stops']} stopped, "
              f"{said['cuts'] + said['stalls'] + said['slows']} links disturbed, "
              f"{said['payments']} payments, lost 0, doubled 0, in doubt at the end 0")

    def prove(self):
        proof = subprocess.run([sys.executable, PROVE, os.path.join(self.data, "export")],
                               capture_output=True, text=True, check=False)
        self.assertEqual(proof.returncode, 0, proof.stdout + proof.stderr)
        self.assertIn("4 parties", proof.stdout)

    def check_log(self, said):
        """Each thing that was done is there, with its time and the seed."""
        with open(os.path.join(self.data, "drill.log"), encoding="utf-8") as file:
            log = file.read()
        self.assertTrue(log.startswith("seed 20261122\n"), log)
        for words, count in ((r"killed with -9", said["kills"]), ("stopped", said["stops"]),
                             ("cut", said["cuts"]), ("held up", said["stalls"]),
                             ("slowed", said["slows"])):
            line = rf"^\d{{4}}-\d\d-\d\d [\d:.]{{12}}  [\w -]+ {words}, for \d+ ms$"
            self.assertEqual(len(re.findall(line, log, re.MULTILINE)), count, words + log)

    def test_the_same_over_two_nodes_on_postgresql(self):
        drill = self.start("--minutes", "0.15", "--seed", "3", "--data", self.data, "--json",
                           "--store", "postgres", "--nodes", "2")
        out, err = drill.communicate(timeout=LIMIT_S)
        self.assertEqual(drill.returncode, 0, out + err)
        said = json.loads(out)
        self.assertEqual((said["lost"], said["doubled"], said["in_doubt_at_end"]), (0, 0, 0), out)
        self.assertGreater(said["database_kills"] + said["database_stops"], 0, out)
        self.prove()
        self.assertEqual(self.leftovers(), [])

    def leftovers(self):
        """Processes of this program that have a file of our folder on their command line."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read()
                if self.folder.encode() in line and int(pid) != os.getpid():
                    found.append(line)
            except OSError:
                continue
        return found

    def running(self):
        """A drill that has all its processes, and their numbers."""
        drill = self.start("--minutes", "5", "--seed", "1")
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end and len(children(drill.pid)) < 4:
            self.assertIsNone(drill.poll())
            time.sleep(0.02)
        pids = children(drill.pid)
        self.assertEqual(len(pids), 4)
        return drill, pids

    def test_an_interrupt_ends_all_and_leaves_nothing(self):
        drill, pids = self.running()
        os.kill(pids[0], signal.SIGSTOP)  # one that cannot hear
        drill.send_signal(signal.SIGINT)
        drill.communicate(timeout=LIMIT_S)
        self.assertEqual(drill.returncode, 1)
        for pid in pids:
            self.assertTrue(world.gone(pid), pid)
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_drill_that_is_killed_takes_its_processes_along(self):
        drill, pids = self.running()
        drill.kill()
        drill.communicate(timeout=LIMIT_S)
        for pid in pids:
            self.assertTrue(world.gone(pid), pid)

    def test_wrong_arguments_are_refused(self):
        for wrong in (("--minutes", "x"), ("--minutes", "0"), ("--store", "memory"),
                      ("--postgres", "dbname=x"), ("--seed", "0"), ("--nodes", "2"), ("more",)):
            done = subprocess.run([PROGRAM, "drill", *wrong], capture_output=True, check=False)
            self.assertEqual(done.returncode, 2, wrong)

    def test_a_folder_that_is_in_use_is_left_alone(self):
        os.mkdir(self.data)
        with open(os.path.join(self.data, "acquit.yaml"), "w", encoding="utf-8") as file:
            file.write("somebody's\n")
        done = subprocess.run([PROGRAM, "drill", "--data", self.data], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("File exists", done.stderr)
        with open(os.path.join(self.data, "acquit.yaml"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "somebody's\n")


if __name__ == "__main__":
    tap.main()
