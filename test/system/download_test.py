"""Downloads, status and signatures between real processes: asked for by hand, demanded at sign-in,
cut off by kill -9, each thing delivered once."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402


class Downloads(world.WorldTest):
    """One world; terminal T1."""

    def fetch(self, verb, *more):
        return self.acquit(verb, "--terminal", "T1", "--json", *more).json()

    def ink(self, width=192, height=64):
        path = os.path.join(self.folder, f"ink-{width}.pbm")
        bits = bytearray(width // 8 * height)
        for x in range(8, width - 8):
            bits[(height // 2 + x % 7) * (width // 8) + x // 8] |= 0x80 >> x % 8
        with open(path, "wb") as out:
            out.write(b"P4\n# a signature\n%d %d\n" % (width, height) + bytes(bits))
        return path

    def test_all_of_it(self):
        self.up()
        for verb, found in (("parameters", None), ("ca-keys", "1"), ("aids", "2"),
                            ("status-upload", None)):
            answer = self.fetch(verb)
            self.assertEqual(answer["outcome"], "approved", verb)
            if found is not None:
                self.assertEqual(answer["payment"]["evidence"][0]["value"], found, verb)
        sale = self.sale("5.00", "--terminal", "T1")
        self.assertEqual(sale["money"], "moved")  # its application is on the list
        trace = str(sale["payment"]["trace"])
        for _ in range(2):
            answer = self.fetch("signature", self.ink(), "--trace", trace)
            self.assertEqual(answer["outcome"], "approved")
        self.assertEqual(answer["payment"]["evidence"][0]["value"], "delivered before")
        self.good("audit")

    def test_a_restart_forgets_nothing(self):
        pid = self.up()
        self.assertEqual(self.fetch("aids")["outcome"], "approved")
        sale = self.sale("5.00", "--terminal", "T1")
        trace = str(sale["payment"]["trace"])
        self.assertEqual(self.fetch("signature", self.ink(), "--trace", trace)["outcome"],
                         "approved")
        self.kill(pid)
        self.up()
        answer = self.fetch("signature", self.ink(), "--trace", trace)
        self.assertEqual(answer["payment"]["evidence"][0]["value"], "delivered before")
        self.assertEqual(self.sale("6.00", "--terminal", "T1")["money"], "moved")
        self.good("audit")

    def tip_percent(self):
        """As the acquirer and the terminal have it; 0 is as yet unsaid."""
        shown = self.good("terminal", "show", "T1").out
        return sorted(re.findall(r"^ *tip_percent +.*$", shown, re.MULTILINE))

    def test_a_sign_in_demands_what_has_changed(self):
        self.up()
        self.assertEqual(self.fetch("parameters")["outcome"], "approved")
        before = self.tip_percent()
        self.assertTrue(before)
        self.good("merchant", "set", self.merchant(), "tip_percent=17")
        self.assertEqual(self.tip_percent(), before)
        self.good("signin", "--terminal", "T1")
        self.assertTrue(shop.wait_for(lambda: "17" in "".join(self.tip_percent())))
        self.assertEqual(self.sale("5.00", "--terminal", "T1")["money"], "moved")
        self.good("audit")

    def merchant(self):
        shown = self.good("terminal", "show", "T1").out
        return re.search(r"^ *merchant +(\S+)", shown, re.MULTILINE).group(1)

    def test_typed_wrong(self):
        self.up()
        sale = self.sale("5.00", "--terminal", "T1")
        trace = str(sale["payment"]["trace"])
        self.refused("raw PBM image", "signature", "/etc/passwd", "--trace", trace, code=2)
        self.refused("384 x 160", "signature", self.ink(400), "--trace", trace, code=2)
        self.refused("cannot be read", "signature", "/nowhere", "--trace", trace, code=2)
        self.refused("voucher number", "signature", self.ink(), code=2)
        self.refused("image: expected", "signature", "--trace", trace, code=2)
        answer = self.fetch("signature", self.ink(), "--trace", "999")
        self.assertEqual(answer["outcome"], "original.not-found")


if __name__ == "__main__":
    tap.main()
