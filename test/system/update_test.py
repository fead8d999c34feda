"""Updates over the line: published for a group, fetched in pieces by terminals of the running
world, cut off by kill -9 half way, gone on with, checked, used; what is unfit is refused."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402


class Updates(world.WorldTest):
    """One world, packages made here."""

    def package(self, version, size=2000):
        path = os.path.join(self.folder, f"program-{version}.img")
        with open(path, "w", encoding="ascii") as out:
            out.write(f"acquit-terminal {version:06d}\n" + "x" * size)
        return path

    def in_use(self, terminal, kind="software"):
        status = self.good("update", "status", "--json").json()
        rows = [row for row in status["terminals"]
                if row["terminal"] == terminal and row["kind"] == kind]
        return rows[0] if rows else {"in_use": 0, "piece": 0}

    def test_a_group_hears_of_it_at_sign_in(self):
        self.up()
        self.good("terminal", "set", "T2", "group=pilot")
        self.good("update", "publish", "software", self.package(3), "--version", "3",
                  "--group", "pilot")
        self.good("signin", "--terminal", "T1")
        self.good("signin", "--terminal", "T2")
        self.assertTrue(shop.wait_for(lambda: self.in_use("T2")["in_use"] == 3))
        self.assertEqual(self.in_use("T1")["in_use"], 0)
        self.refused("higher one already", "update", "publish", "software", self.package(2),
                     "--version", "2", "--group", "pilot")
        self.assertEqual(self.sale("5.00", "--terminal", "T2")["money"], "moved")
        self.good("audit")

    def test_cut_half_way_it_goes_on(self):
        pid = self.up()
        self.good("update", "publish", "software", self.package(5, 1500000), "--version", "5")
        self.good("signin", "--terminal", "T1")
        self.assertTrue(shop.wait_for(lambda: self.in_use("T1")["piece"] > 100))
        self.kill(pid)
        self.up()
        went_on_from = self.in_use("T1")["piece"]
        self.assertGreater(went_on_from, 1)
        self.assertTrue(shop.wait_for(lambda: self.in_use("T1")["in_use"] == 5))
        self.good("audit")

    def test_what_is_unfit_is_refused(self):
        self.up()
        self.good("update", "publish", "software", self.package(7), "--version", "8")
        outcome = self.acquit("update", "fetch", "--terminal", "T1", "--json").json()
        self.assertEqual(outcome["outcome"], "update.rejected")
        self.assertEqual(self.in_use("T1")["in_use"], 0)
        path = os.path.join(self.folder, "parameters")
        with open(path, "w", encoding="ascii") as out:
            out.write("tap_limit_minor: 5000\n")
        self.good("update", "publish", "parameters", path, "--version", "1")
        outcome = self.acquit("update", "fetch", "--terminal", "T1", "--json").json()
        self.assertEqual(outcome["outcome"], "approved")
        self.assertEqual(self.in_use("T1", "parameters")["in_use"], 1)
        self.assertRegex(self.good("terminal", "show", "T1").out, r"tap_limit +50\.00")

    def test_typed_wrong(self):
        self.up()
        self.refused("expected 1 to 999999", "update", "publish", "software", self.package(3),
                     "--version", "0", code=2)
        self.refused("No such file", "update", "publish", "software", "/nowhere", "--version", "1",
                     code=2)
        self.refused("expected software or parameters", "update", "publish", "hardware",
                     self.package(3), "--version", "1")


if __name__ == "__main__":
    tap.main()
