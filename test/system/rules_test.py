"""Limits and risk as operators meet them: a file is checked, loaded into a running world, explained
and tried on the day's payments; a mistake leaves the old rules in force."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402
import world  # noqa: E402

SHOP = """threshold: 100
rules:
- {name: least, check: amount-least, amount: "10.00", merchant: M1}
- {name: twice-a-day, check: count-most, per: card-at-merchant, each: day, count: 2, merchant: M1}
- {name: half-hour, check: apart, minutes: 30, merchant: M2}
- {name: black-list, check: listed}
"""


class Rules(world.WorldTest):
    def file(self, text, name="rules.yaml", folder=None):
        path = os.path.join(folder or self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def pay(self, amount="20.00", *more):
        """What the switch made of it: a code tells the till less."""
        rrn = self.sale(amount, *more)["payment"]["rrn"]
        return self.acquit("rules", "explain", rrn, "--json").json()["outcome"]

    def test_rules_change_while_payments_run(self):
        self.up()
        self.assertEqual(self.pay("5.00"), "approved")
        answer = self.good("rules", "load", self.file(SHOP)).out
        self.assertIn("version", answer)
        self.assertEqual(self.pay("5.00"), "amount.below-minimum")
        self.assertEqual(self.pay("10.00"), "approved")
        self.refused("bad.yaml:1:8: a list is expected here", "rules", "load",
                     self.file("rules: 3\n", "bad.yaml"), code=1)
        self.assertEqual(self.pay("9.99"), "amount.below-minimum")
        shown = self.good("rules", "show").out
        self.assertIn("twice-a-day", shown)
        self.assertIn("per card-at-merchant, each day, count 2", shown)
        self.assertIn("4 rules, threshold 100", shown)
        self.good("rules", "load", self.file("rules: []\n", "none.yaml"))
        self.assertEqual(self.pay("5.00"), "approved")

    def test_the_third_payment_and_the_shop_across_town(self):
        self.up()
        self.good("rules", "load", self.file(SHOP))
        self.assertEqual([self.pay() for _ in range(3)],
                         ["approved", "approved", "card.merchant-count"])
        rrn = self.sale("20.00")["payment"]["rrn"]
        told = self.good("rules", "explain", rrn).out
        self.assertIn("card.merchant-count", told)
        self.assertIn("used 2", told)
        self.assertIn("opens again", told)
        self.assertEqual(self.pay("20.00", "--terminal", "T3"), "card.too-soon")
        self.good("clock", "advance", "31m")
        self.assertEqual(self.pay("20.00", "--terminal", "T3"), "approved")

    def test_the_black_list(self):
        self.up()
        self.good("rules", "load", self.file(SHOP))
        self.good("rules", "block", "C1", "police")
        self.assertEqual(self.pay(), "card.blacklisted")
        self.good("rules", "unblock", "C1")
        self.assertEqual(self.pay(), "approved")

    def test_a_licence_lapses_and_is_renewed(self):
        self.up()
        self.good("rules", "load", self.file(
            "rules:\n- {name: grocers, check: licence, category: 5411}\n"))
        self.assertEqual(self.pay(), "merchant.unqualified")
        self.good("merchant", "set", "M1", "licence=JY-2026-7", "licence_until=20991231")
        self.assertEqual(self.pay(), "approved")
        self.good("merchant", "set", "M1", "licence_until=20200101")
        self.assertEqual(self.pay(), "merchant.unqualified")

    def test_a_dry_run_says_whose_answer_would_change(self):
        self.up()
        rules = self.file(SHOP)
        self.good("rules", "load", rules)
        for _ in range(3):
            self.pay()
        other = self.file('rules:\n- {name: least, check: amount-least, amount: "15.00"}\n'
                          '- {name: once, check: count-most, per: card, each: day, count: 1}\n',
                          "other.yaml")
        same = self.acquit("rules", "dry-run", rules, "--json").json()
        self.assertEqual((same["payments"], same["now-refused"], same["now-passes"],
                          same["other-cause"]), (3, 0, 0, 0))
        told = self.acquit("rules", "dry-run", other, "--json").json()
        self.assertEqual((told["now-refused"], told["now-passes"], told["other-cause"]), (1, 0, 1))
        self.assertEqual([c["would"] for c in told["changes"]],
                         ["card.count-limit", "card.count-limit"])
        table = self.good("rules", "dry-run", other).out
        self.assertIn("sent on -> card.count-limit", table)
        self.down()
        self.assertEqual(self.acquit("rules", "dry-run", other, "--json").json()["changes"],
                         told["changes"])
        self.assertEqual(self.acquit("rules", "dry-run", "--day", "yesterday", other,
                                     "--json").json()["payments"], 0)

    def test_a_new_world_begins_with_its_file(self):
        os.remove(os.path.join(self.data, "acquit.yaml"))
        self.up()
        self.assertIn("merchant M3", self.good("rules", "show").out)
        self.assertEqual(self.pay("5.00", "--terminal", "T4"), "amount.below-minimum")
        self.assertEqual(self.pay("5.00"), "approved")
        self.good("rules", "load", self.file("rules: []\n", "none.yaml"))
        self.down()
        self.up()
        self.assertIn("0 rules", self.good("rules", "show").out)

    def test_a_new_range_of_cards_works_without_a_restart(self):
        self.up()
        rrn = self.sale("20.00", card="C11")["payment"]["rrn"]
        told = self.good("rules", "explain", rrn).out
        self.assertIn("card.bin-unknown", told)
        self.assertIn("table version", told)
        self.good("route", "add", "62000099", "issuer=20000001")
        rrn = self.sale("20.00", card="C11")["payment"]["rrn"]
        self.assertNotIn("card.bin-unknown", self.good("rules", "explain", rrn).out)
        self.assertIn("62000099", self.good("route", "list").out)
        self.refused("620000 holds 62000002 of issuer 20000002", "route", "add", "620000",
                     "issuer=20000001", code=1)
        self.good("route", "add", "62001100", "issuer=20000001")
        self.refused("the switch knows no issuer 29999999", "route", "add", "62001200",
                     "issuer=29999999", code=1)
        table = self.file("routes:\n- {bin: 621100, issuer: \"20000001\"}\n"
                          "- {bin: 62110001, issuer: \"20000002\"}\n", "bins.yaml")
        self.refused("bins.yaml:3:9: 62110001 lies inside 621100 of issuer 20000001 in line 2",
                     "route", "load", table, code=1)
        table = self.file("routes:\n- {bin: 621100, issuer: \"20000001\"}\n"
                          "- {bin: 62110001, issuer: \"20000002\", inside: 621100}\n",
                          "bins.yaml")
        self.assertIn("2 in force", self.good("route", "load", table).out)

    def test_what_is_said_wrong(self):
        self.refused("usage: acquit rules", "rules", code=2)
        self.refused("No such file", "rules", "check", "/nowhere.yaml", code=1)
        self.refused("overlaps that of a in line 2", "rules", "check", self.file(
            "rules:\n- {name: a, check: barred, bin: 620000}\n"
            "- {name: b, check: barred, bin: 62000012}\n"), code=1)
        self.refused("nothing runs on the data folder", "rules", "show", code=1)
        self.up()
        self.refused("no rule in force has this name", "rules", "explain", "nobody", code=1)
        self.refused("no payment has this RRN", "rules", "explain", "100099999999", code=1)
        self.refused("day: expected today, yesterday or a date", "rules", "dry-run", "--day",
                     "never", self.file(SHOP), code=1)
        self.refused("no issuer here has a card", "rules", "block", "C99", code=1)


if __name__ == "__main__":
    tap.main()
