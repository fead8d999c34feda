"""acquit match: why a reply does not match its request.

tilln/jmeter-iso8583 #57, #54, #49, #40, #34: five people who saw only a time-out, although the
reply had come: its key, its length header or its packing was another.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap  # noqa: E402

ACQUIT = os.environ["ACQUIT"]
# An ISO 8583:1987 message in characters: 0200 with fields 3, 4, 11, 41 and its reply with 39.
REQUEST = "0200" "3020000000800000" "000000" "000000001000" "000007" "TERMINL1"
REPLY = "0210" "3020000002800000" "000000" "000000001000" "{trace}" "00" "{terminal}"


def match(*arguments):
    return subprocess.run([ACQUIT, "match", *arguments], capture_output=True, text=True,
                          timeout=60)


def reply(trace="000007", terminal="TERMINL1"):
    return REPLY.format(trace=trace, terminal=terminal)


class Match(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, text):
        path = pathlib.Path(self.folder.name) / name
        path.write_text(text + "\n")
        return str(path)

    def told(self, answer, code, *options):
        result = match("--dialect", "iso87-ascii", *options, self.file("request", REQUEST),
                       self.file("reply", answer))
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout

    def test_a_reply_that_fits(self):
        self.assertIn("the reply answers this request", self.told(reply(), 0))

    def test_another_key(self):
        said = self.told(reply(trace="000008"), 1)
        self.assertIn("DIFFERS  11             000007  ->  000008", said)
        self.assertIn("the reply does not answer this request: 11 differs", said)

    def test_another_terminal(self):
        self.assertIn("41 differs", self.told(reply(terminal="TERMINL2"), 1))

    def test_a_wrong_length_before_it(self):
        request = "001B" + "0800" "0020000000800001" "000007" "5431202020202020" "00110000000100"
        whole = match(self.file("a", request), self.file("b", request))
        self.assertIn("reading", whole.stdout)
        said = match("--dialect", "cup-pos", self.file("a", request),
                     self.file("b", "00FF60" + request[6:])).stdout
        self.assertIn("the reply does not answer this request: reading differs", said)

    def test_another_packing(self):
        said = match(self.file("request", REQUEST),
                     self.file("reply", "0210" "3020000002800000" "000000" "000000001000" "000007"
                               "3030" "5431202020202020"))
        self.assertEqual(said.returncode, 1, said.stdout + said.stderr)
        self.assertIn("two dialects", said.stdout)

    def test_json(self):
        said = json.loads(self.told(reply(trace="000008"), 1, "--json"))
        self.assertFalse(said["match"])
        wrong = [check for check in said["checks"] if check["verdict"] != "same"]
        self.assertEqual([check["name"] for check in wrong], ["11"])
        self.assertEqual(wrong[0]["reply"], "000008")

    def test_usage(self):
        self.assertEqual(match("--help").returncode, 0)
        self.assertEqual(match().returncode, 2)
        self.assertEqual(match("0200").returncode, 2)
        self.assertEqual(match("--dialect", "none", "0200", "0210").returncode, 2)
        self.assertEqual(match("/nowhere", "0210").returncode, 2)


if __name__ == "__main__":
    tap.main()
