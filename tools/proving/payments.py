"""What one party has of its payments, accounts, batches and tallies."""

import collections

from proving.model import (ADVICES, COMPLETION_PERCENT, COMPLETIONS, COUNTED_OFF, ORIGINALS, SIGN,
                           TIP_PERCENT, VOIDS, batch_of, is_open, money, sums)
from proving.replay import tally_keys


def check_payments(proof, party):
    for payment in party.payments.values():
        where = f"{party.name}, payment {payment.name}"
        sign = SIGN.get((payment.row or {}).get("kind"), 0)
        forth = [number for number, minor in payment.legs if minor * sign > 0]
        back = [number for number, minor in payment.legs if minor * sign <= 0]
        proof.check("once", len(forth) <= 1, where,
                    lambda: f"was posted {len(forth)} times, in records {forth}")
        proof.check("once", len(back) <= len(forth), where,
                    lambda: f"was returned {len(back)} times (records {back}) and posted "
                    f"{len(forth)} times")
        if payment.row is None:
            continue
        if payment.asked_back > 1:
            proof.check("repeated", payment.net() == 0 and len(back) <= 1, where,
                        lambda: f"was asked for {payment.asked_back} times, returned {len(back)} "
                        f"times, and {money(payment.net())} is left")
        moved = payment.row["money"] == "moved" and party.role != "terminal"
        expected = sign * payment.row.get("posted", 0) if moved else 0
        proof.check("once", payment.net() == expected, where,
                    lambda: f"its entries come to {money(payment.net())} and it is "
                    f"{payment.row['money']}, which should be {money(expected)}")
        if any(row["stage"] == "tombstone" for _, row in payment.versions):
            proof.check("tombstone", not payment.legs and payment.row["stage"] == "tombstone",
                        where, "was reversed before it came, and has entries or came alive")


def check_accounts(proof, party, replay):
    taken, excused = collections.Counter(), collections.Counter()
    for payment in party.payments.values():
        row = payment.row
        if row is None:
            continue
        account = row.get("account", 0)
        if row["money"] == "moved":
            taken[account] += SIGN.get(row["kind"], 0) * row.get("posted", 0)
        # An advice was promised before it came; what a void gave back may be spent when the void
        # is undone, and so may what a hold had kept.
        undone = row["kind"] not in ORIGINALS and row["money"] == "returned"
        promised = row["kind"] in ADVICES and row["money"] == "moved"
        if undone or promised or row["kind"] == "completion":
            excused[account] += row.get("amount", 0)
    for key, row in party.tables["account"].items():
        account = int(key)
        where = f"{party.name}, account {key}"
        spent = replay.entries[account] - replay.funded[account]
        proof.check("taken", spent == taken[account], where,
                    lambda: f"its entries took {money(spent)}, its payments "
                    f"{money(taken[account])}")
        least = -row.get("credit_limit", 0) - excused[account]
        proof.check("overdrawn", row.get("balance", 0) >= least, where,
                    lambda: f"its balance is {money(row.get('balance', 0))}, the least that may be "
                    f"is {money(least)}")


# ---- what follows a payment ----

class Followers:
    def __init__(self):
        self.sum = collections.Counter()
        self.count = collections.Counter()


def followers_of(party):
    found = collections.defaultdict(Followers)
    standing = [p for p in party.payments.values() if p.is_standing()]
    voided = {p.row.get("original") for p in standing if p.row["kind"] in VOIDS}
    for payment in standing:
        row = payment.row
        if "original" not in row:
            continue
        kind = "void" if row["kind"] in VOIDS else row["kind"]
        if kind in COMPLETIONS:
            if payment.name in voided:
                continue
            kind = "completion"
        found[row["original"]].sum[kind] += row.get("posted", 0)
        found[row["original"]].count[kind] += 1
    return found


def percent_of(party, row, name, usual):
    """What the merchant may; what the party says; what is usual."""
    merchant = party.tables["merchant"].get(row.get("merchant", ""), {})
    config = party.tables["config"].get("", {})
    return max(merchant.get(name) or 0, config.get(name) or 0) or usual


def check_follow(proof, party, moving):
    for name, has in followers_of(party).items():
        payment = party.payments.get(name)
        if payment is None or payment.row is None:
            proof.check("follow", party.role == "terminal", f"{party.name}, payment {name}",
                        "is followed, and is not there")
        elif not payment.is_standing() and not (moving and is_open(party, payment.row)):
            proof.check("follow", False, f"{party.name}, payment {name}",
                        f"is followed by {', '.join(has.count)} and does not stand")
    found = followers_of(party)
    for payment in party.payments.values():
        if payment.is_standing() and not (moving and payment.row["follow"].endswith("ing")):
            check_followed(proof, party, payment, found.get(payment.name, Followers()))


def check_followed(proof, party, payment, has):
    row, where = payment.row, f"{party.name}, payment {payment.name}"
    follow = "voided" if has.count["void"] else "completed" if has.count["completion"] else "none"
    proof.check("follow", row["follow"] in (follow, "lapsed"), where,
                lambda: f"says that it is {row['follow']}, its followers that it is {follow}")
    proof.check("follow", row.get("tip", 0) == has.sum["tip-adjust"], where,
                lambda: f"has a tip of {money(row.get('tip', 0))}, not the "
                f"{money(has.sum['tip-adjust'])} that was given")
    stands = row.get("posted", 0) + has.sum["tip-adjust"]
    if row["kind"] == "preauth":
        grown = row.get("amount", 0) + has.sum["increment"]
        proof.check("follow", row.get("posted", 0) == grown, where,
                    lambda: f"holds {money(row.get('posted', 0))}, grown to {money(grown)}")
    if party.role != "terminal":  # a refund at another till changes nothing at this one's
        proof.check("refunds", row.get("returned", 0) == has.sum["refund"], where,
                    lambda: f"says that {money(row.get('returned', 0))} was refunded of it, the "
                    f"refunds come to {money(has.sum['refund'])}")
    proof.check("refunds", has.sum["refund"] <= stands, where,
                lambda: f"{money(has.sum['refund'])} was refunded of {money(stands)}")
    ends = has.count["void"] + has.count["completion"]
    proof.check("capture", ends <= 1, where, lambda: f"ended {ends} times")
    if has.count["void"]:
        proof.check("refunds", has.sum["refund"] == 0 and has.sum["void"] == stands, where,
                    lambda: f"its void gave back {money(has.sum['void'])} of {money(stands)}, "
                    f"refunds {money(has.sum['refund'])}")
    most = percent_of(party, row, "tip_percent", TIP_PERCENT)
    proof.check("capture", has.count["tip-adjust"] <= 1 and
                has.sum["tip-adjust"] * 100 <= row.get("posted", 0) * most, where,
                lambda: f"got a tip of {money(has.sum['tip-adjust'])} on "
                f"{money(row.get('posted', 0))}")
    most = percent_of(party, row, "completion_percent", COMPLETION_PERCENT)
    proof.check("capture", has.sum["completion"] * 100 <= stands * most, where,
                lambda: f"{money(has.sum['completion'])} was taken of a hold of {money(stands)}")


# ---- batches and tallies ----

def batch_sums(party):
    total = collections.defaultdict(collections.Counter)
    for payment in party.payments.values():
        if not payment.is_standing():
            continue
        row = payment.row
        side = {1: "debit", -1: "credit"}.get(SIGN.get(row["kind"], 0))
        if side:
            total[batch_of(payment.name)][side] += row.get("posted", 0)
            total[batch_of(payment.name)][side + "_count"] += row["kind"] != "tip-adjust"
    return total


def check_batches(proof, party, moving):
    total = batch_sums(party)
    batches = {**party.gone_batches, **party.tables["batch"]}
    for key, row in party.gone_batches.items():
        proof.check("batches", row["state"] == "closed", f"{party.name}, batch {key}",
                    "was removed and is not closed")
    for key, row in batches.items():
        if moving and row["state"] != "closed":
            continue
        for name in ("debit", "debit_count", "credit", "credit_count"):
            proof.check("batches", row.get(name, 0) == total[key][name],
                        f"{party.name}, batch {key}",
                        lambda: f"its {name} is {row.get(name, 0)}, its payments come to "
                        f"{total[key][name]}")
        proof.check("batches", row.get("open_count", 0) == 0 or moving,
                    f"{party.name}, batch {key}",
                    lambda: f"{row.get('open_count')} payments of it are not answered")
    for key in total:
        proof.check("batches", key in batches, f"{party.name}, batch {key}",
                    "has payments and no totals")


def check_tallies(proof, switch, replay):
    total = collections.defaultdict(collections.Counter)
    for payment in switch.payments.values():
        row = payment.row
        if row is None or not row.get("counted", 0) or row["counted"] & COUNTED_OFF:
            continue
        posted, amount = row.get("posted", 0), row.get("amount", 0)
        stands = posted if 0 < posted < amount else amount
        date = row.get("business_date", 0)
        for key in tally_keys(payment.name, row):
            for span, when in (("day", date), ("month", date // 100)):
                if row["kind"] == "refund":
                    total[key, when][span + "_refunds"] += 1
                else:
                    total[key, when][span + "_count"] += 1
                    total[key, when][span + "_minor"] += stands
    for key, row in switch.tables["tally"].items():
        if key[0] == "S" or key in replay.skewed:
            continue
        date = row.get("date", 0)
        for span, when in (("day", date), ("month", date // 100)):
            for name in (span + "_count", span + "_minor", span + "_refunds"):
                proof.check("tallies", row.get(name, 0) == total[key, when][name],
                            f"{switch.name}, tally {key}",
                            lambda: f"its {name} is {row.get(name, 0)}, its payments come to "
                            f"{total[key, when][name]}")


def check_days(proof, issuer):
    """Cards that share a masked number and an account cannot be told apart here."""
    used = collections.defaultdict(collections.Counter)
    grown = {name: has.sum["increment"] for name, has in followers_of(issuer).items()}
    for payment in issuer.payments.values():
        row = payment.row
        if row is None or row["kind"] not in ORIGINALS | {"increment"} or \
                row["stage"] != "answered" or row["money"] not in ("moved", "held") and \
                row["follow"] == "none" or not row.get("outcome", "").startswith("approved"):
            continue
        if row["follow"] == "voided":
            continue
        place = row.get("card"), row.get("account", 0), row.get("business_date", 0)
        used[place]["daily_used"] += row.get("posted", 0) - grown.get(payment.name, 0)
        used[place]["daily_count"] += row["kind"] in ORIGINALS
    cards = sums(((row.get("card"), row.get("account", 0)), 1)
                 for row in issuer.tables["card"].values())
    for key, row in issuer.tables["card"].items():
        place = row.get("card"), row.get("account", 0), row.get("daily_date", 0)
        if not row.get("daily_date") or cards[place[:2]] > 1:
            continue
        for name in ("daily_used", "daily_count"):
            proof.check("days", row.get(name, 0) == used[place][name],
                        f"{issuer.name}, card {row.get('card')}",
                        lambda: f"its {name} is {row.get(name, 0)}, its payments of that day come "
                        f"to {used[place][name]}")


def check_funds(proof, switch):
    net = collections.Counter()
    for payment in switch.payments.values():
        row = payment.row
        if row is None or not row.get("nets_funds") or row["money"] != "moved":
            continue
        net[row.get("merchant")] += SIGN.get(row["kind"], 0) * row.get("posted", 0)
    for key, row in switch.tables["funds"].items():
        proof.check("funds", row.get("net", 0) == net[key], f"{switch.name}, merchant {key}",
                    lambda: f"its funds are {money(row.get('net', 0))}, its payments come to "
                    f"{money(net[key])}")
