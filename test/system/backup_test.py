"""Backups of a running world, and worlds made of them: nothing that was answered before the stated
point is missing, everything that is damaged is named, and what was broken off changes nothing."""

import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402
import world  # noqa: E402


class BackupTest(world.WorldTest):
    def setUp(self):
        super().setUp()
        self.backup = os.path.join(self.folder, "backup")

    def save(self, *more):
        return self.good("backup", self.backup, "--json", *more).json()

    def restored(self, *more, name="elsewhere"):
        """Restores; from here on the test's world is the new one."""
        self.data = os.path.join(self.folder, name)
        return self.good("restore", self.backup, "--json", *more).json()

    def restore_refused(self, *words, more=()):
        place = os.path.join(self.folder, "refused")
        outcome = world.acquit("restore", self.backup, "--data", place, *more)
        self.assertEqual(outcome.code, 1, outcome.out)
        for word in words:
            self.assertIn(word, outcome.err)
        self.assertEqual(glob.glob(place + "*"), [])

    def manifest(self):
        with open(os.path.join(self.backup, "manifest.json"), encoding="utf-8") as file:
            return json.load(file)

    def sell(self, amount):
        sold = self.sale(amount)
        self.assertEqual(sold["money"], "moved", sold)
        return sold["payment"]["rrn"]

    def assert_known(self, rrn):
        self.assertIn("moved", self.good("why", rrn, "--json").out)

    def test_nothing_that_was_answered_is_missing_elsewhere(self):
        pid = self.up()
        load = subprocess.Popen([world.PROGRAM, "load", "--data", self.data, "--terminals", "8",
                                 "--seconds", "2"], stdout=subprocess.DEVNULL)
        before = [self.sell("10.00")]
        first = self.save()
        before += [self.sell("11.00"), self.sell("12.00")]
        second = self.save()
        self.assertEqual(load.wait(world.COMMAND_WAIT_S), 0)
        self.sell("13.00")
        self.assertGreater(second["point_us"], first["point_us"])
        self.assertGreater(second["parties"][0]["sequence"], first["parties"][0]["sequence"])
        self.kill(pid)
        shutil.rmtree(self.data)
        made = self.restored()
        self.assertEqual(made["point_us"], second["point_us"])
        for party in made["parties"]:
            self.assertLessEqual(party["time_us"], second["point_us"], party)
        self.up()
        for rrn in before:
            self.assert_known(rrn)
        self.sell("14.00")
        self.good("audit")

    def test_back_to_a_point_in_time(self):
        self.up()
        early = self.sell("10.00")
        time.sleep(1.1)
        until = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600))
        time.sleep(1.1)
        late = self.sell("11.00")
        self.save()
        self.down()
        self.restored("--until", until)
        self.up()
        self.assert_known(early)
        self.assertNotIn("moved", self.acquit("why", late, "--json").out)
        self.good("audit")
        self.restore_refused("does not reach so far", more=("--until", "2099-01-01 00:00:00"))
        self.restore_refused("does not reach so far",
                             more=("--party", "acquirer", "--until", "999999999"))
        self.restore_refused("expected a time", more=("--until", "yesterday"))
        self.data = os.path.join(self.folder, "switch")
        made = self.restored("--party", "acquirer", "--until", "20", name="switch")
        self.assertEqual([(party["name"], party["sequence"]) for party in made["parties"]],
                         [("acquirer", 20)])

    def test_damage_is_named_and_nothing_is_made(self):
        self.up()
        self.sell("10.00")
        self.save()
        self.sell("11.00")
        self.save()
        self.down()
        part = os.path.join(self.backup, "acquirer.000002.journal")
        with open(part, "r+b") as file:
            whole = file.read()
            file.seek(200)
            file.write(b"?")
        first = next(party for party in self.manifest()["parties"]
                     if party["name"] == "acquirer")["parts"][1]["first"]
        self.restore_refused("acquirer.000002.journal", f"record {first}")
        with open(part, "wb") as file:
            file.write(whole[:-100])
        self.restore_refused("acquirer.000002.journal", "record ")
        os.remove(part)
        self.restore_refused("acquirer.000002.journal", "No such file")
        with open(part, "wb") as file:
            file.write(whole)
        place = os.path.join(self.backup, "manifest.json")
        with open(place, encoding="utf-8") as file:
            text = file.read()
        with open(place, "w", encoding="utf-8") as file:
            file.write(text.replace('"epoch": 1', '"epoch": 2'))
        self.restore_refused("manifest.json", "its sum is wrong")
        with open(place, "w", encoding="utf-8") as file:
            file.write(text)
        self.refused("it is there already", "restore", self.backup)
        self.restored()

    def test_what_is_broken_off_leaves_the_backup_before(self):
        self.up()
        rrn = self.sell("10.00")
        first = self.save()
        for tenths in (0, 1, 2, 4, 8):
            self.sell("11.00")
            saving = subprocess.Popen([world.PROGRAM, "backup", self.backup, "--data", self.data],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(tenths / 50)
            saving.send_signal(signal.SIGKILL)
            saving.wait()
            self.assertGreaterEqual(self.manifest()["point_us"], first["point_us"])
        self.save()
        self.down()
        self.restored()
        self.up()
        self.assert_known(rrn)
        self.good("audit")

    def test_another_store_is_not_added_to_a_backup(self):
        self.up()
        self.sell("10.00")
        self.sell("10.00")
        self.save("--chain-only")
        self.down()
        for path in glob.glob(os.path.join(self.data, "*.db*")):
            os.remove(path)
        self.up()
        self.refused("another one; use another folder", "backup", self.backup)
        self.refused("usage", "backup", code=2)

    def peers(self, issuer):
        rows = self.good("peer", "list", "--json").json()
        return next(row for row in rows if row["peer"] == issuer and row["party"] == "acquirer")

    def sells_in_time(self):
        """A refused sign-on is tried again with pauses of seconds."""
        for _ in range(120):
            if self.sale("9.00")["money"] == "moved":
                return True
            time.sleep(0.5)
        return False

    def test_an_old_backup_is_noticed_by_newer_parties_and_refused_until_told(self):
        self.up()
        self.sell("10.00")
        self.save()
        lost = self.sell("11.00")
        self.down()
        self.up()  # signed on anew: each has heard how far the other is
        self.down()
        new = self.data
        self.restored("--party", "issuer-20000001")
        for path in glob.glob(os.path.join(new, "issuer-20000001.db*")):
            os.remove(path)
        shutil.move(os.path.join(self.data, "issuer-20000001.db"), new)
        self.data = new
        self.up()
        refused = self.sale("12.00")
        self.assertEqual((refused["money"], refused["code"]), ("not_moved", "91"), refused)
        self.assertIn("issuer.books-apart", self.good("why", "last", "--json").out)
        self.assertTrue(self.peers("20000001")["is_behind"])
        self.assertFalse(self.peers("20000002")["is_behind"])
        self.assertEqual(self.sale("13.00", card="C2")["money"], "not_moved")
        self.assertIn("issuer.books-apart", self.acquit("doctor").out)
        self.good("peer", "set", "20000001", "is_behind=false")
        self.assertTrue(self.sells_in_time())
        self.assertFalse(self.peers("20000001")["is_behind"])
        for party, state in (("switch", "approved"), ("issuer", "lost")):
            told = self.acquit("query", lost, "--at", party, "--json").json()
            self.assertEqual((told["state"], told["safe_to_retry"]), (state, False), told)

    def test_secrets_in_the_clear_stay_out(self):
        secret = os.path.join(self.data, "passphrase")
        with open(secret, "w", encoding="utf-8") as file:
            file.write("correct horse battery staple\n")
        os.chmod(secret, 0o600)
        with open(os.path.join(self.data, "acquit.yaml"), "a", encoding="utf-8") as file:
            file.write(f"passphrase: {secret}\n")
        self.up()
        self.sell("10.00")
        self.save()
        self.assertEqual(self.manifest()["left_out"], [secret])
        self.assertFalse(glob.glob(os.path.join(self.backup, "*passphrase*")))
        self.assertTrue(glob.glob(os.path.join(self.backup, "*acquirer.key")))


if __name__ == "__main__":
    tap.main()
