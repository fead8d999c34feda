"""Plays each story of this folder in the simulated world, and looks that a wrong one is told."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import tap  # noqa: E402

ACQUIT = os.environ["ACQUIT"]
SALE = "till T1 sells 10.00 with C1 chip pin 1234\n"


def play(path, *arguments):
    return subprocess.run([ACQUIT, "sim", "--scenario", str(path), *arguments],
                          capture_output=True, text=True, timeout=120)


class Stories(unittest.TestCase):
    """One test for each file: added below."""


def add_story(path):
    def test(self):
        result = play(path)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    setattr(Stories, "test_" + path.stem, test)


for story in sorted(HERE.glob("[0-9]*.txt")):
    add_story(story)


# Where parties die, the store is real as well.
ON_SQLITE = ("08-bank-killed-in-commit", "31-terminal-crash-points", "32-switch-crash-points",
             "33-bank-crash-points", "37-follow-ups-in-doubt")


class OnSqlite(unittest.TestCase):
    """The stories of deaths once more, over SQLite on a disk that loses what was not synced."""


def add_on_sqlite(stem):
    def test(self):
        result = play(HERE / f"{stem}.txt", "--store", "sqlite")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    setattr(OnSqlite, "test_" + stem, test)


for story in ON_SQLITE:
    add_on_sqlite(story)


# Bugs that the simulator can plant, and the story that is about what each does.
CANARIES = {
    "accept-old": "30-clocks-differ",
    "async-replica": "33-bank-crash-points",
    "believe-late": "04-late-approval",
    "claim-unmoved": "01-answer-lost",
    "drop-advice": "10-offline-delivered-once",
    "drop-at-restart": "10-offline-delivered-once",
    "drop-pending": "07-switch-killed-under-way",
    "drop-tombstone": "02-request-lost",
    "edit-journal": "03-reversal-answer-lost",
    "forget-commit": "08-bank-killed-in-commit",
    "forget-returned": "24-refunded-and-voided-twice",
    "forgive-pins": "34-wrong-pins",
    "forward-twice": "06-request-twice",
    "keep-held": "14-completion-answer-lost",
    "keep-track": "01-answer-lost",
    "keep-voiding": "37-follow-ups-in-doubt",
    "mac-over-a-part": "05-bit-flips",
    "match-trace": "22-answer-of-another",
    "miscount": "24-refunded-and-voided-twice",
    "post-nothing": "37-follow-ups-in-doubt",
    "post-twice": "06-request-twice",
    "refund-twice": "35-refund-answer-lost",
    "release-twice": "21-hold-let-go",
    "reply-before-commit": "33-bank-crash-points",
    "return-twice": "03-reversal-answer-lost",
    "reuse-trace": "31-terminal-crash-points",
    "sell-while-owed": "13-no-second-charge",
    "skip-recovery": "32-switch-crash-points",
    "trust-all-macs": "05-bit-flips",
    "trust-all-pins": "34-wrong-pins",
    "wall-clock-timer": "30-clocks-differ",
}


@unittest.skipIf(os.environ.get("SANITIZE", "none") != "none", "planted bugs, in the plain tree")
class Canaries(unittest.TestCase):
    """A story fails when the bug is there that it is about."""

    def test_each_is_found_by_its_story(self):
        for bug, stem in CANARIES.items():
            with self.subTest(bug=bug):
                result = play(HERE / f"{stem}.txt", "--canary", bug)
                self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
                self.assertIn(f"FAILED: {stem}.txt", result.stdout)


class WrongOnes(unittest.TestCase):
    """A story that is wrong is told with its file and line."""

    def told(self, text, code):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "wrong.txt"
            path.write_text(text)
            result = play(path)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def test_what_a_till_shows(self):
        said = self.told(SALE + "# a remark\nT1 shows card.stolen\n", 1)
        self.assertIn("FAILED: wrong.txt:3: T1 shows card.stolen: "
                      "it is approved, expected card.stolen", said)
        self.assertIn("shop 1       journal", said)

    def test_where_the_money_is(self):
        said = self.told(SALE + "T1 shows approved, money returned\n", 1)
        self.assertIn("wrong.txt:2:", said)
        self.assertIn("it is moved, expected returned", said)

    def test_what_is_advised(self):
        said = self.told(SALE + "T1 shows approved, wait\n", 1)
        self.assertIn("it is done, expected wait", said)

    def test_what_the_cashier_reads(self):
        said = self.told(SALE + "T1 shows approved, cashier reads \"Lost\"\n", 1)
        self.assertIn("expected Lost", said)

    def test_what_all_agree_on(self):
        said = self.told(SALE + "T1 shows approved; all agree: T1/1 taken back\n", 1)
        self.assertIn("wrong.txt:2: all agree: T1/1 taken back: T1/000001/000002; "
                      "terminal: answered, money moved, approved; ", said)

    def test_what_a_card_has_paid(self):
        said = self.told(SALE + "T1 shows approved\nC1 has paid 10.01\n", 1)
        self.assertIn("wrong.txt:3: C1 has paid 10.01: it is 10.00, expected 10.01", said)

    def test_what_the_phone_shows(self):
        said = self.told(SALE + "T1 shows approved\nthe phone of C1 shows -10.00 +10.00\n", 1)
        self.assertIn("it shows -10.00", said)

    def test_what_is_held(self):
        said = self.told(SALE + "T1 shows approved\nC1 has 10.00 held\n", 1)
        self.assertIn("it is 0.00, expected 10.00", said)

    def test_what_a_party_has(self):
        for line, told in (("the switch has T1/1 reversed", "it is answered, expected reversed"),
                           ("issuer 2 has T1/1 answered", "it does not know this payment"),
                           ("issuer 1 does not know T1/1", "it knows this payment"),
                           ("the switch has alarmed of line.corrupt", "there was no such alarm")):
            with self.subTest(line=line):
                self.assertIn(told, self.told(SALE + "T1 shows approved\n" + line, 1))

    def test_something_that_never_comes(self):
        said = self.told("the line of T1 goes dead\n" + SALE + "within 1 s T1 shows approved\n", 1)
        self.assertIn("wrong.txt:3: within 1 s T1 shows approved: it shows nothing", said)

    def test_what_an_oracle_finds(self):
        """No line is wrong, but what never comes to rest is."""
        said = self.told(SALE + "the line loses the answer of T1 once\n"
                         + "the line loses the reversal of T1 999 times\n45 s pass\n", 1)
        self.assertIn("wrong.txt: after its last line: after five minutes something", said)

    def test_words_that_are_none(self):
        for text, told in ((SALE + "till T1 sells 10.00 with C1 chipp",
                            'wrong.txt:2: word 7, "chipp": expected chip, stripe, tap or keyed'),
                           ("till T9 signs in", 'word 2, "T9": expected a till such as T1'),
                           ("till T1 sells 10", 'word 4, "10": expected an amount such as 10.00'),
                           ("10 years pass", 'word 2, "years": expected ms, s, min, h, day or'),
                           ("T1 shows line.silent",
                            "expected a cause such as line.no-answer or nothing"),
                           ("T1 shows approved, money gone", 'word 6, "gone": expected not moved,'),
                           ("till T1 sells", "at the end: expected an amount such as 10.00"),
                           ("nothing is open now", 'word 4, "now": expected the end')):
            with self.subTest(text=text):
                said = self.told(text, 2)
                self.assertIn(told, said)

    def test_the_readme_has_every_form(self):
        usage = subprocess.run([ACQUIT, "sim", "--help"], capture_output=True, text=True).stdout
        forms = re.findall(r"^    ([A-Za-z].*)\n        ", usage, re.M)
        page = (HERE / "README.md").read_text()
        self.assertGreater(len(forms), 30)
        for form in forms:
            self.assertIn(f"| `{form}` |", page)

    def test_a_file_that_is_not_there(self):
        result = play("/nowhere.txt")
        self.assertEqual(result.returncode, 2)
        self.assertIn("cannot be read", result.stderr)


if __name__ == "__main__":
    tap.main()
