"""tools/nightly over a stand-in for the program: it counts, it sums up, and what fails is kept."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

NIGHTLY = os.path.join(HERE, "..", "..", "tools", "nightly")
TOLD = {"ok": True, "kills": 3, "stops": 2, "cuts": 1, "stalls": 1, "slows": 1, "payments": 40}
ABOUT = {"format": 1, "name": "acquirer", "party": "acquirer", "node": 1, "at": 1, "records": 0,
         "rows": 0, "head": 0, "hash": "0" * 64}
# Exports an acquirer that has nothing; with a fault in it when it is told to.
STAND_IN = """#!{python}
import json, os, sys
arguments = sys.argv[1:]
def export(folder):
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, "acquirer.journal.jsonl"), "w").close()
    with open(os.path.join(folder, "acquirer.rows.jsonl"), "w") as file:
        file.write({row!r})
    with open(os.path.join(folder, "acquirer.party.json"), "w") as file:
        file.write({about!r})
if arguments[0] == "sim":
    first, count = (int(arguments[arguments.index(name) + 1]) for name in ("--seed", "--seeds"))
    for seed in range(first, first + count):
        export(os.path.join(arguments[arguments.index("--export") + 1], str(seed)))
else:
    export(os.path.join(arguments[arguments.index("--data") + 1], "export"))
    print({told!r})
sys.exit({code})
"""


class Nightly(unittest.TestCase):
    def night(self, only, code=0, row=""):
        with tempfile.TemporaryDirectory(prefix="acquit-nightly-") as folder:
            program = pathlib.Path(folder, "acquit")
            program.write_text(STAND_IN.format(python=sys.executable, code=code, row=row,
                                               about=json.dumps(ABOUT), told=json.dumps(TOLD)))
            program.chmod(0o700)
            keep = pathlib.Path(folder, "kept")
            done = subprocess.run(
                [sys.executable, NIGHTLY, "--minutes", "0.02", "--only", only, "--keep", str(keep)],
                capture_output=True, text=True, check=False,
                env=dict(os.environ, ACQUIT=str(program)))
            self.kept = {path.name: path.read_text() for path in keep.glob("failure-*")}
        return done

    def test_seeds_are_counted_and_proved(self):
        done = self.night("sim")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"sim +good .* [1-9]\d* seeds, [1-9]\d* facts proved")
        self.assertIn("1 steps, all good", done.stdout)

    def test_drills_are_summed_up(self):
        done = self.night("drill")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"1 drills: 3 killed, 2 stopped, 3 links disturbed, 40 pay")

    def test_a_program_that_fails_fails_the_night(self):
        for only in ("sim", "drill"):
            done = self.night(only, code=1)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(f"{only} FAILED", done.stdout)
            self.assertEqual(list(self.kept), [f"failure-1-{only}.txt"])

    def test_what_cannot_be_proved_fails_the_night(self):
        row = json.dumps({"table": "batch", "key": "T1/000001", "row": {"state": "open",
                                                                        "debit": 5}}) + "\n"
        for only in ("sim", "drill"):
            done = self.night(only, row=row)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertTrue(re.search(r"T1/000001", self.kept[f"failure-1-{only}.txt"]))

    def test_too_little_time_leaves_steps_out(self):
        done = self.night("canaries")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("left out", done.stdout)


if __name__ == "__main__":
    tap.main()
