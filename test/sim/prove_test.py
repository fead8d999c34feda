"""The independent checker: what simulated parties have stored passes it, and it notices each fault
of a list that is planted into the same export: a record dropped, an entry doubled, an amount or a
state changed, and so on, each at several places.

    PROVE_PLACES=20 python3 test/sim/prove_test.py     more places for each fault (1)
    PROVE_SEEDS=300 python3 test/sim/prove_test.py     more seeds (16)
"""

import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from planted import FAULTS, PROVE, Sheet, World, prove  # noqa: E402

ACQUIT = os.environ.get("ACQUIT", "build/acquit")
SEEDS = int(os.environ.get("PROVE_SEEDS", "16"))
PLACES = int(os.environ.get("PROVE_PLACES", "1"))


class Prove(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="acquit-prove-")
        done = subprocess.run([ACQUIT, "sim", "--seeds", str(SEEDS), "--payments", "150",
                               "--export", cls.folder],
                              capture_output=True, text=True, check=False)
        cls.said = done.stdout + done.stderr
        cls.code = done.returncode
        cls.pristine = []  # to look at
        cls.worlds = []    # to be changed: copies are made of these
        for seed in sorted(os.listdir(cls.folder), key=int):
            sheets = [Sheet(party) for party in prove.load(os.path.join(cls.folder, seed))]
            cls.pristine.append(World(sheets))
            cls.worlds.append(pickle.dumps(sheets))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_what_the_simulator_leaves_is_proved(self):
        self.assertEqual(self.code, 0, self.said)
        self.assertEqual(len(self.worlds), SEEDS)
        total = {name: 0 for name in prove.CHECKS}
        for seed, world in enumerate(self.pristine, 1):
            proof = world.judge()
            self.assertEqual(proof.violations, [], f"seed {seed}")
            for name, count in proof.counts.items():
                total[name] += count
        # Limits and merchants' funds are off in these worlds; test/system/export_test.py has them.
        unseen = [name for name, count in total.items() if count == 0]
        self.assertEqual([name for name in unseen if name not in ("tallies", "funds")], [])

    def test_the_command_says_what_is_wrong(self):
        folder = os.path.join(self.folder, "1")
        done = subprocess.run([sys.executable, PROVE, folder], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("all proved", done.stdout)
        with open(os.path.join(folder, "acquirer.journal.jsonl"), "r+", encoding="utf-8") as file:
            lines = file.readlines()
            file.seek(0)
            file.truncate()
            file.writelines(lines[:5] + lines[6:])
        done = subprocess.run([sys.executable, PROVE, folder], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("acquirer: record 7 comes after record 5", done.stdout)
        os.remove(os.path.join(folder, "acquirer.journal.jsonl"))
        done = subprocess.run([sys.executable, PROVE, folder], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)

    def places_of(self, name):
        """(world, place) of a fault, a few drawn from all worlds."""
        function, _ = FAULTS[name]
        places = []
        for number, world in enumerate(self.pristine):
            count = sum(1 for _ in function(world))
            places += [(number, place) for place in range(count)]
        random.Random(name).shuffle(places)
        return places[:PLACES]

    def plant(self, name, number, place):
        function, noticed_by = FAULTS[name]
        world = World(pickle.loads(self.worlds[number]))
        do = list(function(world))[place]
        if do() is not False:
            for sheet in world.sheets:
                sheet.seal()
        found = {violation[0] for violation in world.judge().violations}
        self.assertTrue(found & set(noticed_by),
                        f"{name} in seed {number + 1} at place {place}: noticed by {found}, not by "
                        f"one of {noticed_by}")

    def test_each_planted_fault_is_noticed(self):
        planted = 0
        for name in FAULTS:
            with self.subTest(fault=name):
                places = self.places_of(name)
                if name != "change_a_tally":
                    self.assertTrue(places, f"{name}: no place for it in {SEEDS} seeds")
                for number, place in places:
                    self.plant(name, number, place)
                    planted += 1
        print(f"# checker: {len(FAULTS)} kinds of planted faults, {planted} places, all noticed")


if __name__ == "__main__":
    tap.main()
