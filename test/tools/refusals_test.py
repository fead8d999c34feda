#!/usr/bin/env python3
"""docs/refusals.md is what the tables say, and the tests that it names exist."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test" / "lib"))
import tap  # noqa: E402

OUTCOME = re.compile(r'^OUTCOME_ROW\((\w+), +"([^"]+)", +\d+, \w+, +\w+, +"(\w*)"', re.M)
PRODUCED = re.compile(r'^PRODUCED_ROW\((\w+), +"([^"]+)"\)', re.M)
# Calls that put a word into evidence; of each, the strings between its brackets.
WRITES = re.compile(r"\b(?:evidence_add|refuse|malformed|broken|wrong_field|wrong_number|fault|"
                    r"is_silent|is_key_fault|tell_progress|show_refusal|verdict_broken|not_found|"
                    r"ended)\(([^;{]*)\)")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def sources():
    for layer in ("terminal", "acquirer", "risk", "issuer", "office"):
        for path in sorted((ROOT / "src" / layer).glob("*.c")):
            if not path.stem.endswith(("_test", "_fuzz")):
                yield path


def outcomes():
    text = (ROOT / "src/txn/outcome_table.h").read_text()
    rows = {row[1]: row for row in OUTCOME.finditer(text)}
    del rows["OUTCOME_NONE"]
    return rows


def produced():
    return dict(PRODUCED.findall((ROOT / "tools/produced_table.h").read_text()))


class Refusals(unittest.TestCase):
    def test_the_page_is_what_the_tables_say(self):
        page = subprocess.run([os.environ["REFUSALS_PAGE"]], capture_output=True, text=True,
                              check=True).stdout
        committed = (ROOT / "docs/refusals.md").read_text()
        self.assertEqual(page, committed, "run refusals-page > docs/refusals.md")

    def test_every_cause_has_a_row(self):
        self.assertEqual(set(outcomes()), set(produced()))

    def test_the_tests_exist_and_speak_of_their_cause(self):
        for cause, by in produced().items():
            if by.startswith("later: "):
                continue
            path, function = by.split(":")
            text = (ROOT / path).read_text()
            listed = re.search(rf"(cmocka_unit_test\w*|TEST)\({function}\b"
                               rf"|def {function}\(self\)", text)
            self.assertTrue(listed, f"{by} is no test")
            _, name, code = outcomes()[cause].groups()
            self.assertTrue(cause in text or f'"{name}"' in text or (code and f'"{code}"' in text),
                            cause)

    def test_what_a_party_gives_is_not_called_later(self):
        parties = "".join(path.read_text() for path in sources())
        for cause, by in produced().items():
            if by.startswith("later: "):
                self.assertIsNone(re.search(rf"\b{cause}\b", parties), f"name a test for {cause}")

    def test_words_of_evidence_are_known_in_chinese(self):
        words = {word for path in sources() for call in WRITES.findall(path.read_text())
                 for word in STRING.findall(call)}
        unknown = subprocess.run([os.environ["REFUSALS_PAGE"], "--values"], text=True, check=True,
                                 capture_output=True, input="\n".join(sorted(words))).stdout
        print(f"# coverage: words of evidence known in zh {len(words) - unknown.count(chr(10))} / "
              f"{len(words)}")
        self.assertGreater(len(words), 50)
        self.assertEqual(unknown, "", "give these a row in src/explain/value_table.h")

    def test_coverage(self):
        rows = produced()
        later = sum(by.startswith("later: ") for by in rows.values())
        print(f"# coverage: causes produced by a named test {len(rows) - later} / {len(rows)}; "
              f"{later} come with later work")
        self.assertGreater(len(rows) - later, 60)


if __name__ == "__main__":
    tap.main()
