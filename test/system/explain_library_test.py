"""libacquit-explain as others get it: installed, found by pkg-config, with the manual's example."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test" / "lib"))
import tap  # noqa: E402


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60,
                          **options).stdout


def example():
    page = (ROOT / "docs/man/acquit-explain.3").read_text()
    return re.search(r"\.SH EXAMPLE\n\.nf\n(.*?)\.fi\n", page, re.S)[1]


class ExplainLibrary(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        cls.root = root / "root"
        run("meson", "install", "--no-rebuild", "--quiet", "-C", os.environ["BUILD"],
            "--destdir", str(cls.root))
        found = next(cls.root.rglob("acquit-explain.pc"))
        cls.env = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=str(cls.root),
                       PKG_CONFIG_LIBDIR=str(found.parent))
        cls.library = found.parent.parent
        cls.source = root / "example.c"
        cls.source.write_text(example())

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def flags(self, *which):
        return shlex.split(run("pkg-config", *which, "acquit-explain", env=self.env))

    def compile(self, *libraries):
        program = self.source.with_suffix("")
        run("cc", "-std=c17", "-Wall", "-Werror", str(self.source), *self.flags("--cflags"), "-o",
            str(program), *libraries)
        return str(program)

    def test_a_program_uses_the_shared_library(self):
        program = self.compile(*self.flags("--libs"))
        said = run(program, env=dict(os.environ, LD_LIBRARY_PATH=str(self.library)))
        self.assertEqual(said.split(), ["余额不足", "减少金额或换卡"])

    def test_a_program_uses_the_static_library(self):
        program = self.compile(str(self.library / "libacquit-explain.a"))
        self.assertIn("余额不足", run(program))

    def test_the_headers_stand_alone(self):
        for header in sorted(self.root.rglob("include/acquit/*/*.h")):
            if header.stem.endswith("_table"):
                continue  # these are pieces of others
            source = self.source.with_name("one.c")
            source.write_text(f"#include <{header.parent.name}/{header.name}>\n")
            run("cc", "-std=c17", "-Wall", "-Werror", "-fsyntax-only", str(source),
                *self.flags("--cflags"))

    def test_the_catalogue_and_the_manual_are_there(self):
        causes = json.loads(next(self.root.rglob("acquit/causes.json")).read_text())["causes"]
        self.assertIn("card.expired", [cause["name"] for cause in causes])
        self.assertTrue(list(self.root.rglob("acquit-explain.3")))


if __name__ == "__main__":
    tap.main()
