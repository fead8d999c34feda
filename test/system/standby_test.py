"""A standby that has what was answered: the primary dies under load, the standby is promoted, and
nothing that a till was told is missing; what happens while one of the two is away."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402
import world  # noqa: E402


class StandbyTest(world.WorldTest):
    def setUp(self):
        super().setUp()
        self.second = os.path.join(self.folder, "second")
        self.standby = None
        self.port = 0

    def tearDown(self):
        self.end_standby()
        super().tearDown()

    def start_standby(self):
        self.standby = subprocess.Popen(
            [world.PROGRAM, "standby", "--listen", f"127.0.0.1:{self.port}", "--data",
             self.second], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.standby.stdout.readline()
        self.port = int(re.search(r"port (\d+)", line).group(1))

    def end_standby(self):
        if self.standby is not None:
            self.standby.kill()
            self.standby.wait()
            self.standby.stdout.close()
        self.standby = None

    def begin(self, policy):
        self.start_standby()
        setting = f'standby: {{address: "127.0.0.1:{self.port}", policy: {policy}}}\n'
        if policy == "required":  # the same in the other style
            setting = (f'standby:\n  address: "127.0.0.1:{self.port}"\n\n'
                       f"  # an answer means that both have it\n  policy: {policy}\n")
        self.edit("lab: true", setting + "lab: true")
        return self.up()

    def records(self, data):
        audit = world.acquit("audit", "--data", data, "--json")
        return {party["name"]: party["records"] for party in audit.json()["parties"]
                if party["good"]}

    def until_caught_up(self):
        """Sells until the switch's standby has all: only commits look for it, and not all of them
        when that costs time."""
        back = re.compile(r"acquirer: standby \S+ is back and has caught up")
        for _ in range(120):
            self.assertEqual(self.sale("14.00")["money"], "moved")
            with open(os.path.join(self.data, "acquit.log"), encoding="utf-8") as log:
                if back.search(log.read()):
                    return
            time.sleep(0.5)
        self.fail("the standby does not catch up")

    def test_nothing_that_was_answered_is_missing_on_the_standby(self):
        pid = self.begin("required")
        load = subprocess.Popen([world.PROGRAM, "load", "--data", self.data, "--terminals", "8",
                                 "--seconds", "60"], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        try:
            answered = []
            for i in range(12):
                sold = self.sale(f"{10 + i}.00")
                self.assertEqual(sold["money"], "moved", sold)
                answered.append(sold["payment"]["rrn"])
            self.kill(pid)
        finally:
            load.kill()
            load.wait()
        for name in ("acquit.yaml", "lab.seed", "cards.atc"):
            shutil.copy(os.path.join(self.data, name), self.second)
        first, self.data = self.data, self.second
        self.assertIn("promoted", self.good("promote").out)
        self.assertEqual(self.standby.wait(60), -signal.SIGTERM)
        self.up()
        for rrn in answered:
            self.assertIn("moved", self.good("why", rrn, "--json").out)
        self.assertEqual(self.sale("50.00")["money"], "moved")
        self.good("audit")
        self.down()
        self.data = first  # the former primary comes back and finds no standby
        self.assertNotEqual(self.acquit("up", "--detach").code, 0)
        self.start_standby()  # on a store that was promoted
        outcome = self.acquit("up", "--detach")
        self.assertNotEqual(outcome.code, 0)
        self.assertIn("promoted", outcome.err)

    def test_a_preferred_standby_catches_up(self):
        self.begin("preferred")
        self.assertEqual(self.sale("10.00")["money"], "moved")
        self.end_standby()
        for amount in ("11.00", "12.00", "13.00"):
            self.assertEqual(self.sale(amount)["money"], "moved")
        self.start_standby()
        self.until_caught_up()
        self.down()
        self.end_standby()
        shutil.copy(os.path.join(self.data, "acquit.yaml"), self.second)
        ours = self.records(self.data)
        theirs = self.records(self.second)
        self.assertGreater(ours["acquirer"], 6)
        self.assertEqual(theirs["acquirer"], ours["acquirer"])

    def test_nobody_waits_for_a_preferred_standby_that_hangs(self):
        self.begin("preferred")
        self.end_standby()
        with socket.create_server(("127.0.0.1", self.port)):  # takes connections, says nothing
            waited = 0
            for i in range(6):
                time.sleep(1.1)  # the pause between two tries
                begun = time.monotonic()
                self.assertEqual(self.sale(f"{10 + i}.00")["money"], "moved")
                waited += time.monotonic() - begun
            self.assertLess(waited, 30)
        self.down()

    def test_without_a_required_standby_nothing_new_is_taken(self):
        self.begin("required")
        self.assertEqual(self.sale("10.00")["money"], "moved")
        self.end_standby()
        refused = self.acquit("sale", "11.00", "--card", "C1", "--pin", "1234", "--json",
                              timeout=400)
        self.assertNotIn('"approved":true', refused.out)


if __name__ == "__main__":
    tap.main()
