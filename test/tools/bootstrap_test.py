#!/usr/bin/env python3
"""tools/bootstrap installs what is missing and only that, without touching this machine."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import script  # noqa: E402
import tap  # noqa: E402

PACKAGES = """\
# what it needs
one     build  # first
two     build  # second
three   test   # third
"""

# Stand in for the programs that bootstrap calls; each notes its call in the file $CALLS.
FAKES = {
    "dpkg-query": 'for p in $INSTALLED; do echo "installed $p"; done\n'
                  'echo "config-files two"\nexit 1\n',
    "apt-get": 'echo "apt-get $*" >> "$CALLS"\nexit "${APT_EXIT:-0}"\n',
    "sudo": 'echo "sudo $*" >> "$CALLS"\n',
    "id": 'echo "${USER_ID:-0}"\n',
}
NEEDED = ["sh", "sed", "grep", "wc", "dirname", "env", "cat", "tr"]


class BootstrapTest(unittest.TestCase):
    def setUp(self):
        self.room = tempfile.TemporaryDirectory()
        root = pathlib.Path(self.room.name)
        (root / "tools").mkdir()
        shutil.copy(script.ROOT / "tools" / "bootstrap", root / "tools" / "bootstrap")
        (root / "packages.txt").write_text(PACKAGES, encoding="utf-8")
        self.bin = root / "bin"
        self.bin.mkdir()
        for name in NEEDED:
            (self.bin / name).symlink_to(shutil.which(name))
        for name, body in FAKES.items():
            (self.bin / name).write_text("#!/bin/sh\n" + body, encoding="utf-8")
            (self.bin / name).chmod(0o755)
        self.root = root
        self.calls = root / "calls"

    def tearDown(self):
        self.room.cleanup()

    def run_with(self, *uses, **env):
        self.calls.write_text("", encoding="utf-8")
        run = subprocess.run([str(self.root / "tools" / "bootstrap"), *uses], check=False,
                             capture_output=True, encoding="utf-8", timeout=30,
                             env={"PATH": str(self.bin), "CALLS": str(self.calls), **env})
        return run, self.calls.read_text(encoding="utf-8").splitlines()

    def test_silent_when_nothing_is_missing(self):
        run, calls = self.run_with("build", INSTALLED="one two")
        self.assertEqual((run.returncode, run.stdout, run.stderr, calls), (0, "", "", []))

    def test_installs_what_is_missing_for_the_use(self):
        run, calls = self.run_with("build", INSTALLED="one")
        self.assertEqual(run.returncode, 0)
        self.assertEqual(calls, ["apt-get update",
                                 "apt-get install -y --no-install-recommends two"])
        self.assertIn("installing 1 missing packages: two", run.stdout)

    def test_several_uses(self):
        _, calls = self.run_with("build", "test", INSTALLED="two")
        self.assertEqual(calls[-1], "apt-get install -y --no-install-recommends one three")

    def test_a_failed_installation_fails(self):
        run, calls = self.run_with("build", INSTALLED="", APT_EXIT="100")
        self.assertNotEqual(run.returncode, 0)
        self.assertEqual(calls, ["apt-get update"])

    def test_sudo_when_not_root(self):
        _, calls = self.run_with("build", INSTALLED="", USER_ID="1000")
        self.assertTrue(calls and all(call.startswith("sudo ") for call in calls))

    def test_neither_root_nor_sudo(self):
        (self.bin / "sudo").unlink()
        run, calls = self.run_with("build", INSTALLED="one", USER_ID="1000")
        self.assertEqual((run.returncode, calls), (1, []))
        self.assertIn("two", run.stderr)

    def test_another_system_is_told_what_to_install(self):
        (self.bin / "apt-get").unlink()
        run, _ = self.run_with("build")
        self.assertEqual(run.returncode, 1)
        self.assertIn("one two", run.stderr)
        run, _ = self.run_with("build", ACQUIT_NO_BOOTSTRAP="1")
        self.assertEqual((run.returncode, run.stderr), (0, ""))


if __name__ == "__main__":
    tap.main()
