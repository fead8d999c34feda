"""What the world throws at a running process: broken frames and messages, floods, peers that never
read, hostile files, a port or store that is taken, a full disk, a wrong master key. Each gets a
clear word or a closed connection, and everybody else goes on selling."""

import os
import pathlib
import random
import resource
import socket
import sqlite3
import struct
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402

TPDU = bytes.fromhex("6000030000")
HEADER = bytes.fromhex("603100311301")
FRAME_WAIT_S = 10  # a frame that has begun must be whole by then (host/link.h)
FLOOD = 400
WAIT_S = 60  # for what must come: an answer, or the end of a connection
RESIDENT_GROWTH_MAX = 96 << 20  # more than any test may make a process grow


def frame(body):
    return struct.pack(">H", len(body)) + body


def message(mti, fields):
    """MTI, bitmap and raw field bytes, as UnionPay POS has them."""
    bits = 0
    for number in fields:
        bits |= 1 << (64 - number)
    return bytes.fromhex(mti) + struct.pack(">Q", bits) + b"".join(
        fields[number] for number in sorted(fields))


def echo(terminal=b"T1      ", **more):
    fields = {41: terminal, 42: b"M1".ljust(15), 60: bytes.fromhex("0011" "00" "000001" "3010")}
    fields.update({int(name[1:]): value for name, value in more.items()})
    return message("0800", fields)


class Wire(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = shop.Shop()
        try:
            cls.shop.up()
            cls.usual = cls.resident()
        except BaseException:
            cls.shop.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.shop.close()

    @classmethod
    def resident(cls):
        pid = cls.shop.processes["up"].pid
        pages = pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * resource.getpagesize()

    def tearDown(self):
        """Whatever happened: the process lives, has not grown, and T1 sells."""
        self.assertTrue(self.shop.is_running("up"), self.shop.output("up"))
        answer = self.shop.sale("1.00")
        self.assertTrue(answer["approved"], answer)
        self.assertLess(self.resident() - self.usual, RESIDENT_GROWTH_MAX)

    def connect(self, party="acquirer"):
        s = socket.create_connection(("127.0.0.1", self.shop.ports[party]), timeout=WAIT_S)
        self.addCleanup(s.close)
        return s

    def is_closed(self, s, seconds=WAIT_S):
        s.settimeout(seconds)
        try:
            while s.recv(65536):
                pass
            return True
        except ConnectionError:
            return True
        except socket.timeout:
            return False

    def read_frame(self, s):
        data = b""
        while len(data) < 2 or len(data) < 2 + struct.unpack(">H", data[:2])[0]:
            more = s.recv(65536)
            self.assertTrue(more, "closed instead of answered")
            data += more
        return data[2:]

    def links(self):
        return self.shop.ask("control.sock", {"verb": "status"})["links"]

    # ---- frames ----

    def test_an_echo_is_answered(self):
        """So that the broken ones below are broken by what they say they are."""
        s = self.connect()
        s.sendall(frame(TPDU + HEADER + echo()))
        answer = self.read_frame(s)
        self.assertEqual(answer[:5], bytes.fromhex("6000000003"))
        self.assertEqual(answer[11:13], bytes.fromhex("0810"))

    def test_half_a_frame(self):
        s = self.connect()
        s.sendall(struct.pack(">H", 300) + TPDU + HEADER + b"\x08")
        answer = self.shop.sale("1.00")
        self.assertTrue(answer["approved"], answer)
        self.assertTrue(self.is_closed(s, FRAME_WAIT_S + WAIT_S))

    def test_a_frame_in_single_bytes_is_whole_in_the_end(self):
        s = self.connect()
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in frame(TPDU + HEADER + echo()):
            s.sendall(bytes([byte]))
        self.assertEqual(self.read_frame(s)[11:13], bytes.fromhex("0810"))

    def test_lengths_that_no_frame_has(self):
        for party in self.shop.ports:
            for length in (0, 0xFFFF, 9000):
                s = self.connect(party)
                s.sendall(struct.pack(">H", length) + bytes(100))
                self.assertTrue(self.is_closed(s), f"{party} keeps a frame of {length} bytes")

    def test_garbage(self):
        chance = random.Random(8583)
        for party in self.shop.ports:
            for _ in range(40):
                s = self.connect(party)
                try:
                    for _ in range(20):
                        body = chance.randbytes(chance.randint(1, 400))
                        s.sendall(frame(body) if chance.random() < 0.8 else body)
                except ConnectionError:
                    pass
                s.close()

    def test_half_closed(self):
        s = self.connect()
        s.sendall(frame(TPDU + HEADER + echo())[:20])
        s.shutdown(socket.SHUT_WR)
        self.assertTrue(self.is_closed(s))

    # ---- messages ----

    def broken(self):
        """Name, and a body that is wrong in one thing."""
        good = echo()
        bitmap = struct.unpack(">Q", good[2:10])[0]

        def with_bits(*numbers):
            bits = bitmap
            for number in numbers:
                bits |= 1 << (64 - number)
            return good[:2] + struct.pack(">Q", bits) + good[10:]
        head = TPDU + HEADER
        yield "wrong TPDU", bytes.fromhex("6100030000") + HEADER + good
        yield "no TPDU", HEADER + good
        yield "header missing", TPDU + good
        yield "header of letters", TPDU + b"LETTER" + good
        yield "nothing after the header", head
        yield "half a bitmap", head + good[:6]
        yield "only a bitmap", head + good[:10]
        yield "fields out of place", head + good[:10] + good[33:] + good[10:33]
        yield "a field twice", head + good + good[10:18]
        yield "letters in BCD", head + echo(f11=b"\x12\x3A\xBC")
        yield "letters in the type", head + b"\x0A\x00" + good[2:]
        yield "bits without data", head + with_bits(61, 62, 63)
        yield "all bits, nothing behind", head + good[:2] + b"\xFF" * 8
        yield "a secondary bitmap that is not there", head + with_bits(1)
        yield "length past the end", head + echo(f62=bytes.fromhex("0999") + b"x")
        yield "length of no digits", head + echo(f62=bytes.fromhex("0F1F") + b"x")
        yield "length over the limit", head + echo(f2=b"\x99" + b"\x62" * 50)
        yield "endless TLV", head + echo(f55=bytes.fromhex("0006" + "9F3684FFFFFF"))
        yield "an answer nobody waits for", head + b"\x08\x10" + good[2:]
        yield "a type from elsewhere", head + b"\x99\x99" + good[2:]

    def test_broken_messages(self):
        for name, body in self.broken():
            with self.subTest(name):
                s = self.connect()
                s.sendall(frame(body))
                s.sendall(frame(TPDU + HEADER + echo()))  # on the same link
                self.assertTrue(self.answers_or_closes(s), name)

    def answers_or_closes(self, s):
        """A link that was not closed still answers the good message behind the broken one."""
        s.settimeout(WAIT_S)
        try:
            return s.recv(65536) is not None
        except ConnectionError:
            return True
        except socket.timeout:
            return False

    def test_every_cut_and_every_flipped_byte(self):
        whole = TPDU + HEADER + echo()
        s = self.connect()
        for at in range(len(whole)):
            s.sendall(frame(whole[:at + 1]))
            spoilt = bytearray(whole)
            spoilt[at] ^= 0xFF
            s.sendall(frame(bytes(spoilt)))
        self.assertTrue(self.answers_or_closes(s))

    def test_broken_messages_between_hosts(self):
        good = b"0800" + b"8220000000000000" + b"0400000000000000" + b"1122030405000042301"
        for body in (good, good[:20], good[:4] + b"ZZ" + good[6:], b"\x00" * 50, b"9" * 4000,
                     good[:4] + b"F" * 32, good.replace(b"301", b"3A1"), b"0200" + good[4:]):
            s = self.connect(shop.ISSUERS[0])
            s.sendall(frame(body))
            s.sendall(frame(good))

    # ---- too much ----

    def test_flood_of_connections(self):
        before = self.links()["open"]
        flood = []
        for i in range(FLOOD):
            s = socket.create_connection(("127.0.0.1", self.shop.ports["acquirer"]), timeout=WAIT_S)
            flood.append(s)
            if i % 2:
                s.sendall(b"\x01")
        answer = self.shop.sale("1.00")
        for s in flood:
            s.close()
        self.assertTrue(answer["approved"], answer)
        self.assertTrue(shop.wait_for(lambda: self.links()["open"] <= before), self.links())

    def test_a_peer_that_never_reads(self):
        s = self.connect()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        many = frame(TPDU + HEADER + echo()) * 500
        s.settimeout(2)
        sent = 0
        end = time.monotonic() + 8
        try:
            while time.monotonic() < end:
                sent += s.send(many)
        except (ConnectionError, socket.timeout):
            pass
        self.assertGreater(sent, len(many))
        answer = self.shop.sale("1.00")
        self.assertTrue(answer["approved"], answer)

    def test_control_socket(self):
        path = os.path.join(self.shop.data, "control.sock")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        for line in (b"", b"{", b"[]", b"{}", b'{"verb": 7}', b'{"verb": "sale"}', b"\xff\xfe",
                     b'{"verb":"sale","amount":"1e9","terminal":"T1","card":"C1"}',
                     b'{"verb":"sale","amount":"1.00","terminal":"T1","card":"C1","pin":"%n"}',
                     b"[" * 5000, b'{"verb":"' + b"x" * 300000 + b'"}'):
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(WAIT_S)
                s.connect(path)
                try:
                    s.sendall(line + b"\n")
                    s.shutdown(socket.SHUT_WR)
                    s.recv(65536)
                except ConnectionError:
                    pass


class Files(unittest.TestCase):
    """What can be wrong before anything listens: each ends with exit code 1 and a line that says
    what and where."""

    def setUp(self):
        self.shop = shop.Shop()
        self.addCleanup(self.shop.close)

    def refused(self, *words):
        done = self.shop.command("run", "acquirer", "--config", self.shop.config)
        self.assertEqual(done.returncode, 1, done.error)
        self.assertEqual(len(done.error.splitlines()), 1, done.error)
        self.assertTrue(done.error.startswith("acquit: "), done.error)
        for word in words:
            self.assertIn(word, done.error)

    def started_once(self):
        self.shop.run_party("acquirer", is_patient=False)
        self.assertEqual(self.shop.stop("acquirer"), 0)
        return os.path.join(self.shop.data, "acquirer.db")

    def hostile_yaml(self):
        """Name, text, and whether a place in the file can be named."""
        usual = pathlib.Path(self.shop.config).read_bytes()
        yield "empty", b"", False
        yield "zeros", bytes(1000), True
        yield "not UTF-8", b"lab: true\nacquirer: \xff\xfe\xc0\n", True
        yield "deep", b"[" * 100000, True
        yield "tab", b"lab: true\n\tacquirer: x\n", True
        bomb = b"a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for i in range(1, 12):
            bomb += b"a%d: &a%d [%s]\n" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 9))
        yield "bomb", bomb, True
        yield "a loop", b"a: &a [*a]\n", True
        yield "a key twice", usual + b"\nlab: true\n", True
        yield "an unknown key", usual + b"\nlisten_everywhere: true\n", True
        yield "two documents", usual + b"\n---\nlab: true\n", True
        yield "a list", b"- lab\n", True
        yield "no lab", usual.replace(b"lab: true", b"lab: false"), True
        yield "waits that do not nest", usual.replace(b"acquirer_wait_ms: 120000",
                                                      b"acquirer_wait_ms: 900000"), True
        yield "a huge number", usual.replace(b"max_ms: 500", b"max_ms: " + b"9" * 40), True
        yield "a negative number", usual.replace(b"node: 1", b"node: -1"), True
        yield "a merchant of nobody", usual.replace(b"merchant: M3", b"merchant: M9"), True
        yield "an amount of letters", usual.replace(b'balance: "5.00"', b'balance: "five"'), True
        yield "a name too long", usual.replace(b"Lab Supermarket", b"L" * 5000), True
        yield "a PIN of letters", usual.replace(b'pin: "1234"', b'pin: "12a4"', 1), True

    def test_hostile_yaml(self):
        for name, text, has_place in self.hostile_yaml():
            with self.subTest(name):
                pathlib.Path(self.shop.config).write_bytes(text)
                began = time.monotonic()
                self.refused("acquit.yaml" + (":" if has_place else ""))
                self.assertLess(time.monotonic() - began, WAIT_S)

    def test_no_file(self):
        os.unlink(self.shop.config)
        self.refused("acquit.yaml", "No such file")
        os.mkdir(self.shop.config)
        self.refused("acquit.yaml")

    def test_addresses_that_are_none(self):
        usual = pathlib.Path(self.shop.config).read_text(encoding="utf-8")
        address = f"127.0.0.1:{self.shop.ports['acquirer']}"
        for wrong in ("nowhere", "127.0.0.1:99999", "999.0.0.1:80", "192.0.2.1:80"):
            with self.subTest(wrong):
                pathlib.Path(self.shop.config).write_text(usual.replace(address, wrong),
                                                          encoding="utf-8")
                self.refused(wrong)

    def test_port_in_use(self):
        address = ("127.0.0.1", self.shop.ports["acquirer"])
        with socket.socket() as other:
            other.bind(address)
            other.listen()
            self.refused(f"127.0.0.1:{address[1]}", "in use")
        self.started_once()

    def test_store_of_a_newer_version(self):
        path = self.started_once()
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 4711")
        database.close()
        self.refused("acquirer.db", "4711")

    def test_store_of_another_process(self):
        self.shop.run_party("acquirer", is_patient=False)
        pid = self.shop.processes["acquirer"].pid
        self.refused("acquirer.db", str(pid))
        self.assertTrue(self.shop.is_running("acquirer"))

    def test_store_that_is_none(self):
        path = self.started_once()
        for name, content in (("garbage", b"not a database " * 1000),
                              ("zeros", bytes(8192))):
            with self.subTest(name):
                for more in ("-wal", "-shm"):
                    if os.path.exists(path + more):
                        os.unlink(path + more)
                pathlib.Path(path).write_bytes(content)
                self.refused("acquirer.db")

    def test_wrong_master_key(self):
        self.started_once()
        seed = pathlib.Path(self.shop.data, "lab.seed")
        right = seed.read_bytes()
        seed.write_bytes(bytes(32))
        self.refused("acquirer", "lab.seed")
        seed.write_bytes(right[:31])
        self.refused("lab.seed", "32 bytes")
        seed.write_bytes(right)
        self.started_once()


class FullDisk(unittest.TestCase):
    """The limit on a file's size stands for a full disk: every write past it fails."""

    def setUp(self):
        self.shop = shop.Shop(timings=shop.BRISK)
        self.addCleanup(self.shop.close)
        for issuer in shop.ISSUERS:
            self.shop.run_party("issuer", issuer)
        self.shop.run_party("acquirer")
        self.shop.run_party("terminal")
        self.assertTrue(self.shop.sale("10.00")["approved"])

    def limit(self, name, size):
        pid = self.shop.processes[name].pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def fill(self, name):
        self.limit(name, 8192)  # under what its files have: nothing can be added anywhere
        for _ in range(60):
            answer = self.shop.sale("1.00")
            if not answer["approved"]:
                return answer
            self.sold += 1
        self.fail(f"the disk of {name} is never full")

    def go_on(self, name):
        """SQLite calls a file at its limit an I/O error, not a full disk: then what was being
        written is in doubt, so the process stops and says so, and answers again from its store."""
        if not shop.wait_for(lambda: not self.shop.is_running(name), 10):
            self.limit(name, resource.RLIM_INFINITY)
            return
        process = self.shop.processes.pop(name)
        self.assertEqual(process.returncode, 3, self.shop.output(name))
        self.assertIn("the store failed inside a commit", self.shop.output(name))
        party, _, issuer = name.partition("-")
        self.shop.run_party(party, issuer or None)

    def check(self, name):
        self.sold = 0
        refused = self.fill(name)
        self.assertNotEqual(refused.get("money"), "moved", refused)
        self.go_on(name)
        # What was refused settles; then the till sells again, and the account is right to the cent.
        self.assertTrue(shop.wait_for(lambda: self.shop.sale("1.00")["approved"]),
                        self.shop.output(name))
        left = 10000 - 10 - self.sold - 1
        # A try that nobody answered goes back behind the till's back.
        self.assertTrue(shop.wait_for(lambda: f"{left}.00" in self.balance()), self.balance())
        verdicts = self.shop.audit()
        self.assertEqual(set(verdicts.values()), {"good"}, verdicts)

    def balance(self):
        return self.shop.command("balance", "--data", self.shop.data, "--terminal", "T1", "--card",
                                 "C1", "--pin", "1234").text

    def test_acquirer(self):
        self.check("acquirer")

    def test_issuer(self):
        self.check("issuer-20000001")

    def test_terminal(self):
        self.check("terminal")


if __name__ == "__main__":
    tap.main()
