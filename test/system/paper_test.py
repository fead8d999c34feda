"""What comes out on paper and screen: slips in all formats, copies, no paper, batches, codes."""

import html.parser
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402
import world  # noqa: E402

CARD_NUMBER = re.compile(r"(?<!\d)62\d{14,17}(?!\d)")


class Elements(html.parser.HTMLParser):
    """Fails on what is not closed; remembers what a page would fetch or run."""

    EMPTY = {"meta", "hr", "br"}

    def __init__(self):
        super().__init__()
        self.open = []
        self.foreign = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.EMPTY:
            self.open.append(tag)
        self.foreign += [tag] if tag in ("script", "img", "link", "iframe") else []
        self.foreign += [name for name, _ in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


class Paper(world.WorldTest):
    def receipt(self, *arguments):
        return self.good("receipt", *arguments).out

    def escpos(self, *arguments):
        path = os.path.join(self.folder, "printed")
        self.good("receipt", *arguments, "--format", "escpos", "--output", path)
        with open(path, "rb") as file:
            return file.read()

    def test_a_sale_in_every_format(self):
        self.up()
        sale = self.sale("128.50")["payment"]
        text = self.receipt("last")
        self.assertEqual(text, self.receipt(sale["rrn"]))
        self.assertEqual(text, self.receipt("--terminal", "T1", "--trace", str(sale["trace"])))
        for part in ("SALES SLIP", "CNY 128.50", sale["rrn"], sale["auth_id"], "620000******",
                     "ARQC", "TVR", "A000000333010101", "MERCHANT COPY"):
            self.assertIn(part, text)
        page = self.receipt("last", "--copy", "cardholder", "--format", "html")
        elements = Elements()
        elements.feed(page)
        self.assertEqual((elements.open, elements.foreign), ([], []))
        self.assertIn("CARDHOLDER COPY", page)
        printed = self.escpos("last")
        self.assertEqual(printed[:4], b"\x1b@\x1c&")
        self.assertIn("签购单".encode("gbk"), printed)
        for shown in (text, page, printed.decode("gbk", "replace")):
            self.assertEqual(CARD_NUMBER.findall(shown), [])

    def test_copies_are_marked_and_no_paper_is_no_payment_lost(self):
        self.up()
        answer = self.sale("10.00", "--faulty", "paper")
        self.assertEqual((answer["money"], answer["paper"]["outcome"], answer.get("receipt")),
                         ("moved", "terminal.out-of-paper", None))
        self.refused("terminal.out-of-paper", "reprint", "--faulty", "paper")
        self.assertNotIn("DUPLICATED", self.good("reprint").out)
        self.assertIn("DUPLICATED", self.good("reprint").out)
        self.assertIn("DUPLICATED", self.receipt("last"))
        self.assertEqual(json.loads(self.receipt("last", "--json"))["copies"], 2)

    def test_a_follow_up_names_its_original(self):
        self.up()
        sale = self.sale("20.00")["payment"]
        done = self.acquit("void", "--trace", str(sale["trace"]), "--supervisor", "123456",
                           "--json")
        for part in ("CNY -20.00", f"{sale['trace']:06}", sale["rrn"], sale["auth_id"]):
            self.assertIn(part, done.json()["receipt"])
        self.assertIn("VOIDED", self.receipt(sale["rrn"]))

    def test_a_refusal_is_no_receipt(self):
        self.up()
        self.acquit("sale", "1.00", "--card", "C1", "--pin", "9999")
        text = self.receipt("last")
        self.assertIn("THIS IS NOT A RECEIPT", text)
        self.assertIn("pin.wrong", text)
        self.assertNotIn("SIGNATURE", text)

    def test_a_batch_has_a_slip(self):
        self.up()
        self.sale("20.00")
        self.assertIn("BATCH IS OPEN", self.receipt("settlement"))
        self.assertIn("TOTALS AGREE", self.good("settle").out)
        slip = json.loads(self.receipt("settlement", "--batch", "1", "--json"))
        self.assertEqual((slip["state"], slip["differs"]), ("closed", False))
        self.assertIn("CNY 20.00", slip["paper"])
        self.refused("no such batch", "receipt", "settlement", "--batch", "99")

    def test_what_cannot_be_printed_is_said(self):
        self.up()
        self.refused("no payment fits", "receipt", "--terminal", "T1", "--trace", "9")
        self.sale()
        for wrong in (["--copy", "bank"], ["--format", "pdf"], ["--width", "3"]):
            self.refused("expected", "receipt", "last", *wrong)
        self.refused("usage", "receipt", "--trace", "1", code=2)
        self.refused("takes a number", "receipt", "last", "--width", "wide", code=2)

    def test_codes_for_payment(self):
        self.up()
        payload = self.good("qr", "show", "--merchant", "M1", "--amount", "12.50", "--text").out
        said = self.good("qr", "decode", payload.strip()).out
        self.assertIn("12.50", said)
        self.assertIn("UnionPay", said)
        self.assertIn("<svg", self.good("qr", "show", "--merchant", "M1", "--svg").out)
        broken = self.acquit("qr", "decode", payload.strip().replace("12.50", "92.50"), "--json")
        self.assertEqual((broken.code, broken.json()["fault"]["what"]),
                         (1, "the checksum is wrong"))
        self.refused("no such merchant", "qr", "show", "--merchant", "M99", code=2)
        self.refused("over zero", "qr", "show", "--merchant", "M1", "--amount", "0", code=2)


if __name__ == "__main__":
    tap.main()
