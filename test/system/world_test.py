"""The program as its users meet it: a world is started, sold in, looked into, changed, ended and
started again; and what cannot be done is said clearly."""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402
import world  # noqa: E402


class Day(world.WorldTest):
    """From up to down, and again."""

    def test_up_sale_why_down(self):
        pid = self.up()
        receipt = self.good("sale", "10.00", "--card", "C1", "--pin", "1234").out
        self.assertIn("620000******0931", receipt)
        self.assertIn("money: moved", receipt)
        self.assertEqual(re.findall(r"\b62\d{10,17}\b", receipt), [])
        why = self.good("why", "last").out
        self.assertIn("approved", why)
        self.assertIn("issuer-20000001", why)
        merchant = self.good("why", "last", "--lang", "zh", "--for", "merchant").out
        self.assertIn("款项状态", merchant)
        self.assertIn(str(pid), self.good("status").out)
        self.down()
        self.assertTrue(world.gone(pid))
        self.refused("nothing runs on the data folder", "sale", "1.00", code=2)

    def test_books_go_on_after_a_restart(self):
        self.up()
        self.assertEqual(self.sale("10.00")["money"], "moved")
        self.down()
        self.up()
        answer = self.acquit("balance", "--card", "C1", "--pin", "1234", "--json").json()
        self.assertEqual(answer["payment"]["balance"], "9990.00")

    def test_chip_goes_on_after_a_crash(self):
        for _ in range(3):
            pid = self.up()
            answer = self.sale("1.00", "--entry", "chip")
            self.assertEqual(answer["outcome"], "approved")
            self.kill(pid)
        self.up()
        self.assertEqual(self.sale("1.00", "--entry", "chip")["outcome"], "approved")

    def test_time_is_moved_on_and_never_back(self):
        self.up()
        self.assertIn("0d 00:00:00 ahead", self.good("clock", "show").out)
        self.good("clock", "advance", "31m")
        self.good("clock", "advance", "2d")
        self.refused("no time to advance", "clock", "advance", "5x", code=2)
        self.assertIn("2d 00:31:00 ahead", self.good("clock", "show").out)
        self.assertEqual(self.sale()["money"], "moved")
        self.down()
        self.refused("nothing runs", "clock", "advance", "1d")
        self.up()
        self.assertIn("2d 00:31:00 ahead", self.good("clock", "show").out)
        self.assertEqual(self.sale()["money"], "moved")
        self.good("audit")

    def test_practice_has_books_of_its_own(self):
        self.up()
        outcome = self.acquit("sale", "25.00", "--card", "C1", "--pin", "1234", "--training",
                              "--json")
        pid = int(re.search(r"process (\d+)", outcome.err).group(1))
        self.pids.add(pid)
        self.assertEqual(outcome.json()["money"], "moved")
        answer = self.acquit("balance", "--card", "C1", "--pin", "1234", "--json").json()
        self.assertEqual(answer["payment"]["balance"], "10000.00")
        answer = self.acquit("balance", "--card", "C1", "--pin", "1234", "--json",
                             "--training").json()
        self.assertEqual(answer["payment"]["balance"], "9975.00")
        self.down()
        self.assertTrue(world.gone(pid))

    def test_a_detached_world_survives_its_parent(self):
        script = f'"{world.PROGRAM}" up --data "{self.data}" --detach && kill -9 $$'
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False,
                              timeout=world.COMMAND_WAIT_S)
        pid = int(re.search(r"process (\d+)", done.stdout).group(1))
        self.pids.add(pid)
        self.assertEqual(self.sale("1.00")["outcome"], "approved")
        self.down()
        self.assertTrue(world.gone(pid))
        self.assertFalse(os.path.exists(os.path.join(self.data, "control.sock")))


class Typed(world.WorldTest):
    """What is typed wrong is named, and nothing happens."""

    def test_sales_typed_wrong(self):
        self.up()
        sale = ["sale", "10.00", "--card", "C1", "--pin", "1234"]
        self.refused("amount: expected digits", "sale", "1o.00", code=2)
        self.refused("amount: more than 12 digits", "sale", "99999999999.00", code=2)
        self.refused("no card of this label", "sale", "1.00", "--card", "C99", code=2)
        self.refused("no terminal of this id", *sale, "--terminal", "T9", code=2)
        self.refused("entry: expected chip, stripe, tap, keyed or qr", *sale, "--entry", "chap",
                     code=2)
        self.refused("pin: expected 4 to 12 digits", "sale", "1.00", "--card", "C1", "--pin",
                     "12a4", code=2)
        self.refused("needs an amount", "sale", code=2)
        self.assertEqual(self.good("account", "show", "1", "--json").json()
                         [0]["balance"], "10000.00")

    def test_command_that_is_not_there(self):
        outcome = world.acquit("sail")
        self.assertEqual(outcome.code, 2)
        self.assertIn("there is no command 'sail'", outcome.err)


class Desk(world.WorldTest):
    """Records: list, show, set, fund."""

    def test_records(self):
        self.up()
        with self.subTest("lists"):
            self.assertEqual([row["merchant"] for row in self.rows("merchant")], ["M1", "M2", "M3"])
            self.assertEqual(sorted(row["terminal"] for row in self.rows("terminal")),
                             ["T1", "T2", "T3", "T4"])
            cards = self.rows("card")
            self.assertGreaterEqual(len(cards), 10)
            self.assertTrue(all("*" in card["number"] for card in cards))
            self.assertGreater(len(self.rows("card", "--all")), 2000)
        with self.subTest("a merchant is stopped and let go"):
            self.good("merchant", "set", "M1", "state=frozen")
            self.assertEqual(self.sale("1.00")["payment"]["code"], "03")
            self.good("merchant", "set", "M1", "state=active", "amount_max=0.50")
            self.assertEqual(self.sale("1.00")["approved"], False)
            self.good("merchant", "set", "M1", "amount_max=0")
            self.assertEqual(self.sale("1.00")["approved"], True)
        with self.subTest("wrong PINs are forgiven"):
            for _ in range(3):
                self.sale("1.00", pin="9999")
            self.assertEqual(self.sale("1.00")["approved"], False)
            card = [row for row in self.rows("card") if row["card"] == "C1"][0]
            self.assertEqual(card["pin_tries"], 3)
            self.good("card", "set", "#" + card["hash"], "pin_tries=0")
            self.assertEqual(self.sale("1.00")["approved"], True)
        with self.subTest("money comes in"):
            before = self.show("account", "3")["balance"]
            self.good("account", "fund", "3", "12.34")
            self.assertEqual((before, self.show("account", "3")["balance"]), ("5.00", "17.34"))
        with self.subTest("a payment code pays once"):
            code = self.given("code", "C1", "50.00")
            self.assertEqual(self.by_code("12.34", code)["outcome"], "approved")
            again = self.by_code("1.00", code)["payment"]
            self.assertEqual((again["outcome"], again["money"]), ("qr.used", "not_moved"))
        with self.subTest("a part is approved where all want it"):
            self.good("terminal", "set", "T2", "partial_ok=true")
            poor = ["--terminal", "T2"]
            self.assertEqual(self.sale("20.00", *poor, card="C3")["payment"]["code"], "51")
            self.good("account", "set", "3", "allows_partial=true")
            part = self.sale("20.00", *poor, card="C3")
            self.assertEqual(part["outcome"], "approved.partial", part)
            self.assertEqual(self.show("account", "3")["balance"], "0.00")
        with self.subTest("an offline sale needs the bank's word"):
            given = self.given("voice", "C2", "30.00")
            self.good("offline-sale", "30.00", "--card", "C2", "--auth", given)
            self.wait_until(lambda: self.show("account", "2")["balance"] == "9970.00")
        with self.subTest("an issuer wants a call"):
            self.good("issuer", "set", "20000001", "referral=100.00", "open_from=00:00")
            self.assertEqual(self.show("issuer", "20000001")["referral"], "100.00")
            self.assertEqual(self.sale("100.00")["payment"]["code"], "01")
            self.good("issuer", "set", "20000001", "referral=0")
        with self.subTest("what cannot be done"):
            self.wrong()
        self.good("audit")

    def wait_until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)

    def given(self, *arguments):
        answer = self.good("card", *arguments, "--json").json()
        self.assertTrue(answer["approved"], answer)
        return answer["code"]

    def by_code(self, amount, code):
        return self.acquit("sale", amount, "--code", code, "--json").json()

    def wrong(self):
        self.refused("expected a time of day such as", "issuer", "set", "20000001",
                     "open_from=8:30")
        self.refused("no such issuer here", "issuer", "show", "20000009")
        self.refused("codes are given for cards only", "account", "code", "1", "1.00")
        set_card = ["card", "set", "C1"]
        self.refused("expected one of active, not-activated, frozen", *set_card, "state=lots")
        self.refused("number: cannot be set", *set_card, "number=6200")
        self.refused("expected an amount such as", *set_card, "limit=1o")
        self.refused("expected true or false", *set_card, "needs_pin=maybe")
        self.refused("expected 0, which clears it", *set_card, "pin_tries=1")
        self.refused("expected COLUMN=VALUE", *set_card, "state", code=2)
        self.refused("usage: acquit merchant", *set_card, code=2)
        self.refused("M9: there is no merchant", "merchant", "set", "M9", "state=frozen")
        self.refused("no issuer here has a card of this label", "card", "show", "C99")
        self.refused("at least eight hex digits", "card", "show", "#12")
        self.refused("there is no card of this name", "card", "show", "#0000000000000000")
        self.refused("an account is a number", "account", "show", "one")
        self.refused("there is no such merchant", "terminal", "set", "T1", "merchant=M9")
        self.refused("expected an amount such as", "account", "fund", "3", "0")
        self.refused("money is paid into accounts only", "card", "fund", "C1", "1.00")

    def test_records_are_added(self):
        self.up()
        self.good("merchant", "add", "M7", "name=Lab 咖啡 \"Bar\"", "category=5814")
        self.good("terminal", "add", "T7", "merchant=M7", "tap_limit=50.00")
        self.good("card", "add", "C70", "issuer=20000002", "balance=77.00", "pin=4321")
        self.good("card", "add", "C71", "issuer=20000001", "media=stripe", "service_code=120")
        self.refused("this name is taken already", "card", "add", "C1", "issuer=20000001")
        self.refused("this name is taken already", "card", "add", "C70", "issuer=20000001")
        self.refused("expected the id of an issuer above", "card", "add", "C72", "issuer=1")
        self.refused("missing here: issuer", "card", "add", "C72")
        self.refused("this key is not known here: colour", "card", "add", "C72",
                     "issuer=20000001", "colour=red")
        self.refused("there is no merchant of this id", "terminal", "add", "T8", "merchant=M99")
        self.refused("an account is opened with its card", "account", "add", "9", code=2)
        self.down()
        self.up()
        answer = self.sale("7.00", "--terminal", "T7", card="C70", pin="4321")
        self.assertEqual(answer["outcome"], "approved", answer)
        account = str(self.show("card", "C70")["account"])
        self.assertEqual(self.show("account", account)["balance"], "70.00")
        self.assertEqual(self.sale("1.00", card="C71")["payment"]["code"], "51")
        self.good("account", "fund", str(self.show("card", "C71")["account"]), "5.00")
        self.assertEqual(self.sale("1.00", card="C71")["outcome"], "approved")
        self.assertEqual(self.sale("1.00")["outcome"], "approved")
        self.good("audit")

    def rows(self, what, *more):
        return self.good(what, "list", "--json", *more).json()

    def show(self, what, name):
        return self.good(what, "show", name, "--json").json()[0]


class Books(world.WorldTest):
    """acquit audit."""

    def test_running_and_idle_books_are_right(self):
        self.up()
        self.sale("10.00")
        running = self.good("audit", "--json").json()
        self.down()
        idle = self.good("audit", "--json").json()
        self.assertEqual([[p[k] for k in ("name", "records", "rows", "postings")]
                          for p in sorted(running["parties"], key=lambda p: p["name"])],
                         [[p[k] for k in ("name", "records", "rows", "postings")]
                          for p in sorted(idle["parties"], key=lambda p: p["name"])])
        pairs = {pair["issuer"]: pair for pair in idle["between"]}
        self.assertEqual(pairs["issuer-20000001"]["owed"], 1000)
        self.assertEqual(pairs["issuer-20000001"]["verdict"], "agree")

    def damage(self, party, statement, *values):
        copy = os.path.join(self.folder, "copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.data, copy)
        base = sqlite3.connect(os.path.join(copy, party + ".db"))
        changed = base.execute(statement, values).rowcount
        base.commit()
        base.close()
        self.assertEqual(changed, 1)
        outcome = world.acquit("audit", "--data", copy)
        self.assertEqual(outcome.code, 1, outcome.out)
        self.assertIn("SOMETHING IS WRONG", outcome.out)
        return outcome.out

    def test_damage_is_found_and_named(self):
        self.up()
        self.sale("10.00")
        self.down()
        flip = "UPDATE {0} SET {1} = substr({1}, 1, ?) || ? || substr({1}, ? + 2) WHERE {2}"
        with self.subTest("a byte of the journal"):
            said = self.damage("acquirer", flip.format("journal", "record", "seq = 20"),
                               60, b"\xAA", 60)
            self.assertRegex(said, r"acquirer: .*; record 2[01]")
        with self.subTest("a record is gone"):
            said = self.damage("issuer-20000001", "DELETE FROM journal WHERE seq = 30")
            self.assertIn("a journal record is missing", said)
        with self.subTest("a balance"):
            key = b"\x09" + (1).to_bytes(8, "big")
            said = self.damage("issuer-20000001",
                               "UPDATE row SET value = substr(value, 1, 16) || ? || "
                               "substr(value, 25) WHERE id = "
                               "(SELECT id FROM row_key WHERE key = ?)",
                               (999999).to_bytes(8, "little"), key)
            self.assertIn("account 1", said)
        self.good("audit")


class Keys(world.WorldTest):
    """acquit keys, and master keys from a passphrase."""

    COMPONENTS = ("138CE5B32C0E9126C291E970EA98764C", "1FD3C2437F6EE6DC D9383E1A49E9674D")
    CHECK = "9BAE3E"  # of both together

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def test_components_make_a_key_that_works(self):
        self.up()
        files = [self.file(f"component-{i}", text + "\n") for i, text in enumerate(self.COMPONENTS)]
        parts = [word for path in files for word in ("--component", path)]

        def to(party):
            return ["keys", "import", "TMK", "--party", party, "--owner", "T1", *parts, "--put",
                    "--check", self.CHECK]
        made = self.good(*to("acquirer"))
        self.assertIn("component 1: check value FA16CB", made.err)
        self.assertIn("component 2: check value 906256", made.err)
        self.assertIn("check value " + self.CHECK, made.out)
        self.assertNotIn("138CE5", made.out + made.err)
        self.assertEqual(self.acquit("signin", "--terminal", "T1").code, 1)
        self.good(*to("terminal"))
        self.good("signin", "--terminal", "T1")
        self.assertEqual(self.sale("1.00")["outcome"], "approved")
        listed = self.good("keys", "list", "--json").json()
        self.assertEqual({key["check"] for key in listed
                          if key["usage"] == "TMK" and key["owner"] == "T1"}, {self.CHECK})
        self.assertIn(" 0 damaged", self.good("keys", "check", "--all").out)
        self.good("audit")

    def test_typed_components_and_wrong_ones(self):
        self.up()
        typed = "\n".join(self.COMPONENTS) + "\n"
        one = ["keys", "import", "TMK", "--party", "acquirer", "--owner", "T1"]
        self.assertIn(self.CHECK, self.good(*one, stdin=typed).out)
        self.refused("the check value is 9BAE3E, expected 000000", *one, "--check", "000000",
                     stdin=typed)
        self.refused("has not the length of the key", *one, "--algorithm", "TDES-3", stdin=typed)
        self.refused("is no hex text", *one, stdin="xyz\nxyz\n")
        self.refused("weak key", *one, stdin="01" * 16 + "\n" + "00" * 16 + "\n")
        self.refused("usage: expected TMK", "keys", "make", "TMX", "--party", "acquirer", "--owner",
                     "T1")
        self.refused("needs its mode", "keys", "make", "MAK", "--party", "acquirer", "--owner",
                     "T1")
        self.refused("no such party", "keys", "make", "TMK", "--party", "bank", "--owner", "T1")
        self.refused("no row of this party", "keys", "make", "TMK", "--party", "acquirer",
                     "--owner", "T9", "--put")

    def test_passphrase(self):
        path = self.file("passphrase", "correct horse battery staple\n")
        self.up()
        self.down()
        for name in os.listdir(self.data):
            if name != "acquit.yaml":
                os.unlink(os.path.join(self.data, name))
        self.edit("lab: true", f"passphrase: {path}\nlab: true")
        self.up()
        self.assertEqual(self.sale("1.00")["outcome"], "approved")
        self.down()
        self.up()
        self.assertEqual(self.sale("1.00")["outcome"], "approved")
        self.assertIn(" 0 damaged", self.good("keys", "check", "--all").out)
        self.down()
        self.file("passphrase", "wrong horse battery staple\n")
        wrong = self.refused("the passphrase is wrong", "up", "--detach")
        self.assertIn("issuer-20000001", wrong.err)
        self.assertNotIn("horse", wrong.err)
        self.file("passphrase", "correct horse battery staple\n", 0o644)
        self.refused(path, "up", "--detach")
        os.unlink(path)
        self.refused(path, "up", "--detach")

    def test_passphrase_for_a_store_made_without(self):
        self.up()
        self.down()
        path = self.file("passphrase", "correct horse battery staple\n")
        self.edit("lab: true", f"passphrase: {path}\nlab: true")
        self.refused("the master key does not open the keys in this store", "up", "--detach")


class Refusals(world.WorldTest):
    """What keeps a world from starting is named, and what runs is not harmed."""

    def test_second_world_on_the_same_folder(self):
        self.up()
        self.refused("owns it", "up", "--detach")
        self.assertEqual(self.sale("1.00")["outcome"], "approved")

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.up()
            self.down()
            self.edit("listen: 127.0.0.1:0", f"listen: 127.0.0.1:{port}")
            outcome = self.refused("in use", "up", "--detach")
            self.assertIn(f"127.0.0.1:{port}", outcome.err)

    def test_store_of_a_newer_version(self):
        self.up()
        self.down()
        base = sqlite3.connect(os.path.join(self.data, "acquirer.db"))
        base.execute("UPDATE meta SET value = value + 1 WHERE name = 'version'")
        base.execute("PRAGMA user_version = 99")
        base.commit()
        base.close()
        outcome = self.refused("this program knows up to", "up", "--detach")
        self.assertRegex(outcome.err, "^acquit: [^ ]*/acquirer.db: has version 99")

    def test_wrong_seed(self):
        self.up()
        self.down()
        with open(os.path.join(self.data, "lab.seed"), "wb") as file:
            file.write(bytes(range(32)))
        self.refused("the master key does not open the keys in this store", "up", "--detach")

    def test_seed_cut_short(self):
        self.up()
        self.down()
        with open(os.path.join(self.data, "lab.seed"), "wb") as file:
            file.write(bytes(31))
        self.refused("lab.seed: expected a file of 32 bytes", "up", "--detach")


if __name__ == "__main__":
    tap.main()
