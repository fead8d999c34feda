"""What the parties have of one another's payments."""

import collections

from proving.model import INQUIRIES, ORIGINALS, is_open, money, terminal_of


def check_doubt(proof, party):
    for payment in party.payments.values():
        row = payment.row
        if row is not None:
            proof.check("doubt", not is_open(party, row), f"{party.name}, payment {payment.name}",
                        lambda: f"its money is {row['money']}, {row['stage']}")
    for key, row in party.tables["pending"].items():
        proof.check("doubt", row["kind"] == "hold", f"{party.name}, payment {key}",
                    lambda: f"waits for {row['kind']}, tried {row.get('attempts', 0)} times")
    for key, row in party.tables["terminal"].items():
        proof.check("doubt", party.role != "terminal" or "owed" not in row,
                    f"{party.name}, terminal {key}", lambda: f"owes a reversal: {row.get('owed')}")
    for key, row in party.tables["drawer"].items():
        proof.check("doubt", not row.get("waiting") and not row.get("settling"),
                    f"{party.name}, terminal {key}",
                    lambda: f"{row.get('waiting', 0)} advices are not delivered, or it settles")


def check_begun(proof, terminals):
    """Identities are unique over all terminals, those that were replaced included."""
    begun, records = collections.Counter(), {}
    for terminal in terminals:
        in_doubt = {}
        for record in terminal.journal:
            name = record.get("payment")
            if name is None:
                continue
            where = f"{terminal.name}, payment {name}"
            here = terminal_of(name)
            if record["money"] != "unknown" and in_doubt.get(here, (None,))[0] == name:
                del in_doubt[here]
            if record["what"] not in ("sale_sent", "inquiry_sent", "advice_stored"):
                continue
            begun[name] += 1
            proof.check("unique", begun[name] == 1, where,
                        lambda: f"was begun in records {records[name]} and {record['record']}")
            records[name] = record["record"]
            if record["what"] != "sale_sent":
                continue
            proof.check("turn", here not in in_doubt or in_doubt[here][0] == name, where,
                        lambda: f"begins in record {record['record']} while "
                        f"{in_doubt[here][0]} is in doubt")
            in_doubt[here] = name, record["record"]
    return begun


def check_pair(proof, ours, theirs, name, at):
    """A payment that stands at ours, and must at theirs, alike."""
    where = f"{at[1].name}, payment {name}"
    here = f"{theirs.row['stage']} {theirs.row['money']}" if theirs and theirs.row else "not known"
    proof.check("agree", theirs is not None and theirs.is_standing(), where,
                lambda: f"is approved at {at[0].name} and here {here}")
    if theirs is None or not theirs.is_standing():
        return
    names = ["kind", "posted", "money", "merchant"]
    if ours.row.get("card"):  # a payment code names none: only the issuer knows whose it is
        names.append("card")
    if ours.row["kind"] in ORIGINALS:
        names.append("auth_id")
    if at[1].role == "acquirer":
        names.append("rrn")
    wrong = [n for n in names if ours.row.get(n) != theirs.row.get(n)]
    proof.check("agree", not wrong, where,
                lambda: f"is approved with another {', '.join(wrong)} than at {at[0].name}: "
                + ", ".join(f"{theirs.row.get(n)} instead of {ours.row.get(n)}" for n in wrong))


def check_answer(proof, ours, theirs, name, at):
    """What was decided further on is what is known here."""
    row, their = ours.row, theirs.row
    deciders = ("acquirer", "issuer") if at[0].role == "terminal" else ("issuer",)
    if row["stage"] != "answered" or their["stage"] != "answered" or \
            row.get("decided_by") not in deciders:
        return
    by_persons = "doubt.settled" in (row.get("outcome"), their.get("outcome"))  # no party's code
    proof.check("answers", (by_persons or row.get("code") == their.get("code")) and
                row.get("outcome", "").startswith("approved") ==
                their.get("outcome", "").startswith("approved"),
                f"{at[0].name}, payment {name}",
                lambda: f"the answer is {row.get('code')} {row.get('outcome')} here and "
                f"{their.get('code')} {their.get('outcome')} at {at[1].name}")


class Triple:
    """A payment at all three parties."""

    def __init__(self, name, places):
        self.name = name
        self.at = {role: (party, payment) for role, party, payment in places}

    def payment(self, role):
        return self.at.get(role, (None, None))[1]

    def party(self, role):
        return self.at.get(role, (None, None))[0]

    def is_moving(self):
        return any(p.row is not None and is_open(party, p.row) for party, p in self.at.values())

    def changed(self):
        return max((p.row.get("changed", 0) for _, p in self.at.values() if p.row), default=0)


def triples_of(parties):
    places = collections.defaultdict(list)
    for party in parties:
        for name, payment in party.payments.items():
            if payment.row is not None or payment.legs:
                places[name].append((party.role, party, payment))
    return [Triple(name, found) for name, found in sorted(places.items())]


def check_triple(proof, triple, hosts, begun, known):
    terminal = triple.payment("terminal")
    is_ours = terminal_of(triple.name).split("/")[1] in known
    if is_ours:
        where = f"{next(iter(triple.at.values()))[0].name}, payment {triple.name}"
        proof.check("asked", bool(begun[triple.name]) or terminal is not None, where,
                    "is known here, and its terminal never began it")
    first = terminal if is_ours else triple.payment("acquirer")
    first_at = triple.party("terminal" if is_ours else "acquirer")
    check_words(proof, triple)
    if first is not None and first.row is not None and first.row["kind"] in INQUIRIES:
        proof.check("nothing", not any(p.legs for _, p in triple.at.values()),
                    f"payment {triple.name}", "an inquiry moved money")
        return
    if first is not None and first.is_standing():
        rows = [payment.row for _, payment in triple.at.values() if payment.row]
        issuer = next((row["issuer"] for row in rows if row.get("issuer")), None)
        for role, name in (("acquirer", "acquirer"), ("issuer", issuer)):
            host = triple.party(role) or hosts.get(name)
            if host is not None and host is not first_at:
                check_pair(proof, first, triple.payment(role), triple.name, (first_at, host))
    else:
        check_nothing(proof, triple)


def check_nothing(proof, triple):
    for role in ("acquirer", "issuer"):
        payment = triple.payment(role)
        if payment is None:
            continue
        where = f"{triple.party(role).name}, payment {triple.name}"
        proof.check("nothing", payment.net() == 0 and not payment.is_standing(), where,
                    lambda: f"is {payment.row['money']} here with {money(payment.net())}, and its "
                    "terminal has no such approval")


def check_words(proof, triple):
    issuer = triple.payment("issuer")
    for party, payment in triple.at.values():
        if payment.row is not None and payment.row["money"] == "not_moved":
            proof.check("not_moved", issuer is None or not issuer.legs,
                        f"{party.name}, payment {triple.name}",
                        "says that the money did not move, and the issuer posted it")
    for ours, theirs in (("terminal", "acquirer"), ("acquirer", "issuer")):
        mine, other = triple.payment(ours), triple.payment(theirs)
        if mine is not None and other is not None and mine.row and other.row:
            check_answer(proof, mine, other, triple.name,
                         (triple.party(ours), triple.party(theirs)))


def check_closed(proof, terminals, switch):
    for terminal in terminals:
        for key, row in terminal.tables["batch"].items():
            theirs = switch.tables["batch"].get(key, switch.gone_batches.get(key))
            if row["state"] != "closed" or theirs is None or row.get("is_differing"):
                continue
            alike = all(row.get(n, 0) == theirs.get(n, 0)
                        for n in ("debit", "debit_count", "credit", "credit_count"))
            proof.check("closed", alike and theirs["state"] == "closed",
                        f"{terminal.name}, batch {key}",
                        "is closed here, and open or with other totals at the switch")


def check_settled(proof, switch, issuers):
    expected = collections.Counter()
    for payment in switch.payments.values():
        expected[(payment.row or {}).get("issuer")] += payment.net()
    for issuer in issuers:
        name = issuer.tables["config"].get("", {}).get("id")
        owed = sum(payment.net() for payment in issuer.payments.values())
        proof.check("settled", owed == expected[name], issuer.name,
                    lambda: f"owes the switch {money(owed)}, which expects {money(expected[name])}")


def check_between(proof, parties, moving):
    roles = collections.defaultdict(list)
    for party in parties:
        roles[party.role].append(party)
    begun = check_begun(proof, roles["terminal"])
    if not roles["acquirer"]:
        return
    switch = roles["acquirer"][0]
    hosts = {issuer.tables["config"].get("", {}).get("id"): issuer for issuer in roles["issuer"]}
    hosts["acquirer"] = switch
    known = {key for party in roles["terminal"] for key in party.tables["terminal"]}
    first = min(party.about["at"] for party in parties)
    for triple in triples_of(parties):
        if not (moving and (triple.is_moving() or triple.changed() >= first)):
            check_triple(proof, triple, hosts, begun, known)
    if not moving:
        check_closed(proof, roles["terminal"], switch)
        check_settled(proof, switch, roles["issuer"])
