"""acquit why for codes and words, where no system runs, and for a host that says only a code."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import shop  # noqa: E402
import tap  # noqa: E402

ACQUIT = os.environ["ACQUIT"]
READERS = ("cashier", "cardholder", "merchant", "operator")


def why(*arguments, code=0):
    done = subprocess.run([ACQUIT, "why", *arguments], capture_output=True, text=True, timeout=120,
                          cwd="/")
    if done.returncode != code:
        raise AssertionError(f"{arguments}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def names(*arguments):
    answer = json.loads(why(*arguments, "--json"))
    return [cause["name"] for cause in answer["causes"]]


class Why(unittest.TestCase):
    def test_words_lead_to_causes(self):
        for query, first in (("余额不足", "account.funds-short"), ("無效商戶", "merchant.unknown"),
                             ("错误代码40", "transaction.unsupported"),
                             ("冲正", "terminal.reversal-pending"),
                             ("expired card", "card.expired"),  # twelve characters, no RRN
                             ("unauthorized", "declined.unspecified"),
                             ("同一张卡今天第三次刷不了", "card.merchant-count")):
            self.assertEqual(names(query)[0], first, query)

    def test_words_may_be_several_arguments(self):
        self.assertEqual(names("money", "taken", "but", "no", "slip")[0], "line.no-answer")

    def test_a_cause_has_its_own_name(self):
        self.assertEqual(names("card.expired"), ["card.expired"])

    def test_json_has_query_names_and_numbers(self):
        answer = json.loads(why("05", "--json"))
        self.assertEqual(answer["query"], "05")
        self.assertEqual(answer["causes"][0]["name"], "declined.unspecified")
        self.assertEqual(answer["causes"][0]["number"], 399)
        self.assertTrue(answer["needs_evidence"])
        self.assertIn("issuer", answer["tells_apart"])
        self.assertEqual(answer["code"]["class"], "C")

    def test_evidence_ranks_a_bare_05(self):
        answer = json.loads(why("05", "--evidence", "wrong-pins=2,issuer-refused-percent=5",
                                "--json"))
        self.assertEqual(answer["causes"][0]["name"], "pin.wrong")
        self.assertTrue(answer["causes"][0]["speaks_for"])
        self.assertFalse(answer["needs_evidence"])
        self.assertIn("PIN", answer["tells_apart"])
        self.assertIn("issuer.fault: quite sure",
                      why("05", "--evidence", "issuer-refused-percent=95"))
        self.assertNotIn("PIN", why("05", "--evidence", "wrong-pins=2", "--for", "merchant"))
        self.assertEqual(names("51", "--evidence", "wrong-pins=2")[0], "account.funds-short")
        for wrong in ("weather=1", "wrong-pins", "wrong-pins=", "wrong-pins=x", "hour=9999999999"):
            why("05", "--evidence", wrong, code=2)

    def test_every_pair_of_characters_is_told(self):
        for code in ("00", "51", "a0", "YM", "Z9", "0x"):
            answer = json.loads(why("--code", code, "--dialect", "cup-pos", "--json"))
            self.assertTrue(answer["causes"], code)
        self.assertFalse(json.loads(why("--code", "Z9", "--json"))["code"]["is_mapped"])

    def test_codes_of_other_lists(self):
        for dialect, code, first in (("iso87", "17", "terminal.cancelled"),
                                     ("visa", "3", "card.expiry-mismatch"),
                                     ("visa", "N7", "cvv.wrong"),
                                     ("mastercard", "22", "merchant.unqualified"),
                                     ("nexo", "UnreachableHost", "line.unreachable"),
                                     ("tvr", "3.6", "pin.tries-exceeded"),
                                     ("line", "mac", "line.corrupt")):
            answer = json.loads(why("--code", code, "--dialect", dialect, "--json"))
            self.assertEqual(answer["causes"][0]["name"], first, (dialect, code))
            self.assertEqual(len(answer["code"]["date"]), 10)
            self.assertTrue(answer["code"]["source"])
            self.assertEqual(names(code, "--dialect", dialect)[0], first)
        self.assertFalse(names("E800", "--dialect", "tsi"))
        whole = json.loads(why("0040300000", "--dialect", "tvr", "--json"))
        self.assertEqual([bit["code"] for bit in whole["code"]["bits"]], ["2.7", "3.6", "3.5"])
        self.assertEqual([cause["name"] for cause in whole["causes"]][:3],
                         ["card.expired-local", "pin.tries-exceeded", "terminal.device-fault"])

    def test_own_words_and_codes(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as own:
            own.write("date: 2026-11-01\ncodes:\n  - {dialect: cup-pos, code: Z1, class: C, money: "
                      "not_moved, zh: 超限, en: over, causes: [limit.per-payment]}\n")
            own.flush()
            answer = json.loads(why("Z1", "--json", "--catalogue", own.name))
            self.assertEqual(answer["causes"][0]["name"], "limit.per-payment")
            self.assertEqual(answer["code"]["date"], "2026-11-01")
            own.write("hide:\n  - {from: cashier, show: [used]}\n")
            own.flush()
            done = subprocess.run([ACQUIT, "why", "Z1", "--catalogue", own.name], cwd="/",
                                  capture_output=True, text=True, timeout=10)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"{own.name}:5:21: ", done.stderr)

    def test_wrong_arguments_are_named(self):
        for wrong, told in ((("05", "--dialect", "swift"), "cup-pos"), (("--rrn", "12"), "twelve"),
                            (("05", "--for", "dog"), "merchant"), (("05", "--lang", "fr"), "zh"),
                            (("--code", ""), "--code"), (("--trace", "x"), "a number"),
                            (("last", "--code", "05"), '"last"'),
                            (("05", "--code", "51"), '"05"'),
                            (("--rrn", "123456789012", "--text", "x"), "either")):
            done = subprocess.run([ACQUIT, "why", *wrong], capture_output=True, text=True,
                                  timeout=10, cwd="/")
            self.assertEqual(done.returncode, 2, wrong)
            self.assertIn(told, done.stderr.split("usage:")[0], wrong)

    def test_no_reader_is_told_to_pay_anew_while_money_is_in_doubt(self):
        for query in ("96", "98", "68", "92", "09", "06", "通讯超时", "money taken but no slip"):
            for reader in READERS:
                first = json.loads(why(query, "--json", "--for", reader))["causes"][0]
                self.assertEqual(first["retry"], "wait", (query, reader))

    def test_doubt_behind_the_first_cause_is_said(self):
        answer = json.loads(why("交易失败 没有应答 密码错误 余额不足", "--json"))
        doubtful = [c for c in answer["causes"] if c["money"] in ("unknown", "returning")]
        self.assertTrue(doubtful)
        if answer["causes"][0] not in doubtful:
            self.assertIn("warning", answer)

    def test_a_cashier_does_not_read_of_risk_rules(self):
        self.assertNotIn("risk.", why("05", "--for", "cashier"))
        self.assertIn("risk.", why("05", "--for", "operator"))
        self.assertNotIn("account.overdue", why("57", "--for", "cashier", "--lang", "zh"))

    def test_the_question_chooses_the_language(self):
        self.assertIn("没有扣款", why("余额不足"))
        self.assertIn("No money", why("insufficient funds"))
        self.assertIn("No money", why("余额不足", "--lang", "en"))

    def test_text_and_code_force_what_it_is(self):
        self.assertEqual(names("--text", "51")[0], "account.funds-short")
        self.assertEqual(names("--code", "3.6", "--dialect", "emv-tvr"), ["pin.tries-exceeded"])
        self.assertEqual(names("--dialect", "nexo", "WrongPIN"), ["pin.wrong"])

    def test_nothing_known_and_wrong_arguments(self):
        why("xyzzy", code=1)
        self.assertEqual(json.loads(why("xyzzy", "--json", code=1))["causes"], [])
        why(code=2)
        why("--dialect", "morse", "05", code=2)
        why("05", "--for", "nobody", code=2)

    def test_the_catalogue_is_whole(self):
        catalogue = json.loads(why("--catalogue-json"))
        self.assertGreater(len(catalogue["causes"]), 90)
        for cause in catalogue["causes"]:
            self.assertEqual(sorted(cause["readers"]), sorted(READERS))
            for reader in cause["readers"].values():
                for lang in ("zh", "en"):
                    self.assertTrue(reader[lang]["what"] and reader[lang]["steps"])
                    self.assertFalse(any(s["text"][0] == ">" for s in reader[lang]["steps"]))
        known = {cause["name"] for cause in catalogue["causes"]}
        sources = {source["name"] for source in catalogue["sources"]}
        for row in catalogue["codes"]:
            self.assertLessEqual(set(row["causes"]), known)
            self.assertIn(row["source"], sources)
            self.assertRegex(row["date"], r"^\d{4}-\d\d-\d\d$")
        self.assertEqual({row["dialect"] for row in catalogue["codes"]},
                         {"cup-pos", "iso87", "visa", "mastercard", "nexo", "tvr", "tsi", "line"})
        self.assertIn("issuer", catalogue["tells_apart"]["05"]["en"])
        seen = {value["name"]: value["may_be_seen_by"] for value in catalogue["values"]}
        self.assertEqual(seen["tries_left"], ["operator"])


class Around(unittest.TestCase):
    """The issuers decide and are gone: the shop's side has nothing but their codes."""

    @classmethod
    def setUpClass(cls):
        own = tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8")
        own.write("date: 2026-11-22\ntexts:\n  - {cause: card.frozen, for: merchant, lang: en, "
                  "what: Our bank says no}\nhide:\n  - {from: merchant, values: [code]}\n")
        own.flush()
        cls.addClassCleanup(own.close)
        cls.shop = shop.Shop(edit=lambda text: f"catalogue: {own.name}\n{text}")
        cls.addClassCleanup(cls.shop.close)
        for issuer in shop.ISSUERS:
            cls.shop.run_party("issuer", issuer)
        cls.shop.run_party("acquirer")
        cls.shop.run_party("terminal")
        for _ in range(2):
            assert cls.shop.sale("5.00", "T1", "C9")["approved"]
        cls.limit = cls.shop.sale("60.00", "T1", "C9")
        cls.frozen = cls.shop.sale("5.00", "T2", "C4")
        for issuer in shop.ISSUERS:
            cls.shop.kill(f"issuer-{issuer}")

    def why(self, sale, *more):
        done = self.shop.command("why", "--rrn", sale["payment"]["rrn"], "--data", self.shop.data,
                                 *more)
        self.assertEqual(done.returncode, 0, done.error)
        return done.text

    def test_causes_are_ranked_by_our_own_records(self):
        self.assertEqual(self.limit["code"], "61")
        ranked = json.loads(self.why(self.limit, "--json"))["ranked"]
        self.assertEqual(ranked["causes"][0]["name"], "limit.per-payment")
        self.assertTrue(ranked["causes"][0]["speaks_for"])
        self.assertEqual(ranked["around"]["facts"]["amount-percent"], 1200)
        self.assertGreater(ranked["around"]["records"], 5)
        self.assertFalse(ranked["needs_evidence"])
        text = self.why(self.limit, "--lang", "zh")
        self.assertIn("最多看此前 6000 条", text)
        self.assertIn("+ limit.per-payment", text)
        self.assertIn("一步可分清", text)

    def test_what_the_asker_knows_outweighs_the_records(self):
        ranked = json.loads(self.why(self.limit, "--json", "--evidence",
                                     "amount-percent=100,payments-today=9"))["ranked"]
        self.assertEqual(ranked["causes"][0]["name"], "limit.daily-amount")

    def test_without_evidence_nothing_is_guessed(self):
        ranked = json.loads(self.why(self.frozen, "--json"))["ranked"]
        self.assertEqual(ranked["causes"], [])
        self.assertTrue(ranked["needs_evidence"])
        self.assertIn("another card", ranked["tells_apart"])
        self.assertIn("none is guessed", self.why(self.frozen))

    def test_the_operators_own_words_are_told(self):
        told = self.why(self.frozen, "--for", "merchant")
        self.assertIn("Our bank says no", told)
        self.assertNotIn("response code", told)
        self.assertIn("response code: 62", self.why(self.frozen))

    def test_only_the_operator_reads_of_it(self):
        for reader in READERS[:3]:
            self.assertIsNone(json.loads(self.why(self.limit, "--json", "--for", reader))["ranked"])
            self.assertNotIn("per-payment", self.why(self.frozen, "--for", reader))


if __name__ == "__main__":
    tap.main()
