"""What is in doubt or owed, on real processes: an issuer is killed with a payment under way and
stays away for more than a day. The switch keeps the reversal, lists it, hands it to a person, and
ends it by itself when the issuer is back; the other issuer's cards never notice."""

import json
import os
import signal
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402

AWAY, THERE = shop.ISSUERS


class Doubt(unittest.TestCase):
    def setUp(self):
        self.shop = shop.Shop(load="{terminals: 4, cards: 8}")
        self.addCleanup(self.shop.close)
        for issuer in shop.ISSUERS:
            self.shop.run_party("issuer", issuer)
        self.shop.run_party("acquirer")
        self.shop.run_party("terminal")

    def doubt(self, *more):
        return self.shop.command("doubt", "--data", self.shop.data, *more)

    def items(self, owner="acquirer"):
        parties = json.loads(self.doubt("--json").text)
        return [i for p in parties if p["name"] == owner for i in p["items"]]

    def lanes(self):
        """As a monitor reads them out of acquit status."""
        text = self.shop.command("status", "--data", self.shop.data, "--json").text
        parties = [p for line in text.splitlines() for p in json.loads(line)["parties"]]
        return {p["name"]: p["lanes"] for p in parties}

    def advance(self, time):
        done = self.shop.command("clock", "advance", time, "--data", self.shop.data)
        self.assertEqual(done.returncode, 0, done.error)

    def sell_to_one_who_is_frozen(self):
        """A sale whose request has left for an issuer that will never answer it."""
        self.shop.processes[f"issuer-{AWAY}"].send_signal(signal.SIGSTOP)
        self.answer = {}
        selling = threading.Thread(target=lambda: self.answer.update(self.shop.sale("12.50")))
        selling.start()
        self.addCleanup(selling.join)
        # Asked over its own socket: the frozen process would hold up `acquit doubt`.
        self.assertTrue(shop.wait_for(self.is_in_doubt))
        self.shop.kill(f"issuer-{AWAY}")
        self.advance("4m")
        selling.join()

    def is_in_doubt(self):
        answer = self.shop.ask("acquirer.sock", {"verb": "doubt"})
        items = [i for p in answer["parties"] for i in p["items"]]
        return [i["owes"] for i in items] == ["answer"] and items[0]["money"] == "unknown"

    def test_an_issuer_that_is_away_for_more_than_a_day(self):
        self.assertTrue(self.shop.sale("10.00")["approved"])
        self.assertIn("nothing is in doubt", self.doubt().text)
        self.sell_to_one_who_is_frozen()
        self.assertFalse(self.answer["approved"])
        self.assertTrue(shop.wait_for(lambda: len(self.items()) == 1))
        self.assertEqual(self.doubt("--check").returncode, 0)

        self.advance("25h")
        self.assertTrue(shop.wait_for(lambda: self.items()[0]["with_person"]))
        item = self.items()[0]
        self.assertEqual((item["owes"], item["destination"], item["amount"], item["money"]),
                         ("reversal", AWAY, "12.50", "returning"))
        self.assertEqual((item["cause"], item["who_acts"]), ("doubt.unanswered", "acquirer"))
        self.assertGreaterEqual(item["age_seconds"], 24 * 3600)
        self.assertTrue(item["is_held_up"] and item["steps"])
        self.assertEqual(self.doubt("--check").returncode, 1)
        text = self.doubt().text
        self.assertIn("a person must look into 1", text)
        self.assertIn("reversal since", text)
        self.assertIn("冲正", self.doubt("--lang", "zh").text)
        lane = self.lanes()["acquirer"][0]
        self.assertEqual((lane["destination"], lane["kind"], lane["owed_count"],
                          lane["owed_with_person"]), (AWAY, "reversal", 1, 1))
        self.assertGreaterEqual(lane["owed_oldest_age_seconds"], 24 * 3600)
        self.assertEqual(self.shop.output("acquirer").count("doubt.unanswered"), 1)
        other = self.shop.sale("3.00", "T1", "C9")  # the other issuer's
        self.assertTrue(other["approved"], other)

        self.shop.run_party("issuer", AWAY)
        self.assertTrue(shop.wait_for(lambda: self.items() == [] == self.items("terminal")))
        self.assertEqual(set(self.shop.audit().values()), {"good"})
        self.assertTrue(self.shop.sale("10.00")["approved"])


if __name__ == "__main__":
    tap.main()
