"""After a day with every kind of entry, right and wrong PINs, a keyed card number and a load, no
card number, PIN, PIN block or key is found in any file of the data folder, in anything that a
command printed, nor in what control sockets answered."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shop  # noqa: E402
import tap  # noqa: E402

SECRETS = os.environ.get("LAB_SECRETS", "build/test/lab_secrets")
# Longer than PINs of the demo world, so that they are not found by chance.
RIGHT_PIN, WRONG_PIN = "739150264817", "502846193775"


def forms(secret):
    """A secret as it stands, and written out in hex."""
    return {secret, secret.hex().encode(), secret.hex().upper().encode()}


def find(secrets, text):
    """Names of the secrets that stand in a text."""
    return [name for name, secret in secrets for form in forms(secret) if form in text]


class Secrets(unittest.TestCase):
    def setUp(self):
        self.shop = shop.Shop(edit=lambda text: text.replace('pin: "1234"', f'pin: "{RIGHT_PIN}"'))
        self.addCleanup(self.shop.close)
        self.shop.up()
        self.answers = []

    def secrets(self):
        done = subprocess.run([SECRETS, self.shop.config, RIGHT_PIN, WRONG_PIN], check=True,
                              capture_output=True, text=True)
        pairs = [line.rsplit(" ", 1) for line in done.stdout.splitlines()]
        listed = [(name, bytes.fromhex(secret)) for name, secret in pairs]
        pins = [(f"pin/{pin}", pin.encode()) for pin in (RIGHT_PIN, WRONG_PIN)]
        return listed + pins

    def number_of(self, label, secrets):
        return next(secret.decode() for name, secret in secrets if name == f"pan/{label}")

    def a_day(self, secrets):
        """Every entry, every card, right and wrong PINs, inquiries, keyed numbers, strangers."""
        for entry in ("chip", "stripe", "tap", "keyed"):
            for card in ("C1", "C2", "C3", "C9", "C11", "C12"):
                self.shop.sale("2.00", "T1", card, RIGHT_PIN, "--entry", entry)
        for _ in range(4):
            self.shop.sale("2.00", "T2", "C10", WRONG_PIN)
        self.assertTrue(self.shop.sale("2.00", "T2", "C1", RIGHT_PIN)["approved"])
        self.shop.sale("2.00", "T2", "C2", RIGHT_PIN, "--entry", "stripe", "--fallback")
        number = self.number_of("C2", secrets)
        for more in (("--number", number, "--expiry", "3012"),
                     ("--number", number + "0", "--expiry", "3012"),
                     ("--number", number, "--expiry", "1301")):
            self.shop.command("sale", "3.00", "--data", self.shop.data, "--terminal", "T1",
                              "--entry", "keyed", "--pin", RIGHT_PIN, *more)
        for command in (("balance", "--card", "C1", "--pin", RIGHT_PIN), ("why", "last"),
                        ("why", "last", "--json"), ("status", "--json"),
                        ("why", "last", "--lang", "zh", "--for", "operator"),
                        ("load", "--terminals", "8", "--seconds", "1")):
            self.shop.command(*command, "--data", self.shop.data)
        to = os.path.join(self.shop.folder, "exported")
        done = self.shop.command("export", "--data", self.shop.data, "--to", to)
        self.assertEqual(done.returncode, 0, done.error)
        for verb in ("status", "find", "summary", "list"):
            self.answers.append(self.shop.ask("control.sock", {"verb": verb, "noun": "card"}))

    def texts(self):
        """Where a secret could stand: the name of the place and its bytes."""
        for folder, _, names in os.walk(self.shop.folder):
            for name in names:
                path = pathlib.Path(folder, name)
                # The configuration says the lab's PINs, as cards in the hand do; nothing else does.
                if path.is_file() and name != "acquit.yaml":
                    yield name, path.read_bytes()
        for said in self.shop.said:
            yield "what a command printed", said
        yield "what sockets answered", json.dumps(self.answers).encode()

    def hits(self, secrets):
        return {f"{name} in {place}" for place, text in self.texts()
                for name in find(secrets, text)}

    def test_nothing_is_found_while_it_runs_nor_afterwards(self):
        secrets = self.secrets()
        self.assertGreater(len(secrets), 40)
        self.a_day(secrets)
        sizes = [len(text) for _, text in self.texts()]
        self.assertGreater(sum(sizes), 1 << 20, "there is nothing to look through")
        self.assertEqual(self.hits(secrets), set())
        self.assertEqual(self.shop.stop("up"), 0)
        self.assertEqual(self.hits(secrets), set())
        self.plant(secrets)

    def plant(self, secrets):
        """The search would have found each of them, in each of its forms."""
        for name, secret in secrets:
            for form in forms(secret):
                path = pathlib.Path(self.shop.data, "planted")
                path.write_bytes(b"before" + form + b"behind")
                self.assertIn(name, find(secrets, path.read_bytes()))
        self.assertIn("planted", " ".join(self.hits(secrets)))

    def test_no_dump_of_a_process(self):
        pid = self.shop.processes["up"].pid
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
        core = next(line for line in limits.splitlines() if line.startswith("Max core"))
        self.assertEqual(core.split()[4:6], ["0", "0"])


if __name__ == "__main__":
    tap.main()
