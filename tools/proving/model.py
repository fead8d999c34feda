"""What is read: parties, payments; and what is proved of them, counted."""

import collections
import json
import os

# What each check proves; the names in brackets are those of the rule they come from.
CHECKS = {
    "whole": "exports are whole: every record and row that the party counted is there",
    "numbered": "journal records are numbered 1, 2, 3 ... without a gap (I11)",
    "chained": "each record carries the hash of the one before, up to the store's last (I11)",
    "digest": "hashes recomputed from the records' bytes are those (I11)",
    "bytes": "what a line says is what its record's bytes say (I11)",
    "entries": "each record's entries sum to zero in each currency (I1)",
    "purpose": "entries stand only in records that approve, take back or fund (I1)",
    "rows": "each row is what the newest record made it, and no row is there besides (I11)",
    "balance": "at every record each balance is the sum of the account's entries (I1b)",
    "held": "at every record what is held is the holds that stand: each freed once (I1b, I12)",
    "taken": "an account's entries are its payments and nothing else (I1b)",
    "overdrawn": "no account is overdrawn but by what may not be refused (I1b)",
    "life": "payments go through their states one way only (I6, I14)",
    "same": "what identifies a payment never changes in its life (I7)",
    "once": "each payment is posted at most once, and returned at most once (I3, I4)",
    "repeated": "however often it was asked to take a payment back, it did so once (I4)",
    "whenever": "entries come with the state that they belong to (I1, I4)",
    "tombstone": "what was reversed before it came is never posted (I5)",
    "unique": "no terminal began two payments with one identity (I7)",
    "asked": "nobody knows a payment that its terminal never began (I2)",
    "agree": "approved at the terminal: approved once by switch and issuer, alike (I2)",
    "nothing": "not approved at the terminal: no money moved in the end (I2)",
    "not_moved": "who says that the money did not move is right (I2)",
    "answers": "the answer that a terminal has is the one that was recorded (I9)",
    "turn": "no sale begins while the one before is in doubt (I8)",
    "doubt": "nothing is in doubt, owed or on its way at the end (L1)",
    "follow": "what followed a payment is what the payment says (I12, I13)",
    "refunds": "no more was given back than was paid, and none of what is void (I13)",
    "capture": "no more was taken than the hold allows (I12)",
    "batches": "a batch's totals are the sums of its payments (I10)",
    "closed": "terminal and switch closed a batch with the same totals (I10)",
    "settled": "each issuer owes the switch what the switch expects (I10)",
    "tallies": "the switch's tallies of limits are what its payments come to",
    "days": "the issuer's daily sums of a card are what its payments come to",
    "funds": "what a merchant has in funds is what its payments come to",
}

STAGES = {  # from -> to
    None: {"sent", "answered", "tombstone", "stored"},
    "stored": {"sent"},
    "sent": {"answered", "reversing", "reversed"},
    "answered": {"reversing", "reversed"},
    "reversing": {"reversed", "answered"},  # the latter at a terminal: too late, it stands
    "reversed": set(),
    "tombstone": set(),
}
MONEY = {
    "not_moved": {"unknown", "held", "moved", "returning", "returned"},
    "unknown": {"not_moved", "held", "moved", "returning", "returned"},
    "held": {"moved", "returning", "returned"},
    "moved": {"returning", "returned"},
    "returning": {"returned", "moved", "held"},  # likewise
    "returned": set(),
}
FOLLOWS = {
    "none": {"voiding", "voided", "completing", "completed", "lapsed"},
    "voiding": {"none", "voided", "lapsed"},
    "voided": {"none", "voiding", "lapsed"},
    "completing": {"none", "completed", "lapsed"},
    "completed": {"none", "completing", "voiding", "lapsed"},
    "lapsed": set(),
}
STATES = {  # what may be said of the money in each stage
    "stored": {"not_moved"},
    "sent": {"unknown", "not_moved"},
    "answered": {"moved", "held", "not_moved", "returning"},  # returning: the switch does it
    "reversing": {"unknown", "returning"},
    "reversed": {"returned"},
    "tombstone": {"returned"},
}
SIGN = {"sale": 1, "completion": 1, "completion-advice": 1, "offline-sale": 1, "tip-adjust": 1,
        "void": -1, "refund": -1, "completion-void": -1}
HOLDS = {"preauth", "increment"}
VOIDS = {"void", "preauth-void", "completion-void"}
COMPLETIONS = {"completion", "completion-advice"}
ADVICES = {"refund", "completion-advice", "offline-sale", "tip-adjust"}
ORIGINALS = {"sale", "preauth", "offline-sale"}
INQUIRIES = {"balance"}
PAYERS = {"issuer": "cardholder", "acquirer": "merchant_payable"}
COUNTED_OFF = 0x80
COMPLETION_PERCENT = 115
TIP_PERCENT = 10


class Unreadable(Exception):
    pass


class Payment:
    """One payment at one party: its versions, its entries, its last row."""

    def __init__(self, name):
        self.name = name
        self.versions = []  # (record number, row)
        self.legs = []      # (record, what the payer's account was debited by)
        self.row = None
        self.asked_back = 0  # records in which somebody wants it taken back, or it is

    def is_standing(self):
        row = self.row
        return bool(row) and row["stage"] == "answered" and row["money"] in ("moved", "held") \
            and row.get("outcome", "").startswith("approved")

    def net(self):
        return sum(minor for _, minor in self.legs)


class Party:
    def __init__(self, about, journal, rows):
        self.name = about["name"]
        self.role = about["party"]
        self.about = about
        self.journal = journal
        self.rows = rows
        self.payments = {}
        self.tables = collections.defaultdict(dict)
        self.gone_batches = {}  # closed, and archived since: as they were

    def payment(self, name):
        return self.payments.setdefault(name, Payment(name))


class Proof:
    """Counts of what was looked at, and what was wrong with it."""

    def __init__(self):
        self.counts = collections.Counter()
        self.violations = []

    def check(self, name, holds, where, words):
        """One thing looked at; where and words may be functions, called when it is wrong."""
        self.counts[name] += 1
        if not holds:
            self.violations.append((name, where, words() if callable(words) else words))


def sums(pairs):
    total = collections.Counter()
    for key, number in pairs:
        total[key] += number
    return total


def money(minor):
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"


def terminal_of(payment):
    return payment.rsplit("/", 2)[0]


def batch_of(payment):
    return "/".join(payment.split("/")[1:3])


def is_open(party, row):
    """Somebody still has to do something about it. A terminal whose payment the switch takes back
    hears no more of it."""
    with_the_switch = party.role == "terminal" and row["stage"] == "answered" and \
        row["money"] == "returning"
    return row["money"] in ("unknown", "returning") and not with_the_switch


# ---- reading ----

def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def load(folder):
    parties = []
    names = sorted(name for name in os.listdir(folder) if name.endswith(".party.json"))
    for name in names:
        stem = os.path.join(folder, name[:-len(".party.json")])
        about = read_lines(stem + ".party.json")[0]
        if about.get("format") != 1:
            raise Unreadable(f"{name}: format {about.get('format')} is not known")
        if any("anchor" in node for node in [about, *about.get("nodes", [])]):
            raise Unreadable(f"{name}: its journal was archived up to record "
                             f"{about.get('anchor', 'of another node')}: what came before is "
                             "needed, export with --archive")
        parties.append(Party(about, read_lines(stem + ".journal.jsonl"),
                             read_lines(stem + ".rows.jsonl")))
    if not parties:
        raise Unreadable(f"{folder}: there is no export in it")
    return parties
