"""Planted bugs: each canary of `acquit sim` must be found within a few seeds, and the seed that
found it must find it again with the command that was printed."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

PROGRAM = os.environ.get("ACQUIT", "build/acquit")
SEEDS = "120"


def sim(*arguments):
    return subprocess.run([PROGRAM, "sim", *arguments], capture_output=True, text=True, check=False,
                          timeout=120)


def canaries():
    words = re.search(r"--canary BUG.*?: (.*)", sim("--help").stdout).group(1)
    return words.split(", ")


class Canary(unittest.TestCase):
    def test_there_are_some(self):
        self.assertGreaterEqual(len(canaries()), 9)

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


for canary in canaries():
    setattr(Canary, "test_" + canary.replace("-", "_") + "_is_found", found(canary))

if __name__ == "__main__":
    tap.main()
