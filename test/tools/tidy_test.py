#!/usr/bin/env python3
"""Plants each violation that tools/tidy knows into a clean tree and demands that it is found."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import script  # noqa: E402
import tap  # noqa: E402

tidy = script.load("tidy")

LAYERS = """\
base   pure  -
wire   pure  *above
issuer pure  base wire
host   host  *above !issuer
"""

CLEAN = {
    "src/LAYERS": LAYERS,
    "src/meson.build": "layers = [\n  ['base', true],\n  ['wire', true],\n  ['host', false],\n]\n",
    "src/base/README.md": "# base\n\nSee [the layers](../LAYERS), `[not](a-link)`, "
                          "[the web](https://example.org/x).\n",
    "src/wire/README.md": "# wire\n",
    "src/host/README.md": "# host\n",
    "src/base/text.h": "/* strcpy( is only named here */\n#include <stddef.h>\n",
    "src/wire/frame.c": '#include "base/text.h"\n#include <string.h>\n\n'
                        "int frame(int a)\n{\n    return a;\n}\n",
    "src/host/link.c": '#include "wire/frame.h"\n#include <uv.h>\n\n'
                       'const char *text = "strcpy(a, b)";\n',
    "src/host/link_test.c": '#include "test/lib/fuzz.h"\n#include "issuer/issuer.h"\n',
}


def body(lines):
    return "int f(void)\n{\n" + lines + "}\n"


class TidyTest(unittest.TestCase):
    def found_in(self, check, planted):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**CLEAN, **planted}.items():
                file = pathlib.Path(root) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            return [(f.path, f.line) for f in tidy.findings_of(tidy.Tree(root), check)]

    def finds(self, check, path, text, line=1):
        self.assertEqual(self.found_in(check, {path: text}), [(path, line)])

    def accepts(self, check, path, text):
        self.assertEqual(self.found_in(check, {path: text}), [])

    def test_a_clean_tree_has_no_findings(self):
        for check in tidy.CHECKS:
            self.assertEqual(self.found_in(check, {}), [], check)

    def test_an_arrow_down_in_the_table(self):
        self.finds("layers", "src/LAYERS", LAYERS.replace("wire   pure  *above",
                                                          "wire   pure  host"))

    def test_includes_against_the_arrows(self):
        self.finds("includes", "src/base/up.c", '\n#include "wire/frame.h"\n', 2)
        self.finds("includes", "src/host/far.c", '#include "issuer/issuer.h"\n')
        self.finds("includes", "src/wire/near.c", '#include "frame.h"\n')
        self.finds("includes", "src/wire/clock.c", "#include <time.h>\n")
        self.finds("includes", "src/wire/lib.c", '#include "test/lib/fuzz.h"\n')
        self.finds("includes", "src/wire/low_test.c", '#include "host/link.h"\n')
        self.accepts("includes", "src/wire/any_test.c", "#include <stdio.h>\n")

    def test_a_folder_is_a_layer_with_a_readme(self):
        self.assertEqual(self.found_in("folders", {"src/new/a.c": "\n"}),
                         [("src/new", 1), ("src/new", 1)])

    def test_the_build_lists_the_layers_as_the_table(self):
        build = CLEAN["src/meson.build"]
        self.finds("folders", "src/meson.build", build.replace("'wire', true", "'wire', false"), 3)
        self.finds("folders", "src/meson.build", build.replace("wire", "wires"), 3)
        self.finds("folders", "src/meson.build",
                   "layers = [\n  ['wire', true],\n  ['base', true],\n]\n", 3)

    def test_stems_are_unique_and_say_something(self):
        self.finds("stems", "src/wire/text.c", "\n")
        self.finds("stems", "src/wire/utils.c", "\n")

    def test_limits_of_a_function(self):
        most = tidy.FUNCTION_LINES_MAX
        self.accepts("functions", "src/wire/a.c", body("    x();\n" * (most - 3)))
        self.finds("functions", "src/wire/a.c", body("    x();\n" * (most - 2)))
        self.accepts("functions", "src/wire/a.c",
                     "int f(int a, int b, int c, int d, int e)\n{\n}\n")
        self.finds("functions", "src/wire/a.c",
                   "\nint f(int a, int b, int c, int d, int e, int f)\n{\n}\n", 2)
        self.accepts("functions", "src/wire/a.c",
                     "int f(int a, int (*b)(int, int), int c, int d, int e)\n{\n}\n")

    def test_nesting_with_and_without_braces(self):
        three = "    if (a)\n        for (;;)\n            if (b)\n                c();\n"
        self.accepts("functions", "src/wire/a.c", body(three))
        self.finds("functions", "src/wire/a.c",
                   body(three.replace("                c();", "                while (d)\n"
                                      "                    c();")))
        four = "    if (a) {\n        for (;;) {\n            do {\n" \
               "                if (b) {\n                }\n            }\n        }\n    }\n"
        self.finds("functions", "src/wire/a.c", body(four))

    def test_a_table_is_no_function(self):
        table = "/* clang-format off */\n" + "{1},\n" * 900 + "/* clang-format on */\n"
        text = "int rows[] = {\n" + table + "};\n"
        self.accepts("functions", "src/wire/a.c", text)
        self.accepts("files", "src/wire/a.c", text)
        long_body = body("    x();\n" * tidy.FUNCTION_LINES_MAX)
        self.finds("functions", "src/wire/a.c", text + long_body, 905)

    def test_braces_in_words_are_not_code(self):
        text = body("    x(\"}\", '{', '\"'); // }\n") + body("    /* { */\n" * 71)
        self.finds("functions", "src/wire/a.c", text, 5)

    def test_length_of_files_and_lines(self):
        self.accepts("files", "src/wire/a.c", "\n" * tidy.FILE_LINES_MAX)
        self.finds("files", "src/wire/a.c", "\n" * (tidy.FILE_LINES_MAX + 1))
        self.accepts("files", "src/wire/a_table.h", "\n" * (tidy.FILE_LINES_MAX + 1))
        self.accepts("lines", "src/wire/a.c", "/" * tidy.LINE_COLUMNS_MAX + "\n")
        self.finds("lines", "src/wire/a.c", "\n" + "/" * (tidy.LINE_COLUMNS_MAX + 1) + "\n", 2)

    def test_white_space(self):
        self.finds("whitespace", "src/wire/a.c", "int a; \n")
        self.finds("whitespace", "src/wire/a.c", "\n\tint a;\n", 2)
        self.finds("whitespace", "src/wire/a.c", "int a;")

    def test_banned_calls(self):
        for call in tidy.BANNED_CALLS:
            self.finds("calls", "src/host/a.c", f"\nint a = {call}(b);\n", 2)
        self.accepts("calls", "src/host/a.c", "x->random(1); localtime_r(a, b); my_rand(2);\n")

    def test_banned_forms(self):
        self.finds("calls", "src/host/a.c", "typedef struct a {\n} b;\n")
        self.finds("calls", "src/host/a.c", body("    goto again;\n"), 3)
        self.accepts("calls", "src/host/a.c", body("    goto done;\n"))

    def test_words_of_unfinished_work_and_of_one_machine(self):
        for word in tidy.BANNED_WORDS:
            self.finds("words", "src/wire/a.c", f"\n/* {word}: later */\n", 2)
        self.finds("words", "docs/a.md", "see /wo" "rk/main\n")
        self.finds("words", "docs/a.md", "see ../sha" "red/x\n")
        self.accepts("words", "docs/a.md", "see https://example.org/wo" "rk/main\n")

    def test_dead_links(self):
        self.finds("links", "docs/a.md", "\n[x](missing.md)\n", 2)
        self.accepts("links", "docs/a.md", "[x](../src/LAYERS#top) [y](#here)\n")

    def test_numbers_that_look_like_a_card(self):
        # Put together here, so that this file is not a finding itself.
        card = "62258821" + "10587638"
        self.finds("pans", "docs/a.md", f"\npaid with {card}\n", 2)
        self.finds("pans", "src/host/a.c", f'"{card}=2512"\n')
        self.finds("pans", "src/host/a.c", f'"{card}D2512101"\n')
        self.accepts("pans", "docs/a.md", f"{card[:-1]}9 {card}00AA A{card} 4111111111111111\n")
        self.accepts("pans", "docs/a.md", "6228480000000000000\n")
        self.accepts("pans", "test/vectors/a.json", f'"{card}"\n')


if __name__ == "__main__":
    tap.main()
