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
import database  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

PROVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "prove")


class ArchiveCase(world.WorldTest):
    def setUp(self):
        super().setUp()
        self.archive = os.path.join(self.folder, "archive")
        self.prepare()
        self.pid = self.up()
        self.good("archive", "--keep-days", "1")

    def prepare(self):
        """Before the world starts."""

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
        audit = self.good("audit", "--json").json()
        self.assertEqual({pair["verdict"] for pair in audit["between"]}, {"agree"}, audit)
        out = os.path.join(self.folder, f"export-{time.monotonic_ns()}")
        self.good("export", "--to", out, "--archive", self.archive, "--bytes")
        proof = subprocess.run([PROVE, out], capture_output=True, text=True, check=False)
        self.assertEqual(proof.returncode, 0, proof.stdout[-3000:] + proof.stderr)

    def in_file(self, rrn):
        answer = self.acquit("why", rrn, "--archive", self.archive, "--json")
        return answer.code == 0 and "archived" in answer.out

    def journal_begins(self):
        """After which record the journals of the hosts begin, and how long they are."""
        out = os.path.join(self.folder, f"export-{time.monotonic_ns()}")
        self.good("export", "--to", out)
        begins = {}
        for name in ("acquirer", "issuer-20000001"):
            with open(os.path.join(out, name + ".party.json"), encoding="utf-8") as file:
                about = json.load(file)
            begins[name] = (about.get("anchor", 0), about["records"], about["head"])
            self.assertEqual(about.get("anchor", 0) + about["records"], about["head"], about)
        return begins


class ArchiveTest(ArchiveCase):
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

    def test_broken_off_anywhere_nothing_is_in_neither_place(self):
        days = [self.sell_day(3) for _ in range(3)]
        self.good("clock", "advance", "3d")
        everything = [payment["rrn"] for day in days for payment in day]
        steps = 0
        while self.journal_begins()["acquirer"][0] == 0 and steps < 20:
            self.break_off(steps, everything)
            steps += 1
        self.assertGreater(steps, 1, "it was never broken off")
        for step in range(steps, steps + 4):  # while the journal leaves
            self.break_off(step, everything)
        self.good("archive", self.archive)
        done = self.hosts(self.archive, "--check")
        self.assertEqual(done["acquirer"]["checked"], done["issuer-20000001"]["checked"], done)
        self.assertGreaterEqual(done["acquirer"]["checked"], 3, done)
        self.assertEqual(done["acquirer"]["journal_records"],
                         self.journal_begins()["acquirer"][0], done)
        for rrn in everything:
            self.assertFalse(self.is_in_store(rrn), rrn)
            self.assertTrue(self.in_file(rrn), rrn)
        self.assertEqual(self.sale("7.00")["money"], "moved")
        self.assert_books_are_right()

    def break_off(self, step, everything):
        """Later each time, and of four one takes the host with it."""
        with subprocess.Popen([world.PROGRAM, "archive", self.archive, "--data", self.data],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            time.sleep(0.008 * step)
            if step % 4 == 3:
                self.kill(self.pid)
            child.send_signal(signal.SIGKILL)
            child.wait()
        if step % 4 == 3:
            self.pid = self.up()
        rrn = everything[step % len(everything)]
        self.assertTrue(self.is_in_store(rrn) or self.in_file(rrn), (step, rrn))

    def test_the_journal_leaves_and_the_chain_goes_on(self):
        self.sell_day(3)
        refunded = self.sell_day(2)[0]
        self.good("clock", "advance", "1d")
        # A payment of today is about one of long ago: that one's story stays, and all after it.
        date = refunded["created"].replace("-", "")[4:8]
        self.good("refund", "1.00", "--terminal", "T1", "--card", "C1", "--rrn", refunded["rrn"],
                  "--date", date, "--supervisor", "123456", "--batch", str(refunded["batch"]),
                  "--trace", str(refunded["trace"]), "--json")
        self.good("clock", "advance", "1d")
        first = self.hosts(self.archive)
        self.assertGreater(first["issuer-20000001"]["records"], 0, first)
        before = self.journal_begins()
        self.assertGreater(before["issuer-20000001"][0], 0, before)
        story = self.good("why", refunded["rrn"], "--json").json()
        self.assertIn("approved", {record.get("outcome") for party in story["parties"]
                                   for record in party.get("records", [])}, story)
        self.assert_books_are_right()
        self.good("settle", "--terminal", "T1")
        self.good("clock", "advance", "4d")
        second = self.hosts(self.archive)
        self.assertGreater(second["acquirer"]["records"], 0, second)
        checked = self.hosts(self.archive, "--check")
        for name, (anchor, records, _) in self.journal_begins().items():
            self.assertEqual(checked[name]["journal_records"], anchor, checked)
            self.assertGreater(anchor, before[name][0])
            self.assertGreater(records, 0)
        self.assertEqual(self.batches(), {"T1/000003"})
        self.assertEqual(self.sale("7.00")["money"], "moved")
        self.assert_books_are_right()
        self.kill(self.pid)
        self.pid = self.up()
        self.assert_books_are_right()
        self.check_proved_only_as_a_whole()
        self.check_a_missing_part_is_named()

    def test_a_backup_begins_where_the_journal_does(self):
        old, new = (os.path.join(self.folder, name) for name in ("old", "new"))
        self.good("backup", old)
        self.sell_day(2)
        self.good("clock", "advance", "3d")
        self.hosts(self.archive)
        self.assertEqual(self.sale("7.00")["money"], "moved")
        self.refused("archived meanwhile", "backup", old)
        self.good("backup", new)
        begins = self.journal_begins()
        self.assertEqual(self.sale("8.00")["money"], "moved")
        self.good("backup", new)
        self.down()
        self.data = os.path.join(self.folder, "elsewhere")
        self.good("restore", new)
        self.pid = self.up()
        self.assertEqual({name: begin for name, (begin, _, _) in self.journal_begins().items()},
                         {name: begin for name, (begin, _, _) in begins.items()})
        self.assertEqual(self.sale("9.00")["money"], "moved")
        self.hosts(self.archive, "--check")
        self.assert_books_are_right()
        # Rows that are older than the journal were brought forward late in it: not before that.
        anchor = begins["acquirer"][0]
        refused = world.acquit("restore", new, "--data", os.path.join(self.folder, "early"),
                               "--party", "acquirer", "--until", str(anchor + 3))
        self.assertEqual(refused.code, 1, refused.out)
        self.assertIn("as of so early", refused.err)

    def batches(self):
        """That the switch still has: closed ones leave when later ones of the till have."""
        out = os.path.join(self.folder, f"export-{time.monotonic_ns()}")
        self.good("export", "--to", out)
        with open(os.path.join(out, "acquirer.rows.jsonl"), encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        return {row["key"] for row in rows if row["table"] == "batch"}

    def check_proved_only_as_a_whole(self):
        out = os.path.join(self.folder, "cut")
        self.good("export", "--to", out)
        proof = subprocess.run([PROVE, out], capture_output=True, text=True, check=False)
        self.assertEqual(proof.returncode, 2, proof.stdout)
        self.assertIn("export with --archive", proof.stderr)

    def check_a_missing_part_is_named(self):
        folder = os.path.join(self.archive, "acquirer")
        parts = sorted(name for name in os.listdir(folder) if name.endswith(".journal"))
        os.rename(os.path.join(folder, parts[0]), os.path.join(folder, "away"))
        self.refused(parts[0], "archive", self.archive, "--check")

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


class ArchiveOnPostgres(ArchiveCase):
    @classmethod
    def setUpClass(cls):
        cls.database = database.Server()

    @classmethod
    def tearDownClass(cls):
        cls.database.close()

    def prepare(self):
        self.edit("store: sqlite",
                  f'store: postgres\npostgres: "{self.database.conninfo}"\nlease_ms: 3000')

    def rows(self, table):
        return int(self.database.value(f"SELECT count(*) FROM acquit_acquirer.{table}"))

    def test_days_and_journal_leave_the_tables(self):
        sold = self.sell_day(3)
        self.good("clock", "advance", "3d")
        before = self.rows("journal")
        with subprocess.Popen([world.PROGRAM, "archive", self.archive, "--data", self.data],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            time.sleep(0.03)
            self.kill(self.pid)  # the host, wherever it is; the database goes on
            child.wait()
        self.pid = self.up()
        self.hosts(self.archive)
        anchor, records, _ = self.journal_begins()["acquirer"]
        self.assertTrue(0 < anchor <= before, (anchor, before))
        self.assertEqual(self.rows("journal"), records)
        self.assertEqual(self.hosts(self.archive, "--check")["acquirer"]["journal_records"], anchor)
        for payment in sold:
            self.assertFalse(self.is_in_store(payment["rrn"]), payment)
            self.assertTrue(self.in_file(payment["rrn"]), payment)
        self.assertEqual(self.sale("7.00")["money"], "moved")
        self.assert_books_are_right()


if __name__ == "__main__":
    tap.main()
