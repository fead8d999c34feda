"""A standby that has what was answered: the primary dies under load, the standby is promoted, and
nothing that a till was told is missing; who may ship; what happens while one of the two is away."""

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

PROVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "prove")


class StandbyTest(world.WorldTest):
    def setUp(self):
        super().setUp()
        self.second = os.path.join(self.folder, "second")
        self.standby = None
        self.port = 0
        self.said = open(os.path.join(self.folder, "standby.err"), "w+", encoding="utf-8")

    def tearDown(self):
        self.end_standby()
        self.said.close()
        super().tearDown()

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True,
                       timeout=world.COMMAND_WAIT_S)

    def certify(self, *names):
        """Certificates of one authority: NAME.pem and NAME.key, for NAME.test."""
        if not os.path.exists(self.path("ca.pem")):
            self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ca",
                         "-days", "9", "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"))
        for name in names:
            self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}.test",
                         "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"))
            self.openssl("x509", "-req", "-in", self.path(f"{name}.csr"), "-CA",
                         self.path("ca.pem"), "-CAkey", self.path("ca.key"), "-CAcreateserial",
                         "-days", "9", "-out", self.path(f"{name}.pem"))

    def proof(self, primary="primary"):
        """What the standby proves itself with, and whom it takes."""
        return ("--certificate", self.path("standby.pem"), "--key", self.path("standby.key"),
                "--authority", self.path("ca.pem"), "--primary", f"{primary}.test")

    def setting(self, name, policy="required"):
        """A primary's setting that proves a name."""
        return (f'standby: {{address: "127.0.0.1:{self.port}", policy: {policy}, '
                f'certificate: {self.path(name)}.pem, key: {self.path(name)}.key, '
                f'authority: {self.path("ca.pem")}, peer: standby.test}}\n')

    def start_standby(self, *proof, **more):
        self.standby = subprocess.Popen(
            [world.PROGRAM, "standby", "--listen", f"127.0.0.1:{self.port}", "--data",
             self.second, *(proof or ("--plain",))], stdout=subprocess.PIPE,
            stderr=self.said, text=True, **more)
        line = self.standby.stdout.readline()
        self.port = int(re.search(r"port (\d+)", line).group(1))

    def end_standby(self):
        if self.standby is not None:
            self.standby.kill()
            self.standby.wait()
            self.standby.stdout.close()
        self.standby = None

    def said_by_standby(self):
        with open(self.said.name, encoding="utf-8") as file:
            return file.read()

    def begin(self, policy):
        self.start_standby()
        setting = f'standby: {{address: "127.0.0.1:{self.port}", policy: {policy}, plain: true}}\n'
        if policy == "required":  # the same in the other style
            setting = (f'standby:\n  address: "127.0.0.1:{self.port}"\n\n'
                       f"  # an answer means that both have it\n  policy: {policy}\n"
                       "  plain: true\n")
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
        self.certify("standby", "primary")
        self.start_standby(*self.proof())
        self.edit("lab: true", self.setting("primary") + "lab: true")
        pid = self.up()
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
        self.start_standby(*self.proof())  # on a store that was promoted
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

    def archive(self):
        """What is past one day leaves: how many records of the switch."""
        self.good("settle", "--terminal", "T1")
        self.good("clock", "advance", "3d")
        said = self.good("archive", os.path.join(self.folder, "archive"), "--json").json()
        return {host["name"]: host["records"] for host in said["hosts"]}["acquirer"]

    def test_what_leaves_the_primary_leaves_the_standby(self):
        self.begin("required")
        self.good("archive", "--keep-days", "1")
        for amount in ("10.00", "11.00"):
            self.assertEqual(self.sale(amount)["money"], "moved")
        self.assertGreater(self.archive(), 0)
        self.assertEqual(self.sale("12.00")["money"], "moved")
        self.down()
        self.end_standby()
        shutil.copy(os.path.join(self.data, "acquit.yaml"), self.second)
        ours = self.records(self.data)
        self.assertEqual(self.records(self.second)["acquirer"], ours["acquirer"])
        # One that begins anew begins where the primary's journal does, and has all rows.
        shutil.rmtree(self.second)
        self.start_standby()
        pid = self.up()
        self.assertEqual(self.sale("13.00")["money"], "moved")
        self.kill(pid)
        for name in ("acquit.yaml", "lab.seed", "cards.atc", "clock"):
            if os.path.exists(os.path.join(self.data, name)):
                shutil.copy(os.path.join(self.data, name), self.second)
        self.data = self.second
        self.assertIn("promoted", self.good("promote").out)
        self.up()
        self.assertEqual(self.sale("14.00")["money"], "moved")
        self.good("audit")

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

    def test_terminals_outlive_a_primary(self):
        """They are outside and write down what they were told. The standby takes the primary's
        place and addresses while they sell; in the end all parties' books are proved together."""
        ports = iter(shop.free_ports(8))
        config = os.path.join(self.data, "acquit.yaml")
        with open(config, encoding="utf-8") as file:
            text = re.sub(r"127\.0\.0\.1:0", lambda _: f"127.0.0.1:{next(ports)}", file.read())
        for name, value in shop.HASTY.items():
            text = re.sub(rf"{name}: \d+", f"{name}: {value}", text)
        with open(config, "w", encoding="utf-8") as file:
            file.write(text)
        pid = self.begin("required")
        journal = self.path("tills")
        os.mkdir(journal)
        with open(self.path("load.out"), "w+", encoding="utf-8") as said:
            load = subprocess.Popen([world.PROGRAM, "load", "--config", config, "--terminals", "16",
                                     "--rate", "200", "--seconds", "4", "--journal", journal],
                                    stdout=said, stderr=subprocess.STDOUT)
            try:
                time.sleep(1.5)
                self.kill(pid)
                for name in ("acquit.yaml", "lab.seed", "cards.atc"):
                    shutil.copy(os.path.join(self.data, name), self.second)
                outcome = world.acquit("promote", "--data", self.second)
                self.assertEqual(outcome.code, 0, outcome.err)
                os.rename(self.data, self.path("dead"))
                os.rename(self.second, self.data)
                self.up()
                code = load.wait(world.COMMAND_WAIT_S)
            finally:
                load.kill()
                load.wait()
            said.seek(0)
            words = said.read()
        self.assertEqual(code, 0, words)
        self.assertIn("agree on every payment", words)
        self.assertGreater(int(re.search(r"(\d+) taken once, everywhere", words).group(1)), 100)
        self.down()
        for name in os.listdir(journal):
            shutil.move(os.path.join(journal, name), os.path.join(self.data, "tills-" + name))
        self.good("export", "--to", self.path("exported"), "--bytes")
        done = subprocess.run([sys.executable, PROVE, self.path("exported")], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("all proved", done.stdout)

    def test_without_a_required_standby_nothing_new_is_taken(self):
        self.begin("required")
        self.assertEqual(self.sale("10.00")["money"], "moved")
        self.assertIn(f"standby 127.0.0.1:{self.port}: level", self.good("status").out)
        self.end_standby()
        self.assertTrue(shop.wait_for(lambda: self.good("status").out.count(": away") == 4),
                        "nobody notices while nobody pays")
        refused = self.acquit("sale", "11.00", "--card", "C1", "--pin", "1234", "--json",
                              timeout=400)
        self.assertNotIn('"approved":true', refused.out)
        said = self.good("status").out
        self.assertRegex(said, r"acquirer +acquirer .*\n +standby .*: away for \d+ s, \d+ records")
        self.assertIn("nothing new is taken until it is back: acquit why switch.standby-away", said)
        finding = next(finding for finding in json.loads(self.acquit("doctor", "--json").out)[
            "findings"] if finding["subject"] == "acquirer" and finding["look"] == "stores")
        self.assertEqual(finding["cause"], "switch.standby-away", finding)
        self.start_standby()
        self.assertTrue(shop.wait_for(lambda: self.good("status").out.count(": level") == 4))
        self.assertEqual(self.sale("12.00")["money"], "moved")

    def test_who_cannot_prove_who_he_is_ships_nothing(self):
        self.certify("standby", "primary", "till")
        self.start_standby(*self.proof())
        self.edit("lab: true", self.setting("till") + "lab: true")
        # a name that is not the primary's, though of the same authority
        self.refused("is required: TLS: the other side says:", "up", "--detach")
        self.assertIn("hostname mismatch", self.said_by_standby())
        self.edit(self.setting("till"),
                  f'standby: {{address: "127.0.0.1:{self.port}", policy: required, plain: true}}\n')
        self.refused("the standby is required", "up", "--detach")
        self.edit("plain: true", "peer: standby.test")
        self.refused("both sides prove who they are", "up", "--detach")
        self.edit(f"127.0.0.1:{self.port}", "10.0.0.2:7700")
        self.edit("peer: standby.test", "plain: true")
        self.refused("only for a standby on this machine", "up", "--detach")
        self.assertEqual([name for name in os.listdir(self.second) if name.endswith(".db")], [])
        self.refused("this machine only", "standby", "--listen", "0.0.0.0:0", "--plain")
        self.refused("needs certificate, key, authority", "standby", "--listen", "0.0.0.0:0")

    def test_a_standby_without_descriptors_waits(self):
        few = 24
        self.start_standby(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                                 (few, few)))
        callers = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(few)]
        time.sleep(1)
        with open(f"/proc/{self.standby.pid}/stat", encoding="ascii") as stat:
            ticks = sum(int(word) for word in stat.read().rsplit(")", 1)[1].split()[11:13])
        self.assertLess(ticks, os.sysconf("SC_CLK_TCK") // 2, "it spins")
        for caller in callers:
            caller.close()
        self.edit("lab: true", f'standby: {{address: "127.0.0.1:{self.port}", policy: preferred, '
                  'plain: true}\nlab: true')
        self.up()
        self.assertEqual(self.sale("10.00")["money"], "moved")


if __name__ == "__main__":
    tap.main()
