"""One line a check, and a count at the end."""

import time


class Report:

    def __init__(self):
        self.passed = 0
        self.failed = []
        self._start = time.monotonic()

    def section(self, title):
        print("# %s (after %.0f s)" % (title, time.monotonic()
                                       - self._start), flush=True)

    def check(self, good, text, detail=""):
        """Prints the outcome; "detail" only where it is a failure."""

        if good:
            self.passed += 1
            print("ok     %s" % text, flush=True)

        else:
            self.failed.append(text)
            print("not ok %s" % text, flush=True)

            for line in str(detail).splitlines()[:40]:
                print("       %s" % line, flush=True)

        return good

    def equal(self, found, expected, text):
        return self.check(found == expected, text,
                          "found %r, expected %r" % (found, expected))

    def finish(self):
        """The exit status."""

        for text in self.failed:
            print("failed: %s" % text)

        print("%d passed, %d failed" % (self.passed, len(self.failed)))
        print("# %.0f s" % (time.monotonic() - self._start), flush=True)

        return 1 if self.failed or not self.passed else 0
