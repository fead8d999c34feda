"""Exports to be tampered with, and the faults that are planted into them: each names the checks of
tools/prove of which one must notice it."""

import base64
import importlib.machinery
import importlib.util
import os
import sys

PROVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "prove")


def module_of(path):
    loader = importlib.machinery.SourceFileLoader("prove", path)
    spec = importlib.util.spec_from_loader("prove", loader)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


prove = module_of(PROVE)


# ---- an export to be tampered with ----

class Sheet:
    """What one party exported, before anything is made of it."""

    def __init__(self, party):
        self.about, self.journal, self.rows = party.about, party.journal, party.rows
        self.role = party.role

    def seal(self):
        """Makes numbers and hashes fit again, as somebody would who hides what he did."""
        before = "0" * 64
        for number, record in enumerate(self.journal, 1):
            record.pop("bytes", None)
            record["record"], record["previous"] = number, before
            before = record["hash"] = f"{number:064X}"
        self.about.update(records=len(self.journal), head=len(self.journal), hash=before,
                          rows=len(self.rows))

    def rows_of(self, table):
        return [row for row in self.rows if row["table"] == table and "row" in row]

    def row(self, table, key):
        return next((r for r in self.rows if (r["table"], r["key"]) == (table, key)), None)

    def versions(self, table, key):
        """What the journal made of a row, oldest first: (record, change)."""
        return [(record, change) for record in self.journal for change in record["changes"]
                if (change["table"], change["key"]) == (table, key)]

    def set(self, table, key, **members):
        """Changes a row, and what its newest record says of it, alike."""
        for row in (self.row(table, key)["row"], self.versions(table, key)[-1][1]["row"]):
            for name, value in members.items():
                row[name] = value

    def set_ever(self, table, key, **members):
        """The same in all its records."""
        self.set(table, key, **members)
        for _, change in self.versions(table, key):
            if "row" in change:
                change["row"].update(members)

    def posted(self):
        return [record for record in self.journal
                if record["postings"] and "payment" in record and record["what"] != "funded"]


class World:
    def __init__(self, sheets):
        self.sheets = sheets

    def of(self, role):
        return [sheet for sheet in self.sheets if sheet.role == role]

    @property
    def switch(self):
        return self.of("acquirer")[0]

    def judge(self):
        parties = [prove.Party(s.about, s.journal, s.rows) for s in self.sheets]
        return prove.prove(parties)


# ---- the faults: each yields what may be done, as functions ----

FAULTS = {}


def fault(*noticed_by):
    """Registers a fault; one of these checks must notice it."""
    def register(function):
        FAULTS[function.__name__] = (function, noticed_by)
        return function
    return register


def standing(sheet, *kinds):
    return [row for row in sheet.rows_of("payment")
            if row["row"]["stage"] == "answered" and row["row"]["money"] in ("moved", "held")
            and row["row"]["outcome"] == "approved" and (not kinds or row["row"]["kind"] in kinds)]


def hosts(world):
    return world.of("issuer") + world.of("acquirer")


@fault("balance", "rows", "taken", "once", "asked", "settled", "agree", "life")
def drop_a_posting_record(world):
    for sheet in hosts(world):
        for record in sheet.posted():
            yield lambda sheet=sheet, record=record: sheet.journal.remove(record)


@fault("numbered")
def drop_a_record_and_leave_the_gap(world):
    for sheet in world.sheets:
        for record in sheet.journal[3:-1:7]:
            def do(sheet=sheet, record=record):
                sheet.journal.remove(record)
                sheet.about["records"] -= 1
                return False
            yield do


@fault("whole")
def cut_the_journal_off(world):
    for sheet in world.sheets:
        def do(sheet=sheet):
            sheet.journal.pop()
            return False
        yield do


@fault("whole", "rows")
def lose_a_row_of_the_table(world):
    for sheet in world.sheets:
        for row in sheet.rows_of("payment"):
            yield lambda sheet=sheet, row=row: sheet.rows.remove(row)


@fault("rows")
def make_a_row_that_no_record_made(world):
    for sheet in hosts(world):
        for row in standing(sheet):
            key = row["key"][:-6] + "500008"
            yield lambda s=sheet, r=row, k=key: s.rows.append(dict(r, key=k))


@fault("once", "balance")
def post_a_payment_twice(world):
    for sheet in hosts(world):
        for record in sheet.posted():
            if record["what"] == "approved":
                def do(sheet=sheet, record=record):
                    at = sheet.journal.index(record)
                    sheet.journal.insert(at + 1, dict(record, changes=[]))
                yield do


@fault("once", "balance")
def return_a_payment_twice(world):
    for sheet in hosts(world):
        for record in sheet.posted():
            if record["what"] != "approved":
                def do(sheet=sheet, record=record):
                    sheet.journal.insert(sheet.journal.index(record) + 1, dict(record, changes=[]))
                yield do


@fault("repeated", "once")
def return_nothing_however_often_it_is_asked(world):
    for sheet in world.of("acquirer"):
        for record in sheet.posted():
            if record["what"] != "approved":
                yield lambda r=record: r["postings"].clear()


@fault("entries")
def change_one_leg(world):
    for sheet in hosts(world):
        for record in sheet.posted():
            def do(record=record):
                record["postings"][0]["minor"] += 1
            yield do


@fault("balance", "whenever", "once")
def change_both_legs(world):
    for sheet in hosts(world):
        for record in sheet.posted():
            def do(record=record):
                for posting in record["postings"]:
                    posting["minor"] *= 2
            yield do


@fault("entries")
def change_the_currency_of_a_leg(world):
    for sheet in hosts(world):
        for record in sheet.posted():
            def do(record=record):
                record["postings"][0]["currency"] = 840
            yield do


@fault("balance")
def post_to_another_account(world):
    for sheet in world.of("issuer"):
        accounts = [int(row["key"]) for row in sheet.rows_of("account")]
        for record in sheet.posted():
            def do(record=record, accounts=accounts):
                for posting in record["postings"]:
                    if posting["kind"] == "cardholder":
                        posting["account"] = str(
                            next(a for a in accounts if a != int(posting["account"])))
            yield do


@fault("purpose", "balance", "whenever", "once")
def move_money_in_a_record_of_something_else(world):
    for sheet in world.of("issuer"):
        for record in sheet.posted():
            def do(record=record):
                record["what"] = "quarantined"
            yield do


@fault("rows")
def change_the_final_balance(world):
    for sheet in world.of("issuer"):
        for row in sheet.rows_of("account"):
            def do(row=row):
                row["row"]["balance"] = row["row"].get("balance", 0) + 100
            yield do


@fault("balance")
def change_a_balance_and_its_record(world):
    for sheet in world.of("issuer"):
        for row in sheet.rows_of("account"):
            yield lambda s=sheet, r=row: s.set("account", r["key"],
                                               balance=r["row"].get("balance", 0) + 100)


@fault("balance")
def change_a_balance_for_a_moment(world):
    for sheet in world.of("issuer"):
        for row in sheet.rows_of("account"):
            made = sheet.versions("account", row["key"])
            if len(made) > 2:
                def do(change=made[len(made) // 2][1]):
                    change["row"]["balance"] = change["row"].get("balance", 0) - 1
                yield do


@fault("held")
def free_a_hold_twice(world):
    for sheet in world.of("issuer"):
        for row in sheet.rows_of("account"):
            made = sheet.versions("account", row["key"])
            if any(change["row"].get("held") for _, change in made):
                yield lambda s=sheet, r=row: s.set("account", r["key"],
                                                   held=r["row"].get("held", 0) - 500)


@fault("held")
def keep_a_hold(world):
    for sheet in world.of("issuer"):
        for row in sheet.rows_of("account"):
            yield lambda s=sheet, r=row: s.set("account", r["key"],
                                               held=r["row"].get("held", 0) + 700)


@fault("life")
def go_back_in_the_life_of_a_payment(world):
    for sheet in world.sheets:
        for row in sheet.rows_of("payment"):
            if row["row"]["stage"] == "reversed":
                yield lambda s=sheet, r=row: s.set("payment", r["key"], stage="answered")


@fault("life")
def move_what_was_returned(world):
    for sheet in world.sheets:
        for row in sheet.rows_of("payment"):
            made = sheet.versions("payment", row["key"])
            if row["row"]["money"] == "returned" and len(made) > 1:
                def do(sheet=sheet, record=made[-1][0], change=made[-1][1], row=row):
                    again = dict(change, row=dict(change["row"], money="moved"))
                    sheet.journal.insert(sheet.journal.index(record) + 1,
                                         dict(record, postings=[], changes=[again]))
                    row["row"]["money"] = "moved"
                yield do


@fault("life", "same", "rows", "whenever", "balance", "held", "turn")
def swap_two_records(world):
    for sheet in world.of("issuer"):
        for row in sheet.rows_of("payment"):
            made = sheet.versions("payment", row["key"])
            for (one, first), (other, second) in zip(made, made[1:]):
                if first["row"]["stage"] == second["row"]["stage"]:
                    continue

                def do(sheet=sheet, one=one, other=other):
                    at, to = sheet.journal.index(one), sheet.journal.index(other)
                    sheet.journal[at], sheet.journal[to] = other, one
                yield do


@fault("same")
def change_an_amount_late(world):
    for sheet in world.sheets:
        for row in sheet.rows_of("payment"):
            if len(sheet.versions("payment", row["key"])) > 1:
                yield lambda s=sheet, r=row: s.set("payment", r["key"],
                                                   amount=r["row"].get("amount", 0) + 5)


@fault("same")
def change_the_card_late(world):
    for sheet in world.of("acquirer"):
        for row in sheet.rows_of("payment"):
            if len(sheet.versions("payment", row["key"])) > 1:
                yield lambda s=sheet, r=row: s.set("payment", r["key"], card="620000******1111")


@fault("agree", "batches", "once", "whenever", "follow")
def approve_another_amount(world):
    for sheet in hosts(world) + world.of("terminal"):
        for row in standing(sheet, "sale"):
            yield lambda s=sheet, r=row: s.set_ever("payment", r["key"],
                                                    posted=r["row"]["posted"] + 1)


@fault("agree")
def approve_another_card(world):
    # A payment code names no card at the terminal.
    named = {row["key"] for sheet in world.of("terminal") for row in standing(sheet)
             if row["row"].get("card")}
    for sheet in hosts(world):
        for row in standing(sheet):
            if row["key"] in named:
                yield lambda s=sheet, r=row: s.set_ever("payment", r["key"],
                                                        card="620000******1111")


@fault("agree")
def approve_at_another_merchant(world):
    for sheet in hosts(world):
        for row in standing(sheet):
            yield lambda s=sheet, r=row: s.set_ever("payment", r["key"], merchant="M9")


@fault("agree")
def give_another_authorisation(world):
    for sheet in hosts(world):
        for row in standing(sheet, "sale", "preauth"):
            yield lambda s=sheet, r=row: s.set_ever("payment", r["key"], auth_id="000000")


@fault("agree")
def give_another_reference(world):
    for sheet in world.of("acquirer"):
        for row in standing(sheet):
            yield lambda s=sheet, r=row: s.set_ever("payment", r["key"], rrn="000000000000")


@fault("nothing", "batches")
def lose_the_approval_at_the_terminal(world):
    for sheet in world.of("terminal"):
        for row in standing(sheet, "sale"):
            yield lambda s=sheet, r=row: s.set("payment", r["key"], money="not_moved",
                                               outcome="issuer.declined")


def forget(sheet, key):
    for record in sheet.journal:
        record["changes"] = [c for c in record["changes"]
                             if (c["table"], c["key"]) != ("payment", key)]
    sheet.rows.remove(sheet.row("payment", key))


@fault("agree")
def forget_an_approval_at_the_issuer(world):
    for sheet in world.of("issuer"):
        for row in standing(sheet):
            yield lambda s=sheet, r=row: forget(s, r["key"])


@fault("agree", "nothing")
def forget_an_approval_at_the_switch(world):
    for sheet in world.of("acquirer"):
        for row in standing(sheet):
            yield lambda s=sheet, r=row: forget(s, r["key"])


@fault("asked")
def know_what_nobody_asked_for(world):
    for sheet in hosts(world):
        for row in standing(sheet, "sale"):
            def do(sheet=sheet, row=row):
                key = row["key"][:-6] + "500007"
                made = {"table": "payment", "key": key, "row": row["row"]}
                sheet.rows.append(made)
                sheet.journal.append(dict(sheet.journal[-1], payment=key, money="moved",
                                          what="late_answer", outcome="approved", postings=[],
                                          changes=[made]))
            yield do


@fault("unique")
def begin_a_payment_twice(world):
    for sheet in world.of("terminal"):
        for record in [r for r in sheet.journal if r["what"] == "sale_sent"]:
            yield lambda s=sheet, r=record: s.journal.append(dict(r, changes=[], postings=[]))


@fault("turn")
def sell_while_another_is_in_doubt(world):
    for sheet in world.of("terminal"):
        begun = {}
        for record in [r for r in sheet.journal if r["what"] == "sale_sent"]:
            terminal = record["payment"].split("/")[1]
            if terminal in begun:
                def do(sheet=sheet, one=begun[terminal], other=record):
                    sheet.journal.remove(other)
                    sheet.journal.insert(sheet.journal.index(one) + 1, other)
                yield do
            begun[terminal] = record


@fault("doubt")
def leave_a_payment_unknown(world):
    for sheet in world.sheets:
        for row in sheet.rows_of("payment"):
            made = sheet.versions("payment", row["key"])
            if len(made) > 1 and made[-2][1]["row"]["money"] == "unknown":
                yield lambda s=sheet, r=row: s.set("payment", r["key"], money="unknown")


@fault("doubt")
def leave_something_pending(world):
    for sheet in world.sheets:
        for record in sheet.journal:
            for change in record["changes"]:
                if change["table"] == "pending" and change.get("row", {}).get("kind") != "hold" \
                        and "row" in change:
                    def do(sheet=sheet, record=record, change=change):
                        sheet.rows.append(change)
                        sheet.journal.append(dict(record, postings=[], changes=[change],
                                                  what="reversal_sent"))
                    yield do
                    break


@fault("doubt")
def leave_a_terminal_in_debt(world):
    for sheet in world.of("terminal"):
        for row in sheet.rows_of("terminal"):
            if len(sheet.versions("terminal", row["key"])) > 1:
                yield lambda s=sheet, r=row: s.set("terminal", r["key"], owed=r["row"].get("last"))


@fault("doubt")
def leave_an_advice_undelivered(world):
    for sheet in world.of("terminal"):
        for row in sheet.rows_of("drawer"):
            yield lambda s=sheet, r=row: s.set("drawer", r["key"], waiting=1)


@fault("tombstone", "life")
def post_what_was_reversed_before(world):
    for sheet in world.of("issuer"):
        for row in sheet.rows_of("payment"):
            if row["row"]["stage"] == "tombstone":
                def do(sheet=sheet, row=row):
                    account = int(sheet.rows_of("account")[0]["key"])
                    legs = [{"kind": "cardholder", "account": account, "currency": 156,
                             "minor": 100},
                            {"kind": "acquirer_settlement", "account": 1, "currency": 156,
                             "minor": -100}]
                    sheet.journal.append(dict(sheet.journal[-1], what="approved",
                                              payment=row["key"], money="moved",
                                              outcome="approved", postings=legs, changes=[]))
                yield do


@fault("life")
def let_a_tombstone_come_alive(world):
    for sheet in hosts(world):
        for row in sheet.rows_of("payment"):
            if row["row"]["stage"] == "tombstone":
                def do(sheet=sheet, row=row):
                    record, change = sheet.versions("payment", row["key"])[-1]
                    alive = dict(change, row=dict(change["row"], stage="answered"))
                    sheet.journal.append(dict(record, changes=[alive], postings=[]))
                    row["row"]["stage"] = "answered"
                yield do


@fault("refunds")
def refund_more_than_was_paid(world):
    for sheet in hosts(world):
        for row in standing(sheet, "refund"):
            original = row["row"]["original"]
            paid = sheet.row("payment", original)
            if paid is not None:
                def do(sheet=sheet, row=row, paid=paid):
                    more = paid["row"]["posted"] + paid["row"].get("tip", 0) + 1
                    sheet.set_ever("payment", row["key"], posted=more, amount=more)
                    sheet.set("payment", paid["key"], returned=more)
                yield do


@fault("refunds")
def forget_what_was_refunded(world):
    for sheet in hosts(world):
        for row in sheet.rows_of("payment"):
            if row["row"].get("returned") and row["row"]["stage"] == "answered":
                yield lambda s=sheet, r=row: s.set("payment", r["key"], returned=0)


@fault("refunds")
def void_a_part(world):
    for sheet in world.sheets:
        for row in standing(sheet, "void"):
            yield lambda s=sheet, r=row: s.set_ever("payment", r["key"],
                                                    posted=r["row"]["posted"] - 1)


@fault("capture", "follow")
def void_twice(world):
    for sheet in world.sheets:
        for row in standing(sheet, "void"):
            def do(sheet=sheet, row=row):
                again = dict(row, key=row["key"][:-6] + "500006")
                sheet.rows.append(again)
                sheet.journal.append(dict(sheet.versions("payment", row["key"])[-1][0],
                                          payment=again["key"], postings=[], changes=[again]))
            yield do


@fault("capture")
def take_more_than_the_hold_allows(world):
    for sheet in world.sheets:
        for row in standing(sheet, "completion", "completion-advice"):
            original = sheet.row("payment", row["row"].get("original", ""))
            if original is not None and original["row"]["follow"] == "completed":
                def do(sheet=sheet, row=row, original=original):
                    sheet.set_ever("payment", row["key"],
                                   posted=original["row"]["posted"] * 2)
                yield do


@fault("follow")
def forget_that_it_was_voided(world):
    for sheet in world.sheets:
        for row in sheet.rows_of("payment"):
            if row["row"]["follow"] in ("voided", "completed"):
                yield lambda s=sheet, r=row: s.set_ever("payment", r["key"], follow="none")


@fault("follow")
def forget_a_tip(world):
    for sheet in world.sheets:
        for row in sheet.rows_of("payment"):
            if row["row"].get("tip") and row["row"]["stage"] == "answered":
                yield lambda s=sheet, r=row: s.set_ever("payment", r["key"], tip=0)


@fault("batches")
def change_a_total(world):
    for sheet in world.of("terminal") + world.of("acquirer"):
        for row in sheet.rows_of("batch"):
            yield lambda s=sheet, r=row: s.set("batch", r["key"],
                                               debit=r["row"].get("debit", 0) + 1)


@fault("batches")
def change_a_count(world):
    for sheet in world.of("terminal") + world.of("acquirer"):
        for row in sheet.rows_of("batch"):
            yield lambda s=sheet, r=row: s.set("batch", r["key"],
                                               credit_count=r["row"].get("credit_count", 0) + 1)


@fault("closed")
def leave_a_batch_open_at_the_switch(world):
    closed = {row["key"] for sheet in world.of("terminal") for row in sheet.rows_of("batch")
              if row["row"]["state"] == "closed" and not row["row"].get("is_differing")}
    for row in world.switch.rows_of("batch"):
        if row["key"] in closed:
            yield lambda r=row: world.switch.set("batch", r["key"], state="open")


@fault("days")
def change_what_a_card_used_today(world):
    for sheet in world.of("issuer"):
        for row in sheet.rows_of("card"):
            if row["row"].get("daily_date"):
                yield lambda s=sheet, r=row: s.set("card", r["key"],
                                                   daily_used=r["row"].get("daily_used", 0) + 1)


@fault("tallies")
def change_a_tally(world):
    for row in world.switch.rows_of("tally"):
        if not row["key"].startswith("S"):
            yield lambda r=row: world.switch.set("tally", r["key"],
                                                 day_count=r["row"].get("day_count", 0) + 1)


@fault("not_moved")
def call_not_moved_what_was_posted(world):
    issuers = {record["payment"] for sheet in world.of("issuer") for record in sheet.posted()}
    for sheet in world.of("terminal"):
        for row in sheet.rows_of("payment"):
            if row["key"] in issuers and row["row"]["money"] == "returned":
                yield lambda s=sheet, r=row: s.set("payment", r["key"], money="not_moved")


@fault("answers", "agree")
def pass_on_another_answer(world):
    for sheet in world.of("terminal"):
        for row in sheet.rows_of("payment"):
            there = world.switch.row("payment", row["key"])
            if row["row"].get("decided_by") == "issuer" and row["row"]["money"] == "not_moved" and \
                    there is not None and there["row"]["stage"] == "answered":
                yield lambda s=sheet, r=row: s.set_ever("payment", r["key"], code="ZZ")


@fault("settled", "once", "agree")
def owe_less(world):
    for sheet in world.of("issuer"):
        for record in sheet.posted():
            def do(sheet=sheet, record=record):
                key = record["payment"]
                for posting in record["postings"]:
                    posting["minor"] //= 2
                sheet.set_ever("payment", key, posted=abs(record["postings"][0]["minor"]))
            yield do


# ---- faults of the bytes: the records are left as they are ----

def flip(record):
    data = bytearray(base64.b64decode(record["bytes"]))
    data[len(data) // 2] ^= 1
    record["bytes"] = base64.b64encode(bytes(data)).decode()


@fault("digest")
def flip_a_bit(world):
    for sheet in world.sheets:
        for record in sheet.journal[::5]:
            def do(record=record):
                flip(record)
                return False
            yield do


@fault("chained", "digest")
def change_a_hash(world):
    for sheet in world.sheets:
        for record in sheet.journal[::5]:
            def do(record=record):
                record["hash"] = "0" * 64
                return False
            yield do


@fault("bytes")
def say_what_the_bytes_do_not(world):
    for sheet in world.sheets:
        for at, record in enumerate(sheet.journal[::5]):
            def do(record=record, at=at):
                names = ("at", "epoch", "business_date")
                record[names[at % len(names)]] += 1
                return False
            yield do


@fault("chained")
def end_with_another_record(world):
    for sheet in world.sheets:
        def do(sheet=sheet):
            sheet.about["head"] += 1
            return False
        yield do
