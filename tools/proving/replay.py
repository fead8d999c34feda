"""A party's journal gone through as if it happened now, checked after each record."""

import collections

from proving.model import (COUNTED_OFF, FOLLOWS, MONEY, PAYERS, SIGN, STAGES, STATES, money,
                           sums)

ASKS_BACK = {"reversal_owed", "reversal_sent", "reversed", "tombstone"}
CONSTANT = ("kind", "amount", "currency", "card", "merchant", "original", "created",
            "business_date")


def tally_keys(name, row):
    """Whose tallies a payment is in, as far as its row tells: the bits of `counted`."""
    owners = ((4, "T/" + name.split("/")[1]), (8, "M/" + row.get("merchant", "")),
              (16, f"C/{row.get('category', 0)}"), (32, "B/" + row.get("card", "")[:6]))
    return [key for bit, key in owners if row.get("counted", 0) & bit]


class Replay:
    """Goes through a party's journal as if it happened now, checking after each record."""

    def __init__(self, proof, party):
        self.proof = proof
        self.party = party
        self.rows = {}
        self.entries = collections.Counter()  # account -> sum of cardholder's entries
        self.funded = collections.Counter()
        self.holds = {}                       # payment -> (account, minor) that it holds now
        self.held = collections.Counter()
        self.counted = {}                     # payment -> whether the tallies have it
        self.tally_dates = {}
        self.skewed = set()

    def run(self):
        for record in self.party.journal:
            self.record(record)
        self.compare_rows()

    def record(self, record):
        touched = set()
        if record["what"] in ASKS_BACK and "payment" in record:
            self.party.payment(record["payment"]).asked_back += 1
        self.check_entries(record)
        for posting in record["postings"]:
            if posting["kind"] != "cardholder":
                continue
            account = int(posting["account"])
            self.entries[account] += posting["minor"]
            touched.add(account)
            if record["what"] == "funded":
                self.funded[account] += posting["minor"]
        for change in record["changes"]:
            touched |= self.change(record, change)
        self.check_legs(record)
        for account in touched:
            self.check_account(record, account)

    def check_entries(self, record):
        total = sums((p["currency"], p["minor"]) for p in record["postings"])
        self.proof.check("entries", not any(total.values()) and
                         all(p["minor"] for p in record["postings"]), self.party.name,
                         lambda: f"the entries of record {record['record']} do not sum to zero")
        if record["postings"]:
            self.proof.check("purpose", record["what"] in ("approved", "reversed", "reversal_owed",
                                                           "no_answer", "recovered", "funded",
                                                           "person_settled",
                                                           "configured"), self.party.name,
                             lambda: f"record {record['record']} moves money, and says only that "
                             f"{record['what']}")

    # -- rows --

    def change(self, record, change):
        place = change["table"], change["key"]
        if change.get("removed"):
            row = self.rows.pop(place, None)
            if change["table"] == "batch" and row is not None:
                self.party.gone_batches[change["key"]] = row
            return set()
        before, row = self.rows.get(place), change.get("row")
        self.rows[place] = row
        if change["table"] == "account":
            return {int(change["key"])}
        if change["table"] != "payment" or row is None:
            return set()
        payment = self.party.payment(change["key"])
        self.check_life(record, payment, before, row)
        payment.versions.append((record["record"], row))
        payment.row = row
        self.note_counted(payment.name, row)
        return self.note_hold(payment.name, row)

    def note_hold(self, name, row):
        """Only the issuer keeps accounts."""
        account, minor = self.holds.pop(name, (None, 0))
        self.held[account] -= minor
        if self.party.role != "issuer" or row["kind"] != "preauth" or row["money"] != "held" or \
                row["follow"] not in ("none", "voiding", "completing"):
            return set()
        account = row.get("account", 0)
        self.holds[name] = account, row.get("posted", 0)
        self.held[account] += row.get("posted", 0)
        return set()

    def note_counted(self, name, row):
        """A clock that went back lets tallies count on in the newer day: those are not judged."""
        if self.party.role != "acquirer":
            return
        is_in = bool(row.get("counted", 0)) and not row["counted"] & COUNTED_OFF
        if is_in and not self.counted.get(name):
            for key in tally_keys(name, row):
                latest = self.tally_dates.get(key, 0)
                if row.get("business_date", 0) < latest:
                    self.skewed.add(key)
                self.tally_dates[key] = max(latest, row.get("business_date", 0))
        self.counted[name] = is_in

    def check_life(self, record, payment, before, row):
        where = f"{self.party.name}, payment {payment.name}"

        def goes(table, name):
            old, new = before[name] if before else None, row[name]
            return old == new or (old is None and table is not STAGES) or new in table.get(old, ())
        for table, name in ((STAGES, "stage"), (MONEY, "money"), (FOLLOWS, "follow")):
            self.proof.check("life", goes(table, name), where,
                             lambda: f"record {record['record']} makes its {name} {row[name]} "
                             f"after {before[name] if before else 'nothing'}")
        self.proof.check("life", row["money"] in STATES.get(row["stage"], ()), where,
                         lambda: f"record {record['record']} makes it {row['stage']}, with its "
                         f"money {row['money']}")
        if before is None:
            return
        changed = [name for name in CONSTANT if before.get(name) != row.get(name)]
        self.proof.check("same", not changed, where,
                         lambda: f"record {record['record']} changes its {', '.join(changed)}")

    # -- money --

    def check_legs(self, record):
        name = record.get("payment")
        payer = PAYERS.get(self.party.role)
        if name is None or record["what"] == "funded":
            return
        moved = sum(p["minor"] for p in record["postings"] if p["kind"] == payer)
        payment = self.party.payment(name)
        row = payment.row or {}
        if not moved:
            return
        moved *= -1 if self.party.role == "acquirer" else 1
        payment.legs.append((record["record"], moved))
        forth = moved * SIGN.get(row.get("kind"), 0) > 0
        states = ("answered",) if forth else ("reversed", "reversing")
        where = f"{self.party.name}, payment {name}"
        self.proof.check("whenever", row.get("stage") in states, where,
                         lambda: f"record {record['record']} moves {money(moved)} of a payment "
                         f"that is {row.get('stage', 'not there')}")
        self.proof.check("whenever", abs(moved) == row.get("posted", 0), where,
                         lambda: f"record {record['record']} moves {money(moved)}, the payment "
                         f"says {money(row.get('posted', 0))}")
        if self.party.role == "issuer":
            accounts = {int(p["account"]) for p in record["postings"] if p["kind"] == payer}
            self.proof.check("whenever", accounts == {row.get("account", 0)}, where,
                             lambda: f"record {record['record']} moves money of account "
                             f"{accounts}, the payment is of {row.get('account', 0)}")

    def check_account(self, record, account):
        row = self.rows.get(("account", str(account)))
        where = f"{self.party.name}, account {account}"
        if row is None:
            self.proof.check("balance", self.party.role != "issuer", where,
                             f"record {record['record']} posts to an account that is not there")
            return
        self.proof.check("balance", row.get("balance", 0) == -self.entries[account], where,
                         lambda: f"after record {record['record']} its balance is "
                         f"{money(row.get('balance', 0))}, its entries come to "
                         f"{money(-self.entries[account])}")
        self.proof.check("held", row.get("held", 0) == self.held[account], where,
                         lambda: f"after record {record['record']} it holds "
                         f"{money(row.get('held', 0))}, its holds come to "
                         f"{money(self.held[account])}")

    # -- the end --

    def compare_rows(self):
        party = self.party
        final = {(row["table"], row["key"]): row.get("row") for row in party.rows}
        party.tables.clear()
        for (table, key), row in final.items():
            if row is not None:
                party.tables[table][key] = row
        for place in sorted(final.keys() | self.rows.keys()):
            self.proof.check("rows", place in final and place in self.rows and
                             final[place] == self.rows[place], party.name,
                             lambda: f"the {place[0]} {place[1]} " + difference(
                                 self.rows.get(place, 0), final.get(place, 0)))
        for payment in party.payments.values():
            payment.row = party.tables["payment"].get(payment.name, payment.row)


def difference(made, found):
    if made == 0:
        return "is there, and no record made it"
    if found == 0:
        return "was made by the journal and is not there"
    names = [n for n in sorted((made or {}).keys() | (found or {}).keys())
             if (made or {}).get(n) != (found or {}).get(n)]
    return "differs from what its newest record says: " + ", ".join(
        f"{n} {(found or {}).get(n, 0)} instead of {(made or {}).get(n, 0)}" for n in names)
