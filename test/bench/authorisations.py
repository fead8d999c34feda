#!/usr/bin/env python3
"""End to end: what an authorisation costs, beside what the machine gives for its parts.

    authorisations.py --acquit PROGRAM --limits PROGRAM --sync-count LIBRARY [--quick] [--million]

Prints JSON lines for tools/bench. `acquit up` (switch, two issuers; SQLite, synchronous FULL) and
`acquit load` (stripe sales with PIN, TDES MACs on every leg) run as two processes; each figure is
the median of interleaved rounds. Limits come from test/bench/limits.c, in the same run: a round
trip through a bare epoll server, and records in groups as large as ours, bare to an fdatasync or as
SQLite rows. One authorisation makes three records in three commits, one after the other.

--quick shows that all of it still runs. --million also compares 10 thousand with a million cards,
whose world takes a minute or two to make. All processes are ended by their numbers.
"""

import argparse
import json
import os
import pathlib
import resource
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RECORDS = 3  # for each authorisation: sent and answered at the switch, decided at the issuer
TICKS = os.sysconf("SC_CLK_TCK")
# 0820/301 of terminal T1, framed: answered without a record.
ECHO = bytes.fromhex("00386000030000603100000000" "08200020000000c00010" "000001"
                     "5431202020202020" "4d312020202020202020202020202020" "0011000000013010")


def tell(name, value, unit, limit=None):
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit,
                      "limit": None if limit is None else round(limit, 3),
                      "ratio": None if not limit else round(value / limit, 4)}), flush=True)


def note(text):
    print(f"authorisations: {text}", file=sys.stderr)


# ---- a world ----

def make_world(shop, options, load, edit=None):
    """A running world whose syncs are counted, and the number of its process."""
    world = shop.Shop(load=load, edit=edit)
    world.sync_path = os.path.join(world.folder, "syncs")
    world.environment["SYNC_COUNT"] = world.sync_path
    world.environment["LD_PRELOAD"] = options.sync_count
    try:
        world.up()
    except BaseException:
        world.close()
        raise
    del world.environment["LD_PRELOAD"]
    world.pid = world.processes["up"].pid
    return world


def used(world):
    """Processor seconds, bytes written and syncs of the world's process so far."""
    fields = pathlib.Path(f"/proc/{world.pid}/stat").read_text().rsplit(")", 1)[1].split()
    io = dict(line.split(": ") for line in
              pathlib.Path(f"/proc/{world.pid}/io").read_text().splitlines())
    syncs = struct.unpack("Q", pathlib.Path(world.sync_path).read_bytes())[0]
    return (int(fields[11]) + int(fields[12])) / TICKS, int(io["write_bytes"]), syncs


def sell(world, terminals, seconds, *more):
    """One round: what acquit load says, and what each payment cost the parties."""
    before = used(world)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = world.command("load", "--data", world.data, "--terminals", str(terminals), "--seconds",
                         str(seconds), "--json", *more, timeout=seconds + 120)
    if done.returncode != 0:
        raise SystemExit(f"authorisations: load failed: {done.text}{done.error}")
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    after = used(world)
    figures = json.loads(done.text.splitlines()[0])
    payments = max(sum(figures["outcomes"].values()), 1)
    figures["cpu_us"] = (after[0] - before[0]) * 1e6 / payments
    figures["load_cpu_us"] = (spent.ru_utime + spent.ru_stime - children.ru_utime -
                              children.ru_stime) * 1e6 / payments
    figures["bytes"] = (after[1] - before[1]) / payments
    figures["syncs"] = (after[2] - before[2]) / payments
    return figures


def median(rounds, key):
    return statistics.median(figures[key] for figures in rounds)


def limit(options, *arguments):
    seconds = "0.2" if options.quick else "1"
    out = subprocess.run([options.limits, *map(str, arguments), seconds], check=True,
                         stdout=subprocess.PIPE, encoding="utf-8", timeout=60)
    return float(out.stdout)


# ---- throughput, latency, cost ----

def tell_rates(options, terminals, rounds, folder):
    rate = median(rounds, "per_second")
    syncs = median(rounds, "syncs")
    group = max(1, round(RECORDS / syncs)) if syncs > 0 else 1
    group = min(group, 80)
    name = f"sales, {terminals} terminals"
    tell(f"{name}, beside bare echo", rate, "1/s", limit(options, "echo", terminals))
    tell(f"{name}, records beside bare syncs", RECORDS * rate, "1/s",
         limit(options, "sync", folder, group))
    tell(f"{name}, records beside SQLite rows", RECORDS * rate, "1/s",
         limit(options, "sqlite", folder, group))
    tell(f"{name}, latency p50", median(rounds, "p50_ms"), "ms")
    tell(f"{name}, latency p99", median(rounds, "p99_ms"), "ms")
    tell(f"{name}, cpu of the parties", median(rounds, "cpu_us"), "us")
    tell(f"{name}, cpu of the load", median(rounds, "load_cpu_us"), "us")
    tell(f"{name}, syncs for each", syncs, "fsync")
    tell(f"{name}, written for each", median(rounds, "bytes"), "bytes")


def measure_rates(shop, options):
    counts = (1, 8) if options.quick else (1, 64, 1000)
    rounds = {count: [] for count in counts}
    world = make_world(shop, options, "{terminals: 1000, cards: 2000}")
    try:
        for _ in range(1 if options.quick else 3):
            for count in counts:
                rounds[count].append(sell(world, count, 1 if options.quick else 3))
        for count in counts:
            tell_rates(options, count, rounds[count], world.folder)
    finally:
        world.close()


# ---- rules of limits and risk ----

def fifty_rules():
    """Every kind of check but those that would refuse: all six tallies, the black list, scores."""
    rules = []
    for per in ("card", "card-at-merchant", "terminal", "merchant", "category", "bin"):
        for each in ("day", "month"):
            rules.append(f'check: sum-most, per: {per}, each: {each}, amount: "900000000.00"')
            rules.append(f"check: count-most, per: {per}, each: {each}, count: 1000000")
    for per in ("card", "terminal", "merchant", "bin"):
        rules.append(f"check: refusals, per: {per}, count: 16, minutes: 60, score: 1")
    for limit in (100, 500, 1000, 5000):
        rules.append(f'check: just-under, amount: "{limit}.00", percent: 5, score: 1')
    rules += ['check: amount-least, amount: "0.01"', 'check: amount-most, amount: "900000000.00"',
              "check: apart, minutes: 30, category: 7011", "check: travel, km_h: 900, near_km: 50",
              "check: wrong-pins, count: 1000000", "check: listed",
              "check: licence, category: 5122", "check: software-least, version: 1",
              'check: maintenance, issuer: "20000003", from: "02:00", until: "04:00"']
    while len(rules) < 50:
        rules.append(f"check: barred, bin: {630000 + len(rules)}")
    return "rules:\n" + "".join(f"- {{name: rule-{n}, {rule}}}\n" for n, rule in enumerate(rules))


def load_rules(world, name, text):
    path = os.path.join(world.folder, name)
    pathlib.Path(path).write_text(text)
    done = world.command("rules", "load", "--data", world.data, path, timeout=60)
    if done.returncode != 0:
        raise SystemExit(f"authorisations: rules: {done.text}{done.error}")


def measure_rules(shop, options):
    """The same sales with no rules and with fifty, in turns, so that both meet the same machine."""
    cases = {"none.yaml": "rules: []\n", "fifty.yaml": fifty_rules()}
    rounds = {name: [] for name in cases}
    world = make_world(shop, options, "{terminals: 64, cards: 2000}")
    try:
        for _ in range(1 if options.quick else 5):
            for name, text in cases.items():
                load_rules(world, name, text)
                rounds[name].append(sell(world, 64, 1 if options.quick else 3))
    finally:
        world.close()
    none, fifty = (rounds[name] for name in cases)
    tell("sales, 64 terminals, beside none: 50 rules", median(fifty, "per_second"), "1/s",
         median(none, "per_second"))
    tell("cpu of the parties, beside none: 50 rules", median(fifty, "cpu_us"), "us",
         median(none, "cpu_us"))


# ---- idle connections ----

def anonymous_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
    return 0


def connect_one(port, context):
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    if context is not None:
        connection = context.wrap_socket(connection)
    connection.sendall(ECHO)
    if not connection.recv(512):
        raise SystemExit("authorisations: the switch closed an idle connection")
    return connection


def measure_idle(shop, options, count, tls=None):
    """Memory of the switch's process for a connection that has had one echo answered."""
    world = make_world(shop, options, "{terminals: 1, cards: 2}",
                       None if tls is None else lambda text: text + tls[0])
    context = None if tls is None else tls[1]
    connections = []
    try:
        port = world.ports["acquirer"]
        connections = [connect_one(port, context) for _ in range(16)]
        before = anonymous_bytes(world.pid)
        connections += [connect_one(port, context) for _ in range(count)]
        time.sleep(1)
        after = anonymous_bytes(world.pid)
    finally:
        for connection in connections:
            connection.close()
        world.close()
    kind = "plain" if tls is None else "TLS"
    tell(f"idle connection, {count} {kind}", (after - before) / count, "bytes",
         2048 if tls is None else 20480)


def make_tls(folder):
    """What the configuration needs for TLS to terminals, and a client's context; None without the
    openssl program."""
    import ssl
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out",
               certificate]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    lines = (f'\nterminal_tls: {{certificate: "{certificate}", key: "{key}", '
             f'authority: "{certificate}"}}\n')
    return lines, context


def measure_all_idle(shop, options):
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = 200 if options.quick else min(10000, files[1] - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files[1], files[1]))
    measure_idle(shop, options, count)
    with tempfile.TemporaryDirectory(prefix="acquit-bench-") as folder:
        tls = make_tls(folder)
        if tls is None:
            note("no TLS connections: the openssl program is missing")
        else:
            measure_idle(shop, options, min(count, 1000), tls)


# ---- start ----

def measure_start(options):
    """From exec to the end of `acquit --help`, of the program without its symbols."""
    with tempfile.TemporaryDirectory(prefix="acquit-bench-") as folder:
        stripped = os.path.join(folder, "acquit")
        subprocess.run(["strip", "-o", stripped, options.acquit], check=True)
        times = []
        for _ in range(3 if options.quick else 15):
            start = time.perf_counter()
            subprocess.run([stripped, "--help"], stdout=subprocess.DEVNULL, check=True)
            times.append((time.perf_counter() - start) * 1e3)
        tell("start of the stripped program", statistics.median(times), "ms", 50)
        tell("size of the stripped program", os.path.getsize(stripped), "bytes")


# ---- many cards ----

def measure_cards(shop, options, cards):
    """Keyed sales over all cards, so that no chip or stripe need be made for each."""
    world = make_world(shop, options, f"{{terminals: 64, cards: {2 * cards}}}")
    try:
        rounds = [sell(world, 64, 3, "--entry", "keyed", "--cards", str(cards)) for _ in range(3)]
    finally:
        world.close()
    return median(rounds, "cpu_us")


def measure_million(shop, options):
    few = measure_cards(shop, options, 10000)
    many = measure_cards(shop, options, 1000000)
    tell("cpu of the parties, 10,000 cards", few, "us")
    tell("cpu of the parties, 1,000,000 cards", many, "us", few)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--acquit", required=True, help="the program")
    parser.add_argument("--limits", required=True, help="test/bench/limits.c, built")
    parser.add_argument("--sync-count", required=True, help="test/bench/sync_count.c, built")
    parser.add_argument("--quick", action="store_true", help="only show that it runs")
    parser.add_argument("--million", action="store_true", help="compare a million cards, too")
    options = parser.parse_args()

    os.environ["ACQUIT"] = options.acquit
    sys.path.insert(0, str(HERE.parent / "lib"))
    import shop
    shop.START_WAIT_S = 300
    shop.PATIENT = {}
    measure_start(options)
    measure_rates(shop, options)
    measure_rules(shop, options)
    measure_all_idle(shop, options)
    if options.million:
        measure_million(shop, options)
    else:
        note("10 thousand beside a million cards: with --million")
    return 0


if __name__ == "__main__":
    sys.exit(main())
