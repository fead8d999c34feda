"""Two nodes of the switch on one PostgreSQL, while shops do all that they do in a day: a node is
killed or falls silent and the other goes on with what it left; nodes are restarted in turn, and the
server with them. In the end terminals, switch and issuers agree on every payment."""

import json
import os
import random
import re
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import database  # noqa: E402
import shop  # noqa: E402
import tap  # noqa: E402

LEASE_MS = 1500
LONG_LEASE_MS = 600000
ROUNDS = int(os.environ.get("NODES_ROUNDS", "2"))  # of restarts of each node
RATE = "150"  # payments a second: what dies in the middle counts, not how many there are
LOAD_END_S = 400
WHOLE_DAY = ("--shop", "--entry", "mixed")  # all kinds of payments
# A second is what the clock in a message counts in: an age of one is soon reached.
TIMINGS = {**shop.HASTY, "terminal_wait_ms": 5000, "acquirer_wait_ms": 4000,
           "request_age_max_ms": 3000}
STOPPED_BY_STORE = 3  # exit code of a node that another has taken over
SWITCH = {1: "acquirer", 2: "acquirer-2"}
PENDING = 11  # TABLE_PENDING
# What a newer program might do to the schema while older ones are at work: a step that only adds,
# and a commit that writes what was added.
NEWER = """
SELECT pg_advisory_xact_lock(8583, hashtext('acquit_acquirer'));
SET search_path TO acquit_acquirer;
ALTER TABLE row_value ADD COLUMN colour int NOT NULL DEFAULT 7;
ALTER TABLE journal ADD COLUMN newer int NOT NULL DEFAULT 0;
DO $$ BEGIN EXECUTE replace(replace(pg_get_functiondef('commit_batch'::regproc),
    'journal(node, sequence, record, place)', 'journal(node, sequence, record, place, newer)'),
    'SELECT p_node, n, b, here FROM', 'SELECT p_node, n, b, here, 1 FROM'); END $$;
UPDATE meta SET version = version + 1;
"""


class Nodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = database.Server()

    @classmethod
    def tearDownClass(cls):
        cls.database.close()

    def setUp(self):
        for schema in self.database.value(
                "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'acquit%'").split():
            self.database.value(f"DROP SCHEMA {schema} CASCADE")
        self.shop = shop.Shop("{terminals: 64, cards: 128, operators: true}", edit=self.edit,
                              timings=TIMINGS)
        self.addCleanup(self.shop.close)
        for issuer in shop.ISSUERS:
            self.shop.run_party("issuer", issuer)
        self.start(1)
        self.start(2)

    def edit(self, text):
        port = shop.free_ports(1)[0]
        text = re.sub(r"^store: sqlite", f'store: postgres\npostgres: "{self.database.conninfo}"\n'
                      f"lease_ms: {LEASE_MS}", text, flags=re.MULTILINE)
        nodes = f'  nodes: [{{node: 2, listen: "127.0.0.1:{port}"}}]\n'
        return re.sub(r"^(  listen: 127.*\n)", rf"\1{nodes}", text, count=1, flags=re.MULTILINE)

    def set_lease(self, lease_ms):
        with open(self.shop.config, encoding="utf-8") as file:
            text = file.read()
        with open(self.shop.config, "w", encoding="utf-8") as file:
            file.write(text.replace(f"lease_ms: {LEASE_MS}", f"lease_ms: {lease_ms}"))

    def start(self, node):
        self.shop.run_party("acquirer", node=node if node > 1 else None)

    def load(self, seconds, *more):
        """Plain sales, or more."""
        load = self.shop.spawn("load", "load", "--config", self.shop.config, "--terminals", "24",
                               "--rate", RATE, "--seconds", str(seconds), *more)
        self.assertTrue(shop.wait_for(lambda: self.records(1) > 0 and self.records(2) > 0))
        return load

    def node(self, number, column):
        return int(self.database.value(
            f"SELECT coalesce({column}, 0) FROM acquit_acquirer.node WHERE node = {number}"))

    def records(self, number):
        """Payments that a node has taken in."""
        return int(self.database.value(
            "SELECT count(*) FROM acquit_acquirer.row_value "
            f"WHERE tbl = 10 AND node = {number}"))

    def written_newer(self, number):
        return int(self.database.value("SELECT count(*) FROM acquit_acquirer.journal "
                                       f"WHERE newer = 1 AND node = {number}"))

    def owed(self):
        return int(self.database.value(
            f"SELECT count(*) FROM acquit_acquirer.row_value WHERE tbl = {PENDING}"))

    def assert_agreed(self, load):
        try:
            code = load.wait(LOAD_END_S)
        except shop.subprocess.TimeoutExpired:
            self.fail("load does not end: " + self.shop.output("load"))
        said = self.shop.output("load")
        self.assertEqual(code, 0, said + self.shop.output("acquirer"))
        self.assertIn("agree on every payment", said)
        taken = int(re.search(r"(\d+) taken once, everywhere", said).group(1))
        self.assertGreater(taken, 100, said)
        self.assertTrue(shop.wait_for(lambda: self.owed() == 0), "something is still owed")
        verdicts = self.shop.audit()
        for name in (*SWITCH.values(), *(f"issuer-{issuer}" for issuer in shop.ISSUERS)):
            self.assertEqual(verdicts.get(name), "good", verdicts)
        return said

    def wait_for_sweep(self, dead, by):
        self.assertTrue(shop.wait_for(lambda: self.node(dead, "swept_by") == by),
                        self.shop.output(SWITCH[by]))
        self.assertEqual(int(self.database.value(
            "SELECT count(*) FROM acquit_acquirer.row_value "
            f"WHERE tbl = {PENDING} AND node = {dead}")), 0)

    def status(self):
        return self.shop.command("status", "--data", self.shop.data).text

    def test_what_a_dead_node_left_is_settled_by_the_other(self):
        load = self.load(7, *WHOLE_DAY)
        self.assertEqual(self.shop.kill(SWITCH[2]), -9)
        epoch = self.node(2, "epoch")
        self.wait_for_sweep(2, by=1)
        self.assertEqual(self.node(2, "epoch"), epoch + 1)
        self.assertTrue(shop.wait_for(lambda: "; node 1 goes on with what it left" in
                                      self.status()), self.status())
        self.start(2)  # it takes up nothing that is another's now, and works on
        self.assertEqual(self.node(2, "swept_by"), 0)
        self.assertTrue(shop.wait_for(lambda: "goes on with" not in self.status()), self.status())
        # The other way round, and this time it is not dead: it only hangs.
        self.shop.processes[SWITCH[1]].send_signal(signal.SIGSTOP)
        self.wait_for_sweep(1, by=2)
        hung = self.shop.processes[SWITCH[1]]
        hung.send_signal(signal.SIGCONT)
        self.assertEqual(hung.wait(shop.END_WAIT_S), STOPPED_BY_STORE)
        self.assertIn("taken this node's place", self.shop.output(SWITCH[1]))
        self.start(1)
        self.assert_agreed(load)

    def test_nodes_are_restarted_in_turn(self):
        """As for an update: a newer program extends the schema while the older nodes serve; then
        one node stops and comes back while the other serves. Whoever is refused meets the restart
        itself, and nothing is lost."""
        load = self.load(4 + 2 * ROUNDS)
        version = self.database.value("SELECT version FROM acquit_acquirer.meta")
        self.database.value(NEWER)
        for node in SWITCH:  # older programs, writing through what the newer one left
            self.assertTrue(shop.wait_for(lambda node=node: self.written_newer(node) > 10), node)
            self.assertEqual(self.node(node, "epoch"), 1)
        for _ in range(ROUNDS):
            for node in SWITCH:
                self.assertEqual(self.shop.stop(SWITCH[node]), 0, self.shop.output(SWITCH[node]))
                time.sleep(random.uniform(0, 0.3))
                self.start(node)
        said = self.assert_agreed(load)
        outcomes = dict(re.findall(r"^  ([a-z.-]+) +(\d+)$", said, re.MULTILINE))
        approved = int(outcomes.pop("approved"))
        # What one is refused while it owes a reversal depends on how long that takes, as does the
        # count: it is the same meeting. Of 24 terminals those count that were selling at the moment
        # of a stop or a start.
        outcomes.pop("terminal.reversal-pending", None)
        refused = sum(map(int, outcomes.values()))
        self.assertLessEqual(refused, 2 * ROUNDS * 24, said)
        self.assertGreater(approved, 5 * refused, said)
        self.assertEqual(int(self.database.value("SELECT version FROM acquit_acquirer.meta")),
                         int(version) + 1)
        for node in SWITCH:  # swept by the other or not, as the turns fell
            self.assertGreaterEqual(self.node(node, "epoch"), 1 + ROUNDS)

    def test_a_node_that_stops_leaves_its_work_to_the_other(self):
        """The leases are long: only a node that gives its own back is followed at once."""
        for node in SWITCH.values():
            self.shop.stop(node)
        self.set_lease(LONG_LEASE_MS)
        self.start(1)
        self.start(2)
        self.shop.run_party("terminal")
        self.assertTrue(self.shop.sale("5.00")["approved"])
        before = self.records(1)
        issuer = self.shop.processes[f"issuer-{shop.ISSUERS[0]}"]
        issuer.send_signal(signal.SIGSTOP)
        self.shop.spawn("sale", "sale", "9.00", "--data", self.shop.data, "--terminal", "T1",
                        "--card", "C1", "--pin", "1234")
        self.assertTrue(shop.wait_for(lambda: self.records(1) == before + 1))
        self.assertEqual(self.owed(), 1)
        self.assertEqual(self.shop.stop(SWITCH[1]), 0)
        stopped = time.monotonic()
        self.wait_for_sweep(1, by=2)
        self.assertLess(time.monotonic() - stopped, LONG_LEASE_MS / 1000)
        issuer.send_signal(signal.SIGCONT)
        self.assertTrue(shop.wait_for(lambda: self.owed() == 0))
        self.assertTrue(shop.wait_for(lambda: self.shop.command_json(
            "query", "last", "--data", self.shop.data)["final"]))
        self.start(1)
        self.assertEqual(self.node(1, "swept_by"), 0)
        self.assertEqual(set(self.shop.audit().values()), {"good"})

    def test_the_server_dies_and_hangs(self):
        load = self.load(10, *WHOLE_DAY)
        self.database.signal(signal.SIGKILL)
        time.sleep(0.3)
        self.database.start()
        time.sleep(1)
        self.database.signal(signal.SIGSTOP)
        time.sleep(1.5 * LEASE_MS / 1000 + 0.5)
        self.database.signal(signal.SIGCONT)
        said = self.assert_agreed(load)
        for node in SWITCH:  # an outage of the server is no death of a node
            self.assertEqual(self.node(node, "epoch"), 1, said)
            self.assertTrue(self.shop.is_running(SWITCH[node]))

    def test_a_payment_goes_on_at_the_other_node(self):
        """One till whose line goes to node 1 and, when that hangs, to node 2."""
        self.shop.run_party("terminal")
        answer = self.shop.sale("10.00")
        self.assertTrue(answer["approved"], json.dumps(answer))
        self.shop.kill(SWITCH[1])
        answer = {}
        self.assertTrue(shop.wait_for(lambda: answer.update(self.shop.sale("7.00")) or
                                      answer["approved"]))
        self.start(1)
        # Its reference was given by node 2: node 1 must not take it for one of its own.
        rrn = answer["payment"]["rrn"]
        self.assertEqual(rrn[0], "2")
        for node in SWITCH.values():
            found = self.shop.ask(f"{node}.sock", {"verb": "find", "which": "rrn", "rrn": rrn})
            self.assertEqual((found.get("identity") or {}).get("trace"),
                             answer["payment"]["trace"], found)

    def test_why_tells_what_each_node_did(self):
        """The request came in at node 1, its reversal at node 2: asked at node 2 alone, or at both,
        the story is whole, and told once."""
        self.shop.run_party("terminal")
        self.assertTrue(self.shop.sale("5.00")["approved"])
        before = self.records(1)
        issuer = self.shop.processes[f"issuer-{shop.ISSUERS[0]}"]
        issuer.send_signal(signal.SIGSTOP)
        sale = self.shop.spawn("sale", "sale", "9.00", "--data", self.shop.data, "--terminal", "T1",
                               "--card", "C1", "--pin", "1234")
        self.assertTrue(shop.wait_for(lambda: self.records(1) == before + 1))
        self.shop.kill(SWITCH[1])
        issuer.send_signal(signal.SIGCONT)
        sale.wait(shop.COMMAND_WAIT_S)
        told = {}

        def is_settled():
            told.update(self.shop.command_json("why", "last", "--data", self.shop.data))
            stages = {party["party"]: party["payment"]["stage"] for party in told["parties"]}
            return stages.get("terminal") == stages.get("acquirer") == "reversed" and \
                self.owed() == 0
        self.assertTrue(shop.wait_for(is_settled), json.dumps(told))
        at_node_2 = self.written_by(told)
        self.assertIn(("acquirer", "sale_sent"), at_node_2)
        self.assertIn(("acquirer-2", "reversed"), at_node_2)
        self.start(1)
        by_both = self.shop.command_json("why", "last", "--data", self.shop.data)
        self.assertEqual(self.written_by(by_both), at_node_2)
        self.assertEqual([party["party"] for party in by_both["parties"]].count("acquirer"), 1)
        text = self.shop.command("why", "last", "--data", self.shop.data).text
        self.assertRegex(text, r"\n  .*  acquirer  .*\n")
        self.assertRegex(text, r"\n  .*  acquirer-2  .*\n")
        # The reference was given by node 1; its record number at node 2 is another payment's.
        rrn = next(party["payment"]["rrn"] for party in by_both["parties"]
                   if party["party"] == "acquirer")
        self.assertEqual(rrn[0], "1")
        found = self.shop.ask("acquirer-2.sock", {"verb": "find", "which": "rrn", "rrn": rrn})
        self.assertEqual(found["identity"], by_both["identity"])

    def test_a_second_process_of_a_node_is_refused(self):
        """Somebody starts the switch once more, on a machine that has a copy of the file."""
        first = self.shop.processes["acquirer"].pid
        other = os.path.join(self.shop.folder, "other")
        os.mkdir(other, 0o700)
        with open(self.shop.config, encoding="utf-8") as file:
            text = file.read()
        with open(os.path.join(other, "acquit.yaml"), "w", encoding="utf-8") as file:
            file.write(text.replace(f":{self.shop.ports['acquirer']}", ":0"))
        for name in os.listdir(self.shop.data):
            if name.startswith("lab.seed"):
                shop.shutil.copy(os.path.join(self.shop.data, name), other)
        before = self.node(1, "epoch")
        done = self.shop.command("run", "acquirer", "--config", os.path.join(other, "acquit.yaml"))
        self.assertNotIn(done.returncode, (0, None))
        self.assertIn("node 1 of schema acquit_acquirer is at work already: "
                      f"acquit process {first} on ", done.error)
        self.assertIn("give this one a node number of its own", done.error)
        self.assertTrue(self.shop.is_running("acquirer"))
        self.assertEqual(self.node(1, "epoch"), before)

    @staticmethod
    def written_by(told):
        """Who wrote what at the switch."""
        return [(record["name"], record["what"]) for party in told["parties"]
                if party["party"] == "acquirer" for record in party["records"]]


if __name__ == "__main__":
    tap.main()
