"""Somebody else's software at our links: an ISO 8583 library from npm that signs on to an issuer
and sells, and Wireshark's dissector that reads what goes over the wire. Skipped where they
cannot be had."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402

SECRETS = os.environ.get("LAB_SECRETS", "build/test/lab_secrets")
LIBRARY = "iso_8583@2.6.7"
NPM_WAIT_S = 60
NODE_WAIT_S = 240
ISSUER = shop.ISSUERS[0]


def install(folder):
    """The library into a folder of ours; why not, or None."""
    if not shutil.which("npm") or not shutil.which("node"):
        return "there is no node and npm"
    try:
        done = subprocess.run(["npm", "install", "--prefix", folder, "--ignore-scripts",
                               "--no-audit", "--no-fund", LIBRARY], capture_output=True, text=True,
                              timeout=NPM_WAIT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"the npm registry does not answer within {NPM_WAIT_S} s"
    return None if done.returncode == 0 else f"npm cannot install {LIBRARY}: {done.stderr[:200]}"


class Issuer(unittest.TestCase):
    """One issuer alone; the client takes the switch's place."""

    def setUp(self):
        self.shop = shop.Shop()
        self.addCleanup(self.shop.close)
        self.shop.run_party("issuer", ISSUER)
        self.port = self.shop.ports[ISSUER]

    def plan(self):
        """What a switch and a card's holder know."""
        done = subprocess.run([SECRETS, self.shop.config], check=True, capture_output=True,
                              text=True)
        secrets = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
        return {"port": self.port, "acquirer": "10000001", "issuer": ISSUER, "pin": "1234",
                "expiry": "3012", "service": "120", "pan": self.number(secrets),
                "zmk": secrets[f"key/ZMK/{ISSUER}"], "cvk": secrets[f"key/CVK/{ISSUER}"]}

    @staticmethod
    def number(secrets):
        return bytes.fromhex(secrets["pan/C2"]).decode()

    def sell(self):
        modules = tempfile.mkdtemp(prefix="acquit-npm-")
        self.addCleanup(shutil.rmtree, modules, ignore_errors=True)
        why_not = install(modules)
        if why_not:
            self.skipTest(why_not)
        done = subprocess.run(
            ["node", os.path.join(HERE, "client.js")], input=json.dumps(self.plan()),
            capture_output=True, text=True, timeout=NODE_WAIT_S, check=False,
            env={**os.environ, "NODE_PATH": os.path.join(modules, "node_modules")})
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_another_library_signs_on_and_sells(self):
        said = self.sell()
        self.assertEqual((said["signOn"]["0"], said["signOn"]["39"]), ("0810", "00"))
        approved, wrong_pin, spoilt = said["sales"]
        self.assertEqual([sale["0"] for sale in said["sales"]], ["0210"] * 3)
        self.assertEqual([sale["39"] for sale in said["sales"]], ["00", "55", "A0"])
        self.assertEqual([sale["11"] for sale in said["sales"]], ["000002", "000003", "000004"])
        self.assertEqual(approved["4"], "000000012345")
        self.assertEqual(len(approved["38"]), 6)
        self.assertTrue(approved["isMacGood"] and wrong_pin["isMacGood"])
        self.assertNotIn("128", spoilt)
        self.assertEqual(self.shop.audit()[f"issuer-{ISSUER}"], "good")


class Wireshark(unittest.TestCase):
    """tshark reads what the switch and an issuer say to each other."""

    def setUp(self):
        if not shutil.which("tshark"):
            self.skipTest("there is no tshark")
        if os.geteuid() != 0:
            self.skipTest("only root may capture")
        self.shop = shop.Shop()
        self.addCleanup(self.shop.close)
        self.port = self.shop.ports[ISSUER]
        self.file = os.path.join(self.shop.folder, "wire.pcapng")

    def capture(self):
        process = subprocess.Popen(["tshark", "-q", "-i", "lo", "-f", f"tcp port {self.port}", "-w",
                                    self.file], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        if not shop.wait_for(lambda: process.poll() is not None or os.path.exists(self.file)) or \
                process.poll() is not None:
            self.skipTest("tshark cannot capture here: " + process.stderr.read().decode()[:200])
        return process

    def dissect(self):
        """The messages in what was captured: a dictionary each of MTI, fields by number, and
        whether the dissector stumbled."""
        done = subprocess.run(
            ["tshark", "-r", self.file, "-d", f"tcp.port=={self.port},iso8583",
             "-o", "iso8583.len_endian:Big endian",
             "-o", "iso8583.charset:Digits represented as ASCII Characters",
             "-o", "iso8583.binencode:Bin data represented as Hex Ascii characters",
             "-Y", "iso8583", "-O", "iso8583"],
            capture_output=True, timeout=shop.COMMAND_WAIT_S, check=False)
        blocks = done.stdout.decode("utf-8", "replace").split("ISO 8583-1:")[1:]
        return [{"mti": re.search(r"MTI: (\d+)", block).group(1),
                 "is_whole": "MALFORMED" not in block,
                 **{int(number): value.strip() for number, value in
                    re.findall(r"Bit (\d+): ([^\n]*)", block)}} for block in blocks]

    def test_tshark_reads_the_characters(self):
        process = self.capture()
        self.shop.up()
        answer = self.shop.sale("67.89", "T1", "C2", "1234", "--entry", "stripe")
        self.assertTrue(answer["approved"], answer)
        self.assertTrue(shop.wait_for(lambda: len(self.dissect()) >= 4), self.dissect())
        process.send_signal(signal.SIGINT)
        process.wait(shop.END_WAIT_S)
        self.check(self.dissect(), answer["payment"])

    def check(self, messages, payment):
        self.assertEqual([m["mti"] for m in messages], ["0800", "0810", "0200", "0210"])
        sign_on, keys, request, answer = messages
        self.assertTrue(sign_on["is_whole"] and keys["is_whole"], messages)
        self.assertEqual((sign_on[70], keys[39]), ("001", "00"))
        for message in (request, answer):
            self.assertEqual((message[3], message[4], message[49]),
                             ("000000", "000000006789", "156"))
            self.assertEqual((message[11], message[41]), (f"{payment['trace']:06}", "T1"))
            self.assertEqual(message[37], payment["rrn"])
        self.assertRegex(request[52], "^[0-9A-F]{16}$")
        self.assertTrue(request["is_whole"] and answer["is_whole"], messages)
        self.assertEqual((answer[38], answer[39]), (payment["auth_id"], "00"))
        self.assertRegex(answer[128], "^[0-9A-F]{16}$")


if __name__ == "__main__":
    tap.main()
