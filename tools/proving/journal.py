"""A journal as it is written: numbers, hashes, bytes."""

import base64
import hashlib
import struct

from proving.model import Unreadable

RECORD_HEAD = struct.Struct("<HHIQ32sqIIIBBH28sBB")
POSTING = struct.Struct("<BHQq")


def check_whole(proof, party):
    about = party.about
    proof.check("whole", about["records"] == len(party.journal), party.name,
                lambda: f"{about['records']} records were exported, {len(party.journal)} are there")
    proof.check("whole", about["rows"] == len(party.rows), party.name,
                lambda: f"{about['rows']} rows were exported, {len(party.rows)} are there")


def check_chain(proof, party):
    """Each node that shares the store has a chain of its own."""
    about = party.about
    heads = {head["node"]: head for head in about.get("nodes", [about])}
    chains = {}
    for record in party.journal:
        number, before = chains.get(record["node"], (0, "0" * 64))
        where = party.name if len(heads) == 1 else f"{party.name}, node {record['node']}"
        proof.check("numbered", record["record"] == number + 1, where,
                    lambda: f"record {record['record']} comes after record {number}")
        proof.check("chained", record["previous"] == before, where,
                    lambda: f"record {record['record']} does not carry the hash of the one before")
        chains[record["node"]] = record["record"], record["hash"]
    for node in sorted(set(heads) | set(chains)) if party.journal else ():
        number, before = chains.get(node, (0, "0" * 64))
        head = heads.get(node, {"head": 0, "hash": "0" * 64})
        proof.check("chained", (head["head"], head["hash"]) == (number, before), party.name,
                    lambda: f"the store says that the journal of node {node} ends with record "
                    f"{head['head']}, the last one here is {number}, or has another hash")


def check_bytes(proof, party):
    """Names are compared by their numbers: one number must always have the same name."""
    names = {}
    for record in party.journal:
        if "bytes" not in record:
            continue
        data = base64.b64decode(record["bytes"])
        is_whole = hashlib.sha256(data).hexdigest().upper() == record["hash"]
        proof.check("digest", is_whole, party.name,
                    lambda: f"record {record['record']} has been changed: its hash is not that of "
                    "its bytes")
        if not is_whole:
            continue
        said, stored = said_of(record), stored_of(data)
        proof.check("bytes", said[:-1] == stored[:-1] and
                    is_named(names, stored[-1], said[-1]), party.name,
                    lambda: f"record {record['record']} does not say what its bytes say")


def is_named(names, numbers, words):
    good = len(numbers) == len(words)
    for number, word in zip(numbers, words):
        good = good and names.setdefault(("to", number), word) == word
        good = good and names.setdefault(("from", number[0], word), number) == number
    return good


def said_of(record):
    postings = [(p["currency"], int(p["account"]), p["minor"]) for p in record["postings"]]
    words = [record["what"], record.get("money"), record.get("outcome")] \
        if "payment" in record else [record["what"], None, None]
    removed = [bool(change.get("removed")) for change in record["changes"]]
    identity = record.get("payment")
    words += [posting["kind"] for posting in record["postings"]]
    words += [change["table"] for change in record["changes"]]
    return (record["record"], record["node"], record["epoch"], record["previous"], record["at"],
            record["business_date"], identity, postings, removed, words)


def stored_of(data):
    try:
        return decode(data)
    except struct.error as wrong:
        raise Unreadable(f"a record of {len(data)} bytes: {wrong}") from wrong


def decode(data):
    (version, node, epoch, number, previous, at, date, _, _, what, money_is, outcome, identity,
     posting_count, change_count) = RECORD_HEAD.unpack_from(data)
    place, postings, kinds = RECORD_HEAD.size, [], []
    for _ in range(posting_count):
        kind, currency, account, minor = POSTING.unpack_from(data, place)
        postings.append((currency, account, minor))
        kinds.append(("kind", kind))
        place += POSTING.size
    removed, tables = [], []
    for _ in range(change_count):
        table, key_len, value_len = struct.unpack_from("<BBH", data, place)
        removed.append(value_len == 0xFFFF)
        tables.append(("table", table))
        place += 4 + key_len + (0 if value_len == 0xFFFF else value_len)
    name = identity_of(identity)
    words = [("what", what), ("money", money_is if name else "-"),
             ("outcome", outcome if name else "-")] + kinds + tables
    if place != len(data) or version != 1:
        raise Unreadable(f"record {number}: {len(data)} bytes, version {version}")
    return (number, node, epoch, previous.hex().upper(), at, date, name, postings, removed, words)


def text_of(padded):
    """What a line has spoiled need not be UTF-8: the export then escapes each high byte."""
    text = padded.split(b"\0")[0].rstrip(b" ")
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def identity_of(key):
    """Acquirer 11, terminal 8, batch, trace, class: big-endian, so that keys sort."""
    acquirer, terminal = text_of(key[:11]), text_of(key[11:19])
    batch, trace = struct.unpack(">II", key[19:27])
    return f"{acquirer}/{terminal}/{batch:06}/{trace:06}" if trace else None
