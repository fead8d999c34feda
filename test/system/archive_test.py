"""Business days archived from a working world: nothing is ever in neither place, whenever it is
broken off; the books stay right; what was archived is told, and never as unknown."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402
import world  # noqa: E402

PROVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "prove")


class ArchiveTest(world.WorldTest):
    def setUp(self):
        super().setUp()
        self.archive = os.path.join(self.folder, "archive")
        self.pid = self.up()
        self.good("archive", "--keep-days", "1")

    def sell_day(self, count, terminal="T1"):
        """Sells, closes the batch, lets the day end: the payments' reference numbers."""
        sold = [self.sale(f"{10 + i}.00", "--terminal", terminal)["payment"] for i in range(count)]
        self.good("settle", "--terminal", terminal)
        self.good("clock", "advance", "1d")
        return sold

    def hosts(self, *more):
        said = self.good("archive", *more, "--json").json()
        return {host["name"]: host for host in said["hosts"]}

    def is_in_store(self, rrn):
        return self.acquit("why", rrn, "--json").code == 0

    def story(self, *which):
        return self.good("why", *which, "--archive", self.archive, "--json").json()

    def assert_books_are_right(self):
        self.good("audit")
        out = os.path.join(self.folder, f"export-{time.monotonic_ns()}")
        self.good("export", "--to", out)
        proof = subprocess.run([PROVE, out], capture_output=True, text=True, check=False)
        self.assertEqual(proof.returncode, 0, proof.stdout[-3000:] + proof.stderr)

    def test_a_day_goes_while_payments_run_and_is_told_from_its_file(self):
        sold = self.sell_day(4)
        refused = self.sale("99999.00", "--terminal", "T1")["payment"]
        held = self.acquit("preauth", "50.00", "--terminal", "T2", "--card", "C1", "--pin", "1234",
                           "--json").json()
        self.assertEqual(held["money"], "held", held)
        self.good("clock", "advance", "4d")
        plan = self.hosts(self.archive, "--plan")
        self.assertEqual(sum(plan["acquirer"]["due"].values()), 4, plan)
        self.assertEqual(sum(plan["issuer-20000001"]["due"].values()), 4, plan)
        [kept] = plan["issuer-20000001"]["kept"].values()
        self.assertEqual(kept["held"], 1, plan)
        [kept] = plan["acquirer"]["kept"].values()
        self.assertIn("held", kept, plan)
        self.assertFalse(os.path.exists(self.archive))

        with subprocess.Popen([world.PROGRAM, "load", "--data", self.data, "--terminals", "8",
                               "--seconds", "2"], stdout=subprocess.DEVNULL) as load:
            done = self.hosts(self.archive)
            self.assertEqual(load.wait(world.COMMAND_WAIT_S), 0)
        for name in ("acquirer", "issuer-20000001"):
            self.assertEqual((done[name]["archived"], done[name]["removed"]), (4, 4), done)
        self.assertEqual(self.hosts(self.archive)["acquirer"]["removed"], 0)
        self.assertEqual(self.hosts(self.archive, "--check")["acquirer"]["checked"], 1)
        self.assert_books_are_right()
        self.check_told(sold, refused)
        self.check_named_later(sold[0])
        self.assert_books_are_right()

    def check_told(self, sold, refused):
        for payment in sold:
            self.assertFalse(self.is_in_store(payment["rrn"]))
            story = self.story(payment["rrn"])
            hosts = {party["name"]: party for party in story["parties"] if "archived" in party}
            self.assertEqual(set(hosts), {"acquirer", "issuer-20000001"}, story)
            for host in hosts.values():
                self.assertEqual(host["payment"]["money"], "moved", host)
                self.assertEqual({record["name"] for record in host["records"]}, {host["name"]})
                self.assertIn("approved", {record["outcome"] for record in host["records"]
                                           if "outcome" in record}, host)
        self.assertTrue(self.is_in_store(refused["rrn"]))
        by_trace = self.story("--terminal", "T1", "--trace", str(sold[1]["trace"]))
        self.assertEqual(by_trace["identity"]["trace"], sold[1]["trace"])
        for root, _, names in os.walk(self.archive):
            for name in names:
                with open(os.path.join(root, name), "rb") as file:
                    self.assertNotIn(b"6200000100000", file.read(), "a card number in clear")

    def check_named_later(self, payment):
        """It is not told as unknown, and nothing follows it."""
        name = f"T1/{payment['batch']:06}/{payment['trace']:06}"
        for at in ("switch", "issuer"):
            said = self.acquit("query", name, "--at", at, "--json").json()
            self.assertEqual(said["state"], "archived", said)
            self.assertFalse(said["safe_to_retry"], said)
        date = payment["created"].replace("-", "")[4:8]
        refund = self.acquit("refund", "5.00", "--terminal", "T1", "--card", "C1", "--rrn",
                             payment["rrn"], "--date", date, "--supervisor", "123456", "--batch",
                             str(payment["batch"]), "--trace", str(payment["trace"]), "--json")
        answer = json.loads(refund.out)
        self.assertEqual(answer["outcome"], "original.archived", answer)
        self.assertEqual(answer["money"], "not_moved", answer)

    def in_file(self, rrn):
        answer = self.acquit("why", rrn, "--archive", self.archive, "--json")
        return answer.code == 0 and "archived" in answer.out

    def test_broken_off_anywhere_nothing_is_in_neither_place(self):
        days = [self.sell_day(3) for _ in range(3)]
        self.good("clock", "advance", "3d")
        everything = [payment["rrn"] for day in days for payment in day]
        for step in range(8):
            # Later each time, and of the eight two take the host with it.
            with subprocess.Popen([world.PROGRAM, "archive", self.archive, "--data", self.data],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
                time.sleep(0.004 * step)
                if step % 4 == 3:
                    self.kill(self.pid)
                child.send_signal(signal.SIGKILL)
                child.wait()
            if step % 4 == 3:
                self.pid = self.up()
            rrn = everything[step % len(everything)]
            self.assertTrue(self.is_in_store(rrn) or self.in_file(rrn), (step, rrn))
        self.good("archive", self.archive)
        done = self.hosts(self.archive, "--check")
        self.assertEqual(done["acquirer"]["checked"], done["issuer-20000001"]["checked"], done)
        self.assertGreaterEqual(done["acquirer"]["checked"], 3, done)
        for rrn in everything:
            self.assertFalse(self.is_in_store(rrn), rrn)
            self.assertTrue(self.in_file(rrn), rrn)
        self.assertEqual(self.sale("7.00")["money"], "moved")
        self.assert_books_are_right()

    def test_a_file_that_was_changed_is_named(self):
        self.sell_day(2)
        self.good("clock", "advance", "2d")
        self.good("archive", self.archive)
        [name] = [name for name in os.listdir(os.path.join(self.archive, "acquirer"))
                  if name.endswith(".day")]
        path = os.path.join(self.archive, "acquirer", name)
        with open(path, "r+b") as file:
            file.seek(400)
            byte = file.read(1)
            file.seek(400)
            file.write(bytes([byte[0] ^ 1]))
        self.refused(name, "archive", self.archive, "--check")

    def test_what_is_asked_wrongly_is_refused(self):
        self.refused("usage", "archive", code=2)
        self.refused("usage", "archive", self.archive, "--plan", "--check", code=2)
        self.refused("usage", "archive", "--keep-days", "0", code=2)
        self.refused("no such host", "archive", self.archive, "--party", "nobody")
        self.down()
        self.refused("start it first", "archive", self.archive)


if __name__ == "__main__":
    tap.main()
