"""Planted bugs: a few canaries of `acquit sim` must be found within a few seeds, and the seed that
found it must find it again with the command that was printed. `make canaries` hunts all of them."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

PROGRAM = os.environ.get("ACQUIT", "build/acquit")
SEEDS = "120"
# One of each place where bugs are planted: store, HSM, rows, steps of each party, deadlines.
FEW = ["forget-commit", "mac-over-a-part", "post-twice", "drop-tombstone", "keep-voiding",
       "claim-unmoved", "accept-old"]


def sim(*arguments):
    return subprocess.run([PROGRAM, "sim", *arguments], capture_output=True, text=True, check=False,
                          timeout=120)


def canaries():
    words = re.search(r"--canary BUG.*?: (.*)", sim("--help").stdout).group(1)
    return words.split(", ")


class Canary(unittest.TestCase):
    def test_there_are_some(self):
        self.assertGreaterEqual(len(canaries()), 30)
        self.assertLessEqual(set(FEW), set(canaries()))

    def test_a_failing_seed_is_made_smaller_and_told(self):
        said = sim("--seeds", SEEDS, "--canary", "believe-late", "--shrink").stdout
        self.assertRegex(said, r"(?m)^of commit \S+$")
        self.assertRegex(said, r"(?m)^Smaller: \d+ payments")
        self.assertRegex(said, r"(?m)^What happened to T\d{7}/\d{6}/\d{6}:$")
        smaller = re.search(r"^the smaller one: acquit sim (.*) --trace$", said, re.MULTILINE)
        again = sim(*smaller.group(1).split())
        self.assertEqual(again.returncode, 1)

    def test_any_number_of_processes_finds_the_same(self):
        one = sim("--seeds", "16", "--jobs", "1", "--canary", "swap-advices").stdout
        four = sim("--seeds", "16", "--jobs", "4", "--canary", "swap-advices").stdout
        failed = re.compile(r"^FAILED: .*$", re.MULTILINE)
        self.assertEqual(failed.findall(one), failed.findall(four))

    def test_faults_that_are_left_out_do_not_happen(self):
        said = sim("--seed", "5", "--seeds", "10", "--without", "loss,crash").stdout
        self.assertRegex(said, r"\bloss 0\b")
        self.assertRegex(said, r"\bcrash 0\b")
        none = sim("--seed", "5", "--seeds", "2", "--without", "all").stdout
        faults = re.search(r"^faults(.*?)^change-overs", none, re.MULTILINE | re.DOTALL)[1]
        self.assertEqual(set(re.findall(r"[a-z-]+ (\d+)", faults.replace("day-change", ""))), {"0"})
        self.assertEqual(sim("--without", "rain").returncode, 2)

    def test_a_wrong_name_is_refused(self):
        self.assertEqual(sim("--canary", "parrot").returncode, 2)


def found(name):
    def test(self):
        first = sim("--seeds", SEEDS, "--canary", name)
        self.assertEqual(first.returncode, 1, f"{name} was not found: {first.stdout}")
        said = re.search(r"^FAILED: (.*)$", first.stdout, re.MULTILINE).group(1)
        command = re.search(r"^repeat with: acquit sim (.*) --trace$", first.stdout, re.MULTILINE)
        again = sim(*command.group(1).split())
        self.assertEqual(again.returncode, 1)
        self.assertIn(said, again.stdout)
    return test


for canary in FEW:
    setattr(Canary, "test_" + canary.replace("-", "_") + "_is_found", found(canary))

if __name__ == "__main__":
    tap.main()
