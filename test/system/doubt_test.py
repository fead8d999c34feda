"""What is in doubt or owed, on real processes: an issuer is killed with a payment under way and
stays away for more than a day. The switch keeps the reversal, lists it, hands it to a person, and
ends it by itself when the issuer is back; the other issuer's cards never notice."""

import json
import os
import pathlib
import signal
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402
import wires  # noqa: E402

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
        return self.shop.command("doubt", *more, "--data", self.shop.data)

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

    def restart_switch(self):
        """It is not ready to sell while an issuer is away, but it answers."""
        self.shop.kill("acquirer")
        self.shop.run_party("acquirer", is_patient=False)

    def person(self, name, password="a password of hers"):
        path = os.path.join(self.shop.data, f"{name}.password")
        with open(path, "w", encoding="utf-8") as out:
            out.write(password + "\n")
        return path

    def say(self, act, payment, by, *more):
        done = self.doubt(act, payment, "--by", by, "--password-file",
                          os.path.join(self.shop.data, f"{by}.password"), "--json", *more)
        return json.loads(done.text)

    def test_two_persons_end_what_does_not_end_by_itself(self):
        evidence = "Ms Li, night desk of the bank, 21:40, note 4711: 从未收到"
        settled = ("--as", "never-seen", "--evidence", evidence)
        for name in ("anna", "bo"):
            done = self.doubt("person", name, "--new-password-file", self.person(name))
            self.assertEqual(done.returncode, 0, done.error)
        self.assertTrue(self.shop.sale("10.00")["approved"])
        self.sell_to_one_who_is_frozen()
        self.assertTrue(shop.wait_for(lambda: len(self.items()) == 1))
        item = self.items()[0]
        payment = f"{item['terminal']}/{item['batch']:06}/{item['trace']:06}"

        young = self.say("settle", payment, "anna", *settled)
        self.assertEqual((young["result"], young["refused"]), ("too-young", True))
        self.assertIn("settled once it was refused 10 times, or from", young["text"]["en"])
        self.advance("5h")
        self.assertTrue(shop.wait_for(lambda: self.items()[0]["with_person"]))
        card = self.say("settle", payment, "anna", "--as", "never-seen", "--evidence",
                        "card 6200 0001 0000 0003")
        self.assertIn("as a card number has", card["text"]["en"])
        self.assertEqual(self.say("settle", payment, "anna", "--as", "approved", "--evidence",
                                  "he says so")["result"], "unfit")
        self.assertEqual(self.say("settle", payment, "anna", *settled)["result"], "proposed")
        self.restart_switch()  # the word is durable
        self.assertEqual(self.say("settle", payment, "anna", *settled)["result"], "same")
        self.assertEqual(self.say("confirm", payment, "anna", "--as", "never-seen")["result"],
                         "one-person")
        self.person("bo", "another password")
        self.assertEqual(self.say("confirm", payment, "bo", "--as", "never-seen")["result"],
                         "no-person")
        self.person("bo")
        self.assertEqual(self.say("confirm", payment, "bo", "--as", "taken-back")["result"],
                         "other-word")
        self.assertIn("to be confirmed by a second person", self.doubt().text)
        done = self.say("confirm", payment, "bo", "--as", "never-seen")
        self.assertEqual((done["result"], done["testimony"]["evidence"]), ("settled", evidence))
        self.restart_switch()

        self.assertTrue(shop.wait_for(lambda: self.items() == [] == self.items("terminal")))
        self.assertEqual(self.doubt("--check").returncode, 0)
        told = self.shop.command("query", payment, "--data", self.shop.data).text
        self.assertIn("settled by hand as never-seen, by anna and bo", told)
        self.assertIn("人工了结", told)
        why = self.shop.command("why", "--terminal", item["terminal"], "--trace",
                                str(item["trace"]), "--data", self.shop.data).text
        self.assertIn(evidence, why)
        self.assertIn("two persons said how it stands", why)
        self.assertEqual(self.say("confirm", payment, "bo", "--as", "never-seen")["result"], "same")
        self.assertEqual(self.say("settle", payment, "anna", "--as", "taken-back", "--evidence",
                                  "no")["result"], "other-settled")
        self.shop.run_party("issuer", AWAY)
        self.assertTrue(shop.wait_for(lambda: self.shop.sale("11.00")["approved"]))
        self.assertEqual(set(self.shop.audit().values()), {"good"})
        self.assertEqual(self.items() + self.items("terminal"), [])

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


class Asked(unittest.TestCase):
    """The switch itself does not know: somebody asks, and it asks the issuer."""

    def setUp(self):
        self.bank = wires.Wire()
        self.addCleanup(self.bank.close)
        self.shop = shop.Shop(load="{terminals: 4, cards: 8}")
        self.addCleanup(self.shop.close)
        for issuer in shop.ISSUERS:
            self.shop.run_party("issuer", issuer)
        self.bank.target = self.shop.ports[AWAY]
        config = pathlib.Path(self.shop.config)
        config.write_text(config.read_text("utf-8").replace(
            f"127.0.0.1:{self.bank.target}", f"127.0.0.1:{self.bank.port}"), encoding="utf-8")
        self.shop.run_party("acquirer")
        self.shop.run_party("terminal")

    def query(self, *more):
        return json.loads(self.shop.command("query", *more, "--data", self.shop.data,
                                            "--json").text)

    def state_at(self, party, name):
        answer = self.shop.ask("issuer-" + AWAY + ".sock" if party == "issuer" else
                               party + ".sock", {"verb": "query", "payment": name})
        return answer["state"]

    def test_its_word_is_told_and_decides_nothing(self):
        self.bank.set(wires.MUTE)
        answer = {}
        selling = threading.Thread(target=lambda: answer.update(self.shop.sale("12.50")))
        selling.start()
        self.addCleanup(selling.join)
        name = "T1/000001/000002"  # the sign-in took the first number
        self.assertTrue(shop.wait_for(lambda: self.state_at("issuer", name) == "approved"))
        self.bank.set(wires.PASS)
        told = self.query(name, "--ask")["told"]
        self.assertEqual((told["state"], told.get("issuer_state")), ("in-progress", "approved"))
        self.assertFalse(told["safe_to_retry"])
        told = self.shop.ask("terminal.sock", {"verb": "ask", "terminal": "T1", "batch": "1",
                                               "trace": "2"})["told"]  # as a cash register does
        self.assertEqual(told.get("issuer_state"), "approved")
        self.assertEqual(self.state_at("acquirer", name), "in-progress")
        self.assertTrue(selling.is_alive())
        done = self.shop.command("clock", "advance", "4m", "--data", self.shop.data)
        self.assertEqual(done.returncode, 0, done.error)
        selling.join()
        for party in ("acquirer", "issuer"):
            self.assertTrue(shop.wait_for(lambda: self.state_at(party, name) == "taken-back"))
        self.assertTrue(shop.wait_for(
            lambda: self.query(name, "--ask")["told"]["state"] == "taken-back"))
        self.assertTrue(shop.wait_for(lambda: self.state_at("terminal", name) == "taken-back"))


if __name__ == "__main__":
    tap.main()
