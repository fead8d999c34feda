"""Runs unittest classes and speaks TAP, so that tools/test counts each of their tests."""

import sys
import unittest


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.count = 0
        self.parts = []

    def _say(self, verdict, test, why=None):
        self.count += 1
        print(f"{verdict} {self.count} - {test.id().split('.', 1)[1]}", flush=True)
        for line in (why or "").splitlines():
            print(f"# {line}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._say("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._say("not ok", test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._say("not ok", test, self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        """A test whose parts failed is told once, when it ends."""
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.parts = self.parts + [f"{subtest.id()}: {self._exc_info_to_string(err, test)}"]

    def stopTest(self, test):
        if self.parts:
            self._say("not ok", test, "\n".join(self.parts))
        self.parts = []
        super().stopTest(test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.count += 1
        print(f"ok {self.count} - {test.id()} # SKIP {reason}", flush=True)


def main():
    """All tests of the calling program; names on its command line choose some."""
    loader = unittest.TestLoader()
    module = sys.modules["__main__"]
    names = sys.argv[1:]
    suite = loader.loadTestsFromNames(names, module) if names else \
        loader.loadTestsFromModule(module)
    print(f"1..{suite.countTestCases()}", flush=True)
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
