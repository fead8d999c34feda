#!/usr/bin/env python3
"""tools/test counts what failed, also where a program dies, hangs or leaves a process behind."""

import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import script  # noqa: E402
import tap  # noqa: E402

runner = script.load("test")

# Leaves a child of its own session behind, as a daemon does.
STRAY = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)"

GUARD = f"""
import ctypes, subprocess, sys
sys.path.insert(0, {str(script.ROOT / 'test' / 'lib')!r})
import script
runner = script.load("test")
ctypes.CDLL(None).prctl(runner.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
subprocess.run([sys.executable, "-c", {STRAY!r}])
tally = runner.Tally()
runner.kill_left_behind(tally, "tree", 0.3)
assert not runner.children_of(runner.os.getpid())
print(tally.failed, tally.failures)
"""


class CountTest(unittest.TestCase):
    def counted(self, result, stdout):
        tally = runner.Tally()
        runner.count_program(tally, "tree", {"name": "x", "result": result, "stdout": stdout})
        return tally.passed, tally.failed, tally.skipped

    def test_single_tests_are_counted(self):
        self.assertEqual(self.counted("OK", "1..3\nok 1 - a\nnoise\nok 2 - b\nok 3 - c\n"),
                         (3, 0, 0))

    def test_failures_are_counted(self):
        self.assertEqual(self.counted("FAIL", "1..3\nok 1 - a\nnot ok 2 - b\n# why\nok 3 - c\n"),
                         (2, 1, 0))

    def test_what_did_not_run_has_failed(self):
        self.assertEqual(self.counted("FAIL", "1..5\nok 1 - a\nok 2 - b\n"), (2, 3, 0))
        self.assertEqual(self.counted("TIMEOUT", "1..2\nok 1 - a\n"), (1, 1, 0))

    def test_a_crash_at_the_end_has_failed(self):
        self.assertEqual(self.counted("FAIL", "1..1\nok 1 - a\n"), (1, 1, 0))

    def test_an_early_good_end_has_failed(self):
        self.assertEqual(self.counted("OK", "1..2\nok 1 - a\n"), (1, 1, 0))

    def test_figures_are_kept_once(self):
        tally = runner.Tally()
        for tree in ("build", "build-asan"):
            runner.count_program(tally, tree, {"name": "x", "result": "OK", "stdout":
                                               "1..1\n# words: 7 of 9\n# noise: 1\nok 1 - a\n"})
        self.assertEqual(list(tally.figures), ["words: 7 of 9"])

    def test_skipped_is_neither(self):
        self.assertEqual(self.counted("OK", "1..2\nok 1 - a\nnot ok 2 # SKIP b\n"), (1, 0, 1))
        self.assertEqual(self.counted("SKIP", ""), (0, 0, 1))

    def test_a_program_without_tap_is_one_test(self):
        self.assertEqual(self.counted("OK", "fine\n"), (1, 0, 0))
        self.assertEqual(self.counted("FAIL", "not fine\n"), (0, 1, 0))

    def test_several_groups_add_up(self):
        self.assertEqual(self.counted("OK", "1..1\nok 1 - a\n1..2\nok 1 - b\nok 2 - c\n"),
                         (3, 0, 0))


class GuardTest(unittest.TestCase):
    def test_a_stray_process_is_found_ended_and_failed(self):
        run = subprocess.run([sys.executable, "-c", GUARD], capture_output=True, check=True,
                             encoding="utf-8", timeout=30)
        self.assertIn("1 ['tree: a test left the process sleep (", run.stdout)

    def test_no_stray_process_no_failure(self):
        quiet = GUARD.replace(repr(STRAY), repr("pass"))
        run = subprocess.run([sys.executable, "-c", quiet], capture_output=True, check=True,
                             encoding="utf-8", timeout=30, env=dict(os.environ))
        self.assertEqual(run.stdout, "0 []\n")


if __name__ == "__main__":
    tap.main()
