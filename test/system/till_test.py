"""A day at the till with everything that follows a sale, on a running world: the terminal, the
switch and the issuer agree on what stands, and the books are right at the end."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

SUPERVISOR = ("--supervisor", "123456")
CARD = ("--card", "C1", "--pin", "1234")


class Till(world.WorldTest):
    def setUp(self):
        super().setUp()
        self.up()

    def play(self, *words):
        return self.acquit(*words, "--json").json()

    def outcome(self, outcome, *words):
        answer = self.play(*words)
        self.assertEqual(answer["outcome"], outcome, words)
        return answer

    def approved(self, *words):
        return str(self.outcome("approved", *words)["payment"]["trace"])

    def balance(self):
        return self.play("balance", *CARD)["payment"]["balance"]

    def delivered(self, trace, outcome):
        """An advice is accepted at once and delivered by itself."""
        def is_decided():
            status = self.play("query", "--trace", trace, "--at", "terminal")
            return status["final"] and status["cause"] == outcome
        self.assertTrue(shop.wait_for(is_decided), (trace, outcome))

    def compared(self):
        """The books of both sides are held against each other once nothing is under way."""
        def is_compared():
            return "moving" not in self.good("audit").out
        self.assertTrue(shop.wait_for(is_compared))

    def test_voids_and_refunds_end_where_they_began(self):
        sale = self.approved("sale", "100.00", *CARD)
        self.outcome("terminal.operator-unknown", "void", "--trace", sale)
        self.approved("void", "--trace", sale, *SUPERVISOR)
        self.outcome("original.already-voided", "void", "--trace", sale, *SUPERVISOR)
        sale = self.approved("sale", "100.00", *CARD)
        self.approved("refund", "60.00", "--trace", sale, *SUPERVISOR)
        self.outcome("refund.too-large", "refund", "40.01", "--trace", sale, *SUPERVISOR)
        self.outcome("original.already-voided", "void", "--trace", sale, *SUPERVISOR)
        self.approved("refund", "40.00", "--trace", sale, *SUPERVISOR)
        self.assertEqual(self.balance(), "10000.00")
        self.good("audit")

    def test_holds_grow_are_taken_and_freed(self):
        hold = self.approved("preauth", "500.00", *CARD)
        self.approved("increment", "100.00", "--trace", hold)
        self.outcome("completion.too-large", "completion", "690.01", "--trace", hold)
        taken = self.approved("completion", "430.00", "--trace", hold)
        self.outcome("original.already-voided", "completion", "1.00", "--trace", hold)
        self.assertEqual(self.balance(), "9570.00")
        self.approved("completion-void", "--trace", taken, *SUPERVISOR)
        hold = self.approved("preauth", "200.00", *CARD)
        self.approved("preauth-void", "--trace", hold, *SUPERVISOR)
        hold = self.approved("preauth", "100.00", *CARD)
        self.delivered(self.approved("completion-advice", "90.00", "--trace", hold), "approved")
        self.compared()  # although a hold stands

    def test_tips_codes_and_voices(self):
        sale = self.approved("sale", "100.00", *CARD)
        self.outcome("tip.too-large", "tip-adjust", "110.01", "--trace", sale)
        self.delivered(self.approved("tip-adjust", "110.00", "--trace", sale), "approved")
        self.assertEqual(self.balance(), "9890.00")
        void = self.outcome("approved", "void", "--trace", sale, *SUPERVISOR)
        self.assertEqual(void["payment"]["amount"], "110.00")
        false_voice = self.approved("offline-sale", "60.00", "--auth", "999999", "--card", "C1")
        self.delivered(false_voice, "voice.code-wrong")
        code = self.good("card", "code", "C1", "20.00").out.split(",")[0].split()[-1]
        sale = self.approved("sale", "20.00", "--code", code)
        self.approved("void", "--trace", sale, *SUPERVISOR)
        self.assertEqual(self.balance(), "10000.00")
        self.good("audit")

    def test_a_batch_ends_voids_and_not_refunds(self):
        sale = self.approved("sale", "100.00", *CARD)
        self.outcome("approved", "settle")
        self.outcome("original.batch-closed", "void", "--trace", sale, "--batch", "1", *SUPERVISOR)
        self.approved("refund", "100.00", "--trace", sale, "--batch", "1", *SUPERVISOR)
        self.outcome("approved", "settle")
        self.assertEqual(self.play("sale", "1.00", *CARD)["payment"]["batch"], 3)
        self.good("audit")

    def test_people_at_a_till(self):
        self.good("terminal", "set", "T1", "needs_cashier=true")
        self.outcome("terminal.operator-unknown", "sale", "1.00", *CARD)
        self.outcome("terminal.operator-unknown", "login", "7", "--password", "7777")
        self.good("operator", "7", "--password", "7777", "--administrator", "12345678")
        self.good("login", "7", "--password", "7777")
        self.approved("sale", "1.00", *CARD)
        self.good("logoff")
        self.outcome("terminal.operator-unknown", "sale", "1.00", *CARD)
        self.good("operator", "7", "--remove", *SUPERVISOR)
        self.outcome("terminal.operator-unknown", "login", "7", "--password", "7777")


if __name__ == "__main__":
    tap.main()
