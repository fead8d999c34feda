"""acquit doctor on a system that is well, and on systems that are broken, one thing at a time: it
names the fault, by its cause and whose it is, and says nothing more when it is mended."""

import json
import os
import pathlib
import resource
import select
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402

FIRST, SECOND = shop.ISSUERS
COMPONENTS = ("138CE5B32C0E9126C291E970EA98764C", "1FD3C2437F6EE6DCD9383E1A49E9674D")
FSIZE_SMALL = 8192


class Doctor(unittest.TestCase):
    """Each party is a process of its own, as in the field."""

    timings = None
    edit = None
    wait = ()

    def setUp(self):
        self.shop = shop.Shop(edit=self.edit, timings=self.timings)
        self.addCleanup(self.shop.close)

    def start(self):
        for issuer in shop.ISSUERS:
            self.shop.run_party("issuer", issuer)
        self.shop.run_party("acquirer")
        self.shop.run_party("terminal")

    def examine(self, *more):
        arguments = more or ("--data", self.shop.data)
        done = self.shop.command("doctor", *arguments, *self.wait, "--json")
        self.assertIn(done.returncode, (0, 1), done.error)
        said = json.loads(done.text)
        self.assertEqual(done.returncode, 0 if said["ok"] else 1)
        self.assertEqual(said["ok"], not said["findings"])
        return said

    def findings(self, *more):
        return {(f["look"], f["cause"], f["subject"]) for f in self.examine(*more)["findings"]}

    def finds(self, *expected, more=()):
        """Exactly these; what is on its way may still come and go."""
        if not shop.wait_for(lambda: self.findings(*more) == set(expected)):
            self.fail(self.examine(*more)["findings"])

    def good(self, *arguments):
        done = self.shop.command(*arguments, "--data", self.shop.data)
        self.assertEqual(done.returncode, 0, done.text + done.error)

    def restart(self, name):
        self.shop.stop(name)
        party, _, issuer = name.partition("-")
        self.shop.run_party(party, issuer or None)


class Well(Doctor):
    def test_all_is_well(self):
        self.start()
        self.assertTrue(self.shop.sale("10.00")["approved"])
        said = self.examine()
        self.assertEqual(said["findings"], [])
        self.assertEqual({look["look"] for look in said["looked"] if look["looked"] == 0},
                         {"tls", "versions"})
        text = self.shop.command("doctor", "--data", self.shop.data, "--lang", "zh").text
        self.assertIn("一切正常", text)
        self.assertTrue(self.shop.sale("10.00")["approved"])

    def test_beside_a_till_alone(self):
        """What it cannot compare it does not speak of."""
        self.start()
        os.unlink(os.path.join(self.shop.data, "acquirer.sock"))
        said = self.examine()
        self.assertEqual(said["findings"], [])
        looked = {look["look"]: look["looked"] for look in said["looked"]}
        self.assertEqual((looked["keys"], looked["records"], looked["bins"]), (0, 0, 0))
        self.assertEqual((looked["echo"], looked["devices"]), (1, 12))

    def test_it_could_not_look(self):
        def refused(words, *arguments):
            done = self.shop.command("doctor", *arguments)
            self.assertEqual(done.returncode, 2, done.text)
            self.assertIn(words, done.error)
        refused("nothing runs", "--data", self.shop.data)
        refused("acquit.yaml", "--data", self.shop.folder)
        refused("usage", "--lang", "latin")
        refused("usage", "--for", "cardholder")
        for wait in ("0", "121", "x", ""):
            refused("usage", "--wait", wait)
        self.shop.run_party("terminal", is_patient=False)
        pathlib.Path(self.shop.data, "self-test").write_text("\nT1 paper=gone\n", encoding="utf-8")
        done = self.shop.command("doctor", "--data", self.shop.data)
        self.assertIn("self-test:2: paper", done.error)


class Records(Doctor):
    """What is written down wrongly."""

    def setUp(self):
        super().setUp()
        self.start()

    def test_merchants_and_terminals(self):
        rows = (("merchant", "M3", "state=frozen", "state=active", "merchant.frozen"),
                ("merchant", "M2", "category=5999", "category=5812", "merchant.record-mismatch"),
                ("terminal", "T4", "state=frozen", "state=active", "terminal.disabled"))
        for what, name, wrong, right, cause in rows:
            with self.subTest(cause):
                self.good(what, "set", name, wrong)
                self.finds(("records", cause, name))
                self.good(what, "set", name, right)
                self.finds()

    def test_software_too_old(self):
        self.good("terminal", "set", "T1", "software=310001")
        self.finds()
        self.good("terminal", "set", "T1", "software_min=310002")
        self.finds(("versions", "terminal.software-outdated", "T1"))
        self.good("terminal", "set", "T1", "software=310002")
        self.finds()

    def put_key(self, usage, party, owner):
        paths = []
        for i, component in enumerate(COMPONENTS):
            path = pathlib.Path(self.shop.folder, f"component-{i}")
            path.write_text(component + "\n", encoding="ascii")
            path.chmod(0o600)
            paths += ["--component", str(path)]
        self.good("keys", "import", usage, "--party", party, "--owner", owner, *paths, "--put")

    def test_a_master_key_of_one_side(self):
        self.put_key("TMK", "terminal", "T2")
        self.finds(("keys", "terminal.key-missing", "T2"))
        found = self.examine()["findings"][0]
        self.assertEqual(found["evidence"]["found"], "9BAE3E")
        self.assertEqual(found["acts"], "acquirer")
        self.assertGreater(len(found["steps"]), 0)
        self.put_key("TMK", "acquirer", "T2")
        self.finds()
        self.put_key("ZMK", "acquirer", FIRST)
        self.finds(("keys", "zone.mac-wrong", FIRST))

    def sign_in(self):
        """As soon as the line is up again."""
        def is_signed_in():
            return self.shop.command("signin", "--data", self.shop.data, "--terminal",
                                     "T3").returncode == 0
        self.assertTrue(shop.wait_for(is_signed_in))

    def test_work_keys_of_one_side(self):
        """The switch has been restored from a backup: its work keys are of an earlier sign-in."""
        before = pathlib.Path(self.shop.folder, "before.db")
        path = pathlib.Path(self.shop.data, "acquirer.db")
        self.shop.stop("acquirer")
        before.write_bytes(path.read_bytes())
        self.shop.run_party("acquirer")
        self.sign_in()
        self.finds()
        self.shop.stop("acquirer")
        for more in ("-wal", "-shm", ".lock"):  # the last says how far it was
            pathlib.Path(str(path) + more).unlink(missing_ok=True)
        path.write_bytes(before.read_bytes())
        self.shop.run_party("acquirer")
        self.finds(("keys", "pin.format-wrong", "T3"), ("keys", "message.mac-wrong", "T3"))
        self.sign_in()
        self.finds()

    def test_a_range_that_leads_to_no_issuer(self):
        self.shop.stop("acquirer")
        base = sqlite3.connect(os.path.join(self.shop.data, "acquirer.db"))
        key, value = base.execute(
            "SELECT key, value FROM row_key JOIN row USING (id) WHERE substr(key, 2) = ?",
            (b"62000001",)).fetchone()
        number = base.execute("SELECT max(id) + 1 FROM row").fetchone()[0]
        base.execute("INSERT INTO row VALUES (?, ?)", (number, value.replace(
            b"62000001", b"62000077").replace(FIRST.encode(), b"20000077")))
        base.execute("INSERT INTO row_key VALUES (?, ?)",
                     (key.replace(b"62000001", b"62000077"), number))
        base.commit()
        base.close()
        self.shop.run_party("acquirer")
        self.finds(("bins", "card.bin-unknown", "20000077"))
        found = self.examine()["findings"][0]
        self.assertEqual(found["evidence"]["bin"], "62000077")


class Machines(Doctor):
    """What does not run, or not as it should."""

    def setUp(self):
        super().setUp()
        self.start()

    def self_test(self, text):
        pathlib.Path(self.shop.data, "self-test").write_text(text, encoding="utf-8")

    def test_devices(self):
        for text, cause in (("T2 paper=out", "terminal.out-of-paper"),
                            ("T2 reader=faulty", "terminal.device-fault"),
                            ("* paper=ok # but\nT2 pin_pad=faulty", "terminal.device-fault")):
            with self.subTest(text):
                self.self_test(text)
                self.finds(("devices", cause, "T2"))
                answer = self.shop.sale("1.00", "T2")
                self.assertEqual(answer["paper"]["outcome"] if answer["approved"] else
                                 answer["outcome"], cause, answer)
                self.assertTrue(self.shop.sale("1.00", "T1")["approved"])
        self.self_test("")
        self.finds()

    def test_a_line_without_service(self):
        for text in ("T1 line=no-carrier", "T1 line=ok until=2025-12-31"):
            with self.subTest(text):
                self.self_test(text)
                self.finds(("line", "line.account-expired", "T1"))
        self.self_test("T1 line=ok until=2999-12-31")
        self.finds()

    def test_a_clock_that_is_fast(self):
        answer = self.shop.ask("terminal.sock", {"verb": "clock", "ahead_us": 3600 * 1000000})
        self.assertTrue(answer["ok"])
        self.finds(("clocks", "terminal.clock-wrong", "terminal"))
        self.restart("terminal")
        self.finds()
        self.shop.ask(f"issuer-{FIRST}.sock", {"verb": "clock", "ahead_us": 120 * 1000000})
        self.finds(("clocks", "message.too-old", f"issuer-{FIRST}"))

    def test_an_issuer_that_does_not_run(self):
        self.shop.stop(f"issuer-{SECOND}")
        self.finds(("connect", "issuer.unreachable", f"issuer-{SECOND}"),
                   ("bins", "issuer.unreachable", SECOND))
        found = self.examine()["findings"][0]
        self.assertEqual(found["evidence"]["found"], "Connection refused")
        self.shop.run_party("issuer", SECOND)
        self.finds()

    def test_a_switch_that_does_not_run(self):
        self.shop.stop("acquirer")
        self.finds(("connect", "line.unreachable", "acquirer"))
        self.shop.run_party("acquirer")
        self.finds()

    def test_a_full_disk(self):
        pid = self.shop.processes["acquirer"].pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FSIZE_SMALL, resource.RLIM_INFINITY))
        self.finds(("stores", "switch.fault", "acquirer"))
        resource.prlimit(pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.finds()


class Stuck(Doctor):
    """The switch gives up soon, and doctor on who is silent; a sale may need several goes."""

    timings = {**shop.BRISK, "acquirer_wait_ms": 4000, "request_age_max_ms": 3000}
    wait = ("--wait", "2")

    def is_owed(self):
        """The switch has tried often enough."""
        answer = self.shop.ask("acquirer.sock", {"verb": "checkup"})
        return answer["parties"][0]["owed"]["tries"] >= 4

    def test_a_reversal_that_an_issuer_does_not_take(self):
        self.start()
        self.assertTrue(shop.wait_for(lambda: self.shop.sale("10.00")["approved"]))
        self.shop.processes[f"issuer-{FIRST}"].send_signal(signal.SIGSTOP)
        self.assertFalse(self.shop.sale("25.00")["approved"])
        self.assertTrue(shop.wait_for(self.is_owed))
        self.finds(("owed", "issuer.no-answer", "acquirer"),
                   ("echo", "issuer.unreachable", f"issuer-{FIRST}"))
        self.shop.processes[f"issuer-{FIRST}"].send_signal(signal.SIGCONT)
        self.finds()


def frames(data):
    """Whole frames, and what is left."""
    found = []
    while len(data) >= 2 and len(data) >= 2 + struct.unpack(">H", data[:2])[0]:
        end = 2 + struct.unpack(">H", data[:2])[0]
        found.append(data[:end])
        data = data[end:]
    return found, data


class LossyLine:
    """A line that loses every fourth message towards the switch."""

    def __init__(self, port):
        self.port = port
        self.count = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        pairs = {}
        left = {}
        while not self.is_over.is_set():
            ready, _, _ = select.select([self.listener, *pairs], [], [], 0.1)
            for s in ready:
                if s is self.listener:
                    till, _ = s.accept()
                    switch = socket.create_connection(("127.0.0.1", self.port))
                    pairs.update({till: switch, switch: till})
                    left[till] = b""
                elif s in pairs:
                    self.pass_on(s, pairs, left)
        for s in [self.listener, *pairs]:
            s.close()

    def pass_on(self, s, pairs, left):
        data = b""
        try:
            data = s.recv(65536)
            if data and s in left:
                whole, left[s] = frames(left[s] + data)
                for frame in whole:
                    self.count += 1
                    if self.count % 4:
                        pairs[s].sendall(frame)
            elif data:
                pairs[s].sendall(data)
        except OSError:
            pass
        if not data:
            other = pairs.pop(s)
            pairs.pop(other, None)
            s.close()
            other.close()

    def close(self):
        self.is_over.set()
        self.thread.join(60)


class Line(Doctor):
    """A till with a file of its own, which says where it finds the switch."""

    wait = ("--wait", "1")

    def setUp(self):
        super().setUp()
        for issuer in shop.ISSUERS:
            self.shop.run_party("issuer", issuer)
        self.shop.run_party("acquirer")

    def till(self, address):
        path = pathlib.Path(self.shop.data, "till.yaml")
        text = pathlib.Path(self.shop.config).read_text(encoding="utf-8")
        port = self.shop.ports["acquirer"]
        path.write_text(text.replace(f"127.0.0.1:{port}", address), encoding="utf-8")
        return "--config", str(path)

    def test_a_weak_line(self):
        line = LossyLine(self.shop.ports["acquirer"])
        self.addCleanup(line.close)
        self.finds(("echo", "line.weak", "acquirer"), more=self.till(line.address))
        self.finds()

    def test_a_name_that_nobody_knows(self):
        self.finds(("names", "line.unreachable", "acquirer"),
                   more=self.till("switch.invalid:8583"))


class Certificates(Doctor):
    """TLS on the terminals' line. The authority signs what the switch shows."""

    def edit(self, text):  # called before setUp is over: files come later
        tls = ", ".join(f"{what}: {self.path(name)}" for what, name in (
            ("certificate", "switch.pem"), ("key", "switch.key"), ("authority", "ca.pem")))
        return text + f"\nterminal_tls: {{{tls}}}\n"

    def setUp(self):
        self.folder = shop.tempfile.mkdtemp(prefix="acquit-tls-")
        self.addCleanup(shop.shutil.rmtree, self.folder, ignore_errors=True)
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ca", "-days",
                     "900", "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"))
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=switch", "-keyout",
                     self.path("switch.key"), "-out", self.path("switch.csr"))
        super().setUp()

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True,
                       timeout=shop.COMMAND_WAIT_S)

    def sign(self, days):
        self.openssl("x509", "-req", "-in", self.path("switch.csr"), "-CA", self.path("ca.pem"),
                     "-CAkey", self.path("ca.key"), "-CAcreateserial", "-days", str(days), "-out",
                     self.path("switch.pem"))

    def test_certificates_end(self):
        self.sign(365)
        self.start()
        self.assertTrue(self.shop.sale("10.00")["approved"])
        self.finds()
        self.assertIn({"look": "tls", "looked": 1, "wrong": 0}, self.examine()["looked"])
        self.sign(5)
        self.restart("acquirer")
        self.finds(("tls", "line.unreachable", "acquirer"))
        self.assertIn(self.examine()["findings"][0]["evidence"]["found"], ("5 days", "4 days"))
        self.sign(0)
        time.sleep(1.1)  # it holds until this second is over
        self.shop.stop("acquirer")
        self.shop.run_party("acquirer")
        self.finds(("tls", "line.unreachable", "acquirer"))
        self.assertEqual(self.examine()["findings"][0]["evidence"]["found"], "certificate expired")


if __name__ == "__main__":
    tap.main()
