"""The client and the origin of bench/scale, by real sockets."""

import http.client
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from purgecheck.processes import Process, free_port
from scaling.node import compiled


@unittest.skipUnless(shutil.which("cc"), "there is no C compiler")
class OriginTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="lacquer-scaling-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def origin(self, *more):
        port = free_port()
        process = Process([compiled("origin", self.folder), str(port), *map(str, more)], self.folder / "origin.log")
        self.addCleanup(process.kill)
        end = time.monotonic() + 10
        while True:
            try:
                self.ask(port, "/asked")
                return port
            except OSError:
                self.assertLess(time.monotonic(), end, process.said())

    def ask(self, port, path):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            line.request("GET", path)
            answer = line.getresponse()
            return answer.getheader("Cache-Control"), answer.read()
        finally:
            line.close()

    def client(self, *arguments, said=""):
        done = subprocess.run([compiled("client", self.folder), *map(str, arguments)], input=said, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_what_is_kept_is_answered_as_what_is_not(self):
        plain, keeping = self.origin(), self.origin(3)
        for _ in range(2):
            for number in range(6):  # more than it keeps
                path = "/c/%d/%d" % (1000 + number, number)
                self.assertEqual(self.ask(plain, path), self.ask(keeping, path))
            self.assertEqual(self.ask(plain, "/n/10/1"), self.ask(keeping, "/n/10/1"))
        self.assertEqual(self.ask(keeping, "/asked")[1], b"14")

    def test_all_connections_take_their_turn(self):
        port = self.origin()
        lines = self.client("over", port, "/c/100/", 2, 300, 100, 3000, said="go\n").splitlines()
        self.assertEqual(lines[0], "open")
        found = json.loads(lines[1])
        self.assertEqual((found["answers"], found["wrong"]), (300, 0))
        self.assertEqual(self.ask(port, "/asked")[1], b"400")

    def test_each_url_of_a_row_is_asked_for_once(self):
        port = self.origin(50)
        self.assertEqual(json.loads(self.client("ask", port, "/c/100/", 10, 50, 4, 0))["answers"], 50)
        self.assertEqual(json.loads(self.client("ask", port, "/c/100/", 10, 50, 4, 0, "example.com"))["answers"], 50)


if __name__ == "__main__":
    unittest.main()
