"""What became of a payment, asked by its identity at the terminal, the switch and the issuer: the
same words everywhere, also while nobody can know yet."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402
import wires  # noqa: E402

PARTIES = ("terminal", "acquirer", "issuer")
SUPERVISOR = ("--supervisor", "123456")


def name_of(payment):
    return f"{payment['terminal']}/{payment['batch']:06}/{payment['trace']:06}"


class Status(unittest.TestCase):
    def setUp(self):
        self.line = wires.Wire()
        self.addCleanup(self.line.close)
        line = f"line: {{primary: 127.0.0.1:{self.line.port}}}\n"
        self.shop = shop.Shop(edit=lambda text: text + line)
        self.addCleanup(self.shop.close)
        self.line.target = self.shop.ports["acquirer"]
        self.shop.up()

    def query(self, *words, code=None):
        done = self.shop.command("query", *words, "--data", self.shop.data, "--json")
        if code is not None:
            self.assertEqual(done.returncode, code, done.error)
        return json.loads(done.text) if done.text else {}

    def seen(self, payment):
        """The parties that have seen it, by name."""
        answer = self.query(name_of(payment))
        return {one["party"]: one for one in answer["parties"] if one["state"] != "never-seen"}

    def same(self, payment, **wanted):
        """Every party says so, asked together, by itself, and over the control socket."""
        seen = self.seen(payment)
        self.assertEqual(sorted(seen), sorted(PARTIES))
        for key, value in wanted.items():
            self.assertEqual({one[key] for one in seen.values()}, {value}, key)
        for at in ("terminal", "switch", "issuer"):
            alone = self.query(name_of(payment), "--at", at, code=0)
            asked = self.shop.ask("control.sock", {"verb": "query", "at": at,
                                                   "payment": name_of(payment)})
            self.assertEqual(alone["state"], asked["state"])
            for key, value in wanted.items():
                self.assertEqual(alone[key], value, (at, key))
        return seen

    def test_an_approved_sale_is_paid_for_everybody(self):
        payment = self.shop.sale("12.34")["payment"]
        seen = self.same(payment, state="approved", money="moved", amount="12.34", final=True,
                         safe_to_retry=False, cause="approved", rrn=payment["rrn"], kind="sale",
                         auth_id=payment["auth_id"], decided_by="issuer", followed="none")
        self.assertEqual(seen["terminal"]["next"], "none")
        for words in (("last",), (payment["rrn"],), ("--trace", str(payment["trace"]))):
            self.assertEqual(self.query(*words, code=0)["payment"], name_of(payment))
        done = self.shop.command("void", "--data", self.shop.data, "--trace",
                                 str(payment["trace"]), *SUPERVISOR)
        self.assertEqual(done.returncode, 0, done.text)
        self.same(payment, state="approved", money="returned", safe_to_retry=True,
                  followed="voided")

    def test_a_refused_sale_may_be_charged_again(self):
        payment = self.shop.sale("10.00", "T1", "C4")["payment"]
        self.same(payment, state="refused", money="not_moved", safe_to_retry=True,
                  cause="card.frozen", code="62", decided_by="issuer")

    def test_what_nobody_saw_is_said_to_be_so(self):
        answer = self.query("T1/000001/009999", code=0)
        self.assertEqual(answer["state"], "never-seen")
        self.assertTrue(answer["safe_to_retry"])
        self.assertEqual(len(answer["parties"]), 4)  # there are two issuers
        for words in (("nonsense",), (), ("last", "T1/000001/000001"), ("last", "--at", "home")):
            self.assertEqual(self.query(*words), {}, words)
        for words in ("T1/1", "T1/000001/000000", "T1/000001/0000001", "/1/1", "T1/x/1"):
            self.assertEqual(self.query(words, code=1), {}, words)

    def test_doubt_is_the_same_doubt_and_ends_the_same(self):
        self.line.set(wires.CUT_ANSWER)
        answer = self.shop.sale("77.00")
        self.assertEqual(answer["outcome"], "line.no-answer")
        payment = answer["payment"]
        status = self.query(name_of(payment), code=1)
        self.assertEqual((status["party"], status["state"]), ("terminal", "being-taken-back"))
        self.assertEqual((status["money"], status["safe_to_retry"]), ("unknown", False))
        self.assertEqual((status["final"], status["next"]), (False, "reversal"))
        self.assertIsNotNone(status["next_at"])
        self.assertGreaterEqual(status["tries"], 1)
        second = self.shop.sale("77.00")  # the same basket
        self.assertEqual(second["outcome"], "terminal.reversal-pending")
        self.line.set(wires.PASS)
        self.assertTrue(shop.wait_for(lambda: all(
            one["state"] == "taken-back" for one in self.seen(payment).values())))
        self.same(payment, state="taken-back", money="returned", safe_to_retry=True, final=True)
        self.assertTrue(self.shop.sale("77.00")["approved"])

    def told(self, payment):
        return self.query(name_of(payment), "--ask")["told"]

    def test_a_terminal_asks_its_switch_over_the_line(self):
        paid = self.shop.sale("5.00")["payment"]
        told = self.told(paid)
        self.assertEqual((told["state"], told["rrn"], told["amount"]),
                         ("approved", paid["rrn"], "5.00"))
        refused = self.shop.sale("5.00", "T1", "C4")["payment"]
        self.assertEqual((self.told(refused)["state"], self.told(refused)["code"]),
                         ("refused", "62"))
        never = self.query("T1/000001/000900", "--ask")["told"]
        self.assertEqual((never["state"], never["safe_to_retry"]), ("never-seen", False))
        seen = self.query("T1/000001/000900")  # and asking left no trace of it anywhere
        self.assertEqual({one["state"] for one in seen["parties"]}, {"never-seen"})
        self.line.set(wires.CUT_ANSWER)
        lost = self.shop.sale("6.00")["payment"]
        self.line.set(wires.PASS)
        self.assertTrue(shop.wait_for(lambda: self.query(name_of(lost))["final"]))
        self.assertEqual(self.told(lost)["state"], "taken-back")

    def order(self, order, amount="20.00"):
        return self.shop.sale(amount, "T1", "C1", "1234", "--order", order)

    def test_an_order_is_charged_once_however_often_it_is_sent(self):
        self.assertEqual(self.query("--order", "A-17", code=0)["state"], "never-seen")
        first = self.order("A-17")
        self.assertTrue(first["approved"])
        self.assertFalse(first["repeated"])
        for amount in ("20.00", "21.00"):
            again = self.order("A-17", amount)
            self.assertEqual((again["approved"], again["repeated"]), (True, True))
            self.assertEqual(again["payment"]["trace"], first["payment"]["trace"])
            self.assertEqual(again["payment"]["auth_id"], first["payment"]["auth_id"])
            self.assertEqual(again["receipt"], first["receipt"])
        self.assertEqual(self.query("--order", "A-17", code=0)["payment"],
                         name_of(first["payment"]))
        self.assertTrue(self.order("A-18")["approved"])
        balance = self.shop.command("balance", "--data", self.shop.data, "--card", "C1", "--pin",
                                    "1234", "--json")
        self.assertEqual(json.loads(balance.text)["payment"]["balance"], "9960.00")

    def test_an_order_of_a_shop_is_charged_once_at_whichever_till(self):
        first = self.order("C-1")
        self.assertTrue(first["approved"])
        other = self.shop.sale("20.00", "T2", "C1", "1234", "--order", "C-1")
        self.assertEqual((other["outcome"], other["money"]), ("order.taken", "not_moved"))
        said = [one["value"] for one in other["payment"]["evidence"] if one["name"] == "remark"]
        self.assertEqual("".join(said), f"{name_of(first['payment'])} approved")
        self.assertTrue(self.shop.sale("5.00", "T3", "C1", "1234", "--order", "C-1")["approved"])
        done = self.shop.command("void", "--data", self.shop.data, "--trace",
                                 str(first["payment"]["trace"]), *SUPERVISOR)
        self.assertEqual(done.returncode, 0, done.text)
        other = self.shop.sale("20.00", "T2", "C1", "1234", "--order", "C-1")
        self.assertTrue(other["approved"], other)

    def test_an_order_in_doubt_is_told_not_charged(self):
        self.line.set(wires.CUT_ANSWER)
        first = self.order("B-1")["payment"]
        for _ in range(2):
            again = self.order("B-1")
            self.assertEqual((again["approved"], again["repeated"]), (False, True))
            self.assertEqual(again["payment"]["trace"], first["trace"])
            self.assertEqual(again["status"]["state"], "being-taken-back")
            self.assertFalse(again["status"]["safe_to_retry"])
            self.assertIsNotNone(again["status"]["next_at"])
        self.assertFalse(self.query("--order", "B-1", code=1)["safe_to_retry"])
        other = self.order("B-2")
        self.assertEqual(other["outcome"], "terminal.reversal-pending")
        names = [one["name"] for one in other["payment"]["evidence"]]
        self.assertEqual(names, ["trace", "waited_s", "next"])
        self.line.set(wires.PASS)
        self.assertTrue(shop.wait_for(lambda: self.query("--order", "B-1").get("safe_to_retry")))
        anew = self.order("B-1")
        self.assertTrue(anew["approved"] and not anew["repeated"], anew)
        self.assertNotEqual(anew["payment"]["trace"], first["trace"])
        for words in (("--order", "A B"), ("--order", "x" * 25), ("--order", "6200000012341231")):
            answer = self.shop.sale("1.00", "T1", "C1", "1234", *words)
            self.assertFalse(answer["approved"])


if __name__ == "__main__":
    tap.main()
