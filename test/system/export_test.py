"""acquit export of running parties while they sell, of idle stores, and beside what a kill has
left; each is proved by the checker. Nothing is written over."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402
import world  # noqa: E402

PROVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "prove")
PROGRAM = os.path.abspath(os.environ.get("ACQUIT", "build/acquit"))


RULES = """threshold: 100
rules:
  - {name: shop, check: count-most, per: merchant, each: day, count: 1000}
  - {name: till, check: count-most, per: terminal, each: month, count: 1000}
  - {name: trade, check: sum-most, per: category, each: day, amount: "90000.00"}
"""


class Export(world.WorldTest):
    def export(self, name, *more):
        to = os.path.join(self.folder, name)
        self.good("export", "--to", to, *more)
        return to

    def prove(self, folder, *more):
        done = subprocess.run([sys.executable, PROVE, *more, folder], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_while_payments_go_on(self):
        self.up()
        load = subprocess.Popen([PROGRAM, "load", "--data", self.data, "--terminals", "8",
                                 "--rate", "100", "--seconds", "3"], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        try:
            for i in range(3):
                self.prove(self.export(f"moving-{i}", "--bytes"), "--moving")
        finally:
            out, err = load.communicate(timeout=world.COMMAND_WAIT_S)
        self.assertEqual(load.returncode, 0, out + err)
        said = self.prove(self.export("still"))
        self.assertIn("4 parties", said)
        self.assertIn("proved        each issuer owes the switch what the switch expects", said)

    def test_idle_and_after_a_kill(self):
        pid = self.up()
        self.assertTrue(self.sale()["approved"])
        self.good("merchant", "set", "M2", "checks_funds=true")
        rules = os.path.join(self.folder, "rules.yaml")
        with open(rules, "w", encoding="utf-8") as file:
            file.write(RULES)
        self.good("rules", "load", rules)
        for terminal in ("T3", "T4", "T4"):
            said = self.sale("20.00", "--terminal", terminal)
            self.assertTrue(said["approved"], said)
        trace = str(said["payment"]["trace"])
        self.good("void", "--terminal", "T4", "--trace", trace, "--supervisor", "123456")
        self.kill(pid)
        self.assertTrue(os.path.exists(os.path.join(self.data, "control.sock")))
        said = self.prove(self.export("killed", "--bytes"))
        self.assertIn("4 parties, 5 payments", said)
        for words in ("tallies of limits are", "what a merchant has in funds"):
            self.assertRegex(said, rf" [1-9]\d* +proved .*{words}")

    def test_nothing_is_written_over(self):
        self.up()
        to = self.export("once")
        before = {name: os.stat(os.path.join(to, name)).st_mtime_ns for name in os.listdir(to)}
        self.assertEqual(len(before), 12)
        self.refused("File exists", "export", "--to", to)
        after = {name: os.stat(os.path.join(to, name)).st_mtime_ns for name in os.listdir(to)}
        self.assertEqual(after, before)
        for name in before:
            self.assertEqual(os.stat(os.path.join(to, name)).st_mode & 0o077, 0, name)
        self.refused("usage", "export", code=2)
        self.refused("No such file", "export", "--to", os.path.join(to, "not", "there"))


if __name__ == "__main__":
    tap.main()
