"""kill -9 of each party during `acquit load`: what is restarted answers from its record, and in the
end terminals, switch and issuers agree on every payment: nothing lost, nothing taken twice."""

import json
import os
import random
import re
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402

LOAD_S = 6
KILLS = 5
LOAD_END_S = 400
PROVED_RATE = "300"  # a second: a checker in Python looks at each of them


class Kill(unittest.TestCase):
    def setUp(self):
        self.shop = shop.Shop(timings=shop.HASTY)
        self.addCleanup(self.shop.close)
        self.random = random.Random()

    def start(self):
        for issuer in shop.ISSUERS:
            self.shop.run_party("issuer", issuer)
        self.shop.run_party("acquirer")

    def restart(self, name):
        """kill -9, and the same party again after a while that may be shorter than its peers'
        patience or longer."""
        self.assertEqual(self.shop.kill(name), -9, self.shop.output(name))
        time.sleep(self.random.uniform(0, 0.8))
        if name == "acquirer":
            self.shop.run_party("acquirer")
        else:
            self.shop.run_party("issuer", name.split("-")[1])

    def load(self, *more, rate="max"):
        return self.shop.spawn("load", "load", "--config", self.shop.config, "--terminals", "32",
                               "--rate", rate, "--seconds", str(LOAD_S), *more)

    def assert_agreed(self, load):
        try:
            code = load.wait(LOAD_END_S)
        except shop.subprocess.TimeoutExpired:
            self.fail("load does not end: " + self.shop.output("load"))
        said = self.shop.output("load")
        self.assertEqual(code, 0, said)
        self.assertIn("agree on every payment", said)
        taken = re.search(r"(\d+) taken once, everywhere", said)
        self.assertIsNotNone(taken, said)
        self.assertGreater(int(taken.group(1)), 100, said)
        return said

    def audit(self):
        verdicts = self.shop.audit()
        self.assertEqual(verdicts, dict.fromkeys(
            ("acquirer", *(f"issuer-{issuer}" for issuer in shop.ISSUERS)), "good"))

    def test_switch_and_issuers_in_turn(self):
        self.start()
        load = self.load()
        time.sleep(1)
        victims = ["acquirer", "issuer-20000001", "acquirer", "issuer-20000002"]
        for i in range(KILLS):
            self.restart(victims[i % len(victims)])
            time.sleep(self.random.uniform(0.1, 0.9))
        self.assert_agreed(load)
        self.audit()

    def test_all_at_once(self):
        self.start()
        load = self.load("--entry", "chip")
        time.sleep(1 + self.random.uniform(0, 1))
        names = [name for name in self.shop.processes if name != "load"]
        for name in names:
            self.shop.kill(name)
        time.sleep(0.5)
        self.start()
        self.assert_agreed(load)
        self.audit()

    def test_terminals_with_a_journal(self):
        self.start()
        journal = self.shop.data  # beside the hosts' stores, so that all are exported together
        for _ in range(2):
            self.load("--journal", journal, rate=PROVED_RATE)
            time.sleep(self.random.uniform(1, 2.5))
            self.shop.kill("load")
        before = self.payments()
        said = self.assert_agreed(self.load("--journal", journal, rate=PROVED_RATE))
        taken = int(re.search(r"(\d+) taken once, everywhere", said).group(1))
        self.assertGreater(taken, before, "earlier payments were not compared")
        self.assertIn("all proved", self.shop.prove())

    def payments(self):
        """How many payments the issuers know at this moment."""
        count = 0
        for issuer in shop.ISSUERS:
            answer = self.shop.ask(f"issuer-{issuer}.sock", {"verb": "summary"})
            count += sum(file["count"] for file in answer["files"])
        self.assertGreater(count, 0)
        return count


class Till(unittest.TestCase):
    """One terminal, one sale in the air, and somebody dies or falls silent."""

    timings = shop.BRISK

    def setUp(self):
        self.shop = shop.Shop(timings=self.timings)
        self.addCleanup(self.shop.close)
        for issuer in shop.ISSUERS:
            self.shop.run_party("issuer", issuer)
        self.shop.run_party("acquirer")
        self.shop.run_party("terminal")
        self.sell("1.00")

    def sell(self, amount):
        answer = self.shop.sale(amount)
        self.assertTrue(answer["approved"], json.dumps(answer, indent=1))

    def silence(self, name, number=signal.SIGSTOP):
        self.shop.processes[name].send_signal(number)

    def sale_in_the_air(self):
        """A cashier who waits for a sale that nobody answers yet."""
        cashier = self.shop.spawn("cashier", "sale", "25.00", "--data", self.shop.data,
                                  "--terminal", "T1", "--card", "C1", "--pin", "1234")
        self.assertTrue(shop.wait_for(self.is_pending), self.shop.output("cashier"))
        return cashier

    def is_pending(self):
        answer = self.shop.ask("terminal.sock", {"verb": "summary"})
        return answer["files"][0]["pending"] > 0

    def story(self):
        """The terminal's second payment: trace 1 signed in, 2 sold, 3 is in the air."""
        done = self.shop.command("why", "--terminal", "T1", "--trace", "3", "--data",
                                 self.shop.data, "--json")
        return json.loads(done.text) if done.returncode == 0 else {"error": done.error}

    def balance(self):
        done = self.shop.command("balance", "--data", self.shop.data, "--terminal", "T1", "--card",
                                 "C1", "--pin", "1234")
        self.assertEqual(done.returncode, 0, done.text + done.error)
        return done.text

    def assert_returned(self):
        def is_settled(party):
            # A terminal that was told 98 leaves the money in the switch's hands.
            left = ("returning",) if party["party"] == "terminal" else ()
            return party["payment"]["money"] in ("returned", "not_moved") + left

        def is_returned():
            parties = self.story().get("parties", [])
            return len(parties) == 3 and all(is_settled(party) for party in parties)
        self.assertTrue(shop.wait_for(is_returned), json.dumps(self.story(), indent=1))
        self.assertTrue(shop.wait_for(lambda: "9999.00" in self.balance()), self.balance())
        self.sell("2.00")
        self.assertIn("9997.00", self.balance())

    def test_the_answer_to_a_sign_in_is_not_a_receipt(self):
        """A terminal that must sign in first does so on its own; only then it sells."""
        done = self.shop.command("signoff", "--data", self.shop.data, "--terminal", "T1")
        self.assertEqual(done.returncode, 0, done.error)
        answer = self.shop.sale("4.00")
        self.assertTrue(answer["approved"], json.dumps(answer, indent=1))
        self.assertEqual(answer["payment"]["kind"], "sale")
        self.assertIn("9995.00", self.balance())

    def test_terminal_dies_while_it_waits(self):
        self.silence("acquirer")
        self.sale_in_the_air()
        time.sleep(0.2)  # on its way, as far as it gets
        self.shop.kill("terminal")
        self.shop.run_party("terminal", is_patient=False)
        refused = self.shop.sale("3.00")
        self.assertFalse(refused["approved"], "a second sale passed an owed reversal")
        self.silence("acquirer", signal.SIGCONT)
        self.assert_returned()

    def test_issuer_falls_silent(self):
        """Here the switch gives up, long before the terminal does."""
        self.silence("issuer-20000001")
        cashier = self.sale_in_the_air()
        cashier.wait(shop.END_WAIT_S)
        self.assertNotEqual(cashier.returncode, 0)
        self.assertIn("issuer.no-answer", self.shop.output("cashier"))
        self.silence("issuer-20000001", signal.SIGCONT)
        self.assert_returned()

    def test_switch_dies_while_the_issuer_thinks(self):
        self.silence("issuer-20000001")
        self.sale_in_the_air()
        time.sleep(0.2)  # on its way, as far as it gets
        self.shop.kill("acquirer")
        self.silence("issuer-20000001", signal.SIGCONT)
        self.shop.run_party("acquirer")
        self.assert_returned()


if __name__ == "__main__":
    tap.main()
