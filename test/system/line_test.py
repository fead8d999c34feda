"""Two lines from the terminals to their switch, pulled and cut while they sell: the cashier sees no
difference, what was under way is taken back over the other line, and all three sides agree."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402
import unittest  # noqa: E402
import wires  # noqa: E402

SECONDS = 30  # "in seconds", on a machine that stands still now and then


class Line(unittest.TestCase):
    def setUp(self):
        self.primary = wires.Wire()
        self.backup = wires.Wire()
        self.addCleanup(self.primary.close)
        self.addCleanup(self.backup.close)
        line = (f"line: {{primary: 127.0.0.1:{self.primary.port}, "
                f"backup: 127.0.0.1:{self.backup.port}}}\n")
        self.shop = shop.Shop(edit=lambda text: text + line)
        self.addCleanup(self.shop.close)
        self.primary.target = self.shop.ports["acquirer"]
        self.backup.target = self.shop.ports["backup"]
        self.shop.up()

    def way(self):
        return self.shop.ask("control.sock", {"verb": "status"})["ways"]["line"]

    def goes(self, way):
        self.assertTrue(shop.wait_for(lambda: self.way() == way), self.way())

    def parties(self, payment):
        """The payment as every party has it."""
        answer = self.shop.ask("control.sock", {"verb": "story", "identity": payment})
        return {one["party"]: one["payment"] for one in answer["parties"]}

    def settled(self, payment):
        def is_settled():
            return all(one["stage"] in ("answered", "reversed", "tombstone")
                       for one in self.parties(payment).values())
        self.assertTrue(shop.wait_for(is_settled), self.parties(payment))
        return self.parties(payment)

    def test_a_pulled_primary_is_no_difference_to_the_cashier(self):
        self.assertEqual(self.way(), "primary")
        self.assertTrue(self.shop.sale()["approved"])
        self.primary.set(wires.PULLED)
        self.goes("backup")
        answer = self.shop.sale()
        self.assertTrue(answer["approved"], answer)
        for party, payment in self.parties(answer["payment"]).items():
            self.assertEqual(payment["money"], "moved", party)
        since = self.shop.ask("control.sock", {"verb": "status"})["ways_since"]["line"]
        said = self.shop.command("status", "--data", self.shop.data).text
        self.assertIn(f"line: backup since {since}", said)
        said = self.shop.command("doctor", "--data", self.shop.data).text
        self.assertIn(f"line: backup since {since}", said)

    def test_an_answer_cut_with_its_line_is_taken_back_over_the_backup(self):
        self.primary.set(wires.CUT_ANSWER)
        begun = time.monotonic()
        answer = self.shop.sale()
        self.assertLess(time.monotonic() - begun, SECONDS)  # not the 150 s of a silent line
        self.assertEqual(answer["outcome"], "line.no-answer")
        evidence = {one["name"]: one["value"] for one in answer["payment"]["evidence"]}
        self.assertEqual(evidence["line"], "primary")
        self.assertEqual(evidence["state"], "line was cut")
        for party, payment in self.settled(answer["payment"]).items():
            self.assertEqual(payment["money"], "returned", party)
        self.assertEqual(self.way(), "backup")
        self.assertTrue(self.shop.sale()["approved"])

    def test_both_lines_down_move_nothing_and_come_back(self):
        self.primary.set(wires.PULLED)
        self.backup.set(wires.PULLED)
        self.goes("down")
        begun = time.monotonic()
        answer = self.shop.sale()
        self.assertLess(time.monotonic() - begun, SECONDS)
        self.assertEqual(answer["outcome"], "line.unreachable")
        self.assertEqual(list(self.parties(answer["payment"])), ["terminal"])
        self.assertEqual(answer["money"], "not_moved")
        self.primary.set(wires.PASS)
        self.goes("primary")
        self.assertEqual(self.shop.command("signin", "--data", self.shop.data).returncode, 0)
        self.assertTrue(self.shop.sale()["approved"])


if __name__ == "__main__":
    tap.main()
