"""Starts servers and clients as processes of their own. $PRIVQUANT is the program under test."""

import json
import os
import pathlib
import queue
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import zlib

PRIVQUANT = os.environ.get("PRIVQUANT", "privquant")
OPENSSL = os.environ.get("OPENSSL", "openssl")
SOURCE = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds; sanitizers are slow, and nothing here waits for it in vain


def write_png(path, height, width, seed):
    """A colour picture of random pixels."""
    noise = random.Random(seed)
    write_png_rows(path, width, [noise.randbytes(3 * width) for _ in range(height)])


def write_png_rows(path, width, rows):
    """A colour picture; each row is `width` times red, green, blue."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) +
                     chunk(b"IEND", b""))


class Server:
    """`privquant serve`, ready when the constructor returns."""

    def __init__(self, folder, *arguments):
        self.log = tempfile.NamedTemporaryFile("w+", dir=folder, prefix="server-", suffix=".log")
        self.process = subprocess.Popen([PRIVQUANT, "serve", *map(str, arguments)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.facts = {}
        self.lines = queue.Queue()
        threading.Thread(target=self.read_lines, daemon=True).start()
        while "contract" not in self.facts:
            line = self.lines.get(timeout=PATIENCE)
            if line is None:
                raise AssertionError(f"the server ended early: {self.stderr()}")
            name, value = line.split(" ", 1)
            self.facts[name] = value.strip()
        self.address = self.facts["listening"]
        self.pin = self.facts.get("fingerprint")

    def read_lines(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    @property
    def port(self):
        return int(self.address.rsplit(":", 1)[1])

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    def wait_for_log(self, part):
        deadline = time.monotonic() + PATIENCE
        while part not in self.stderr():
            if time.monotonic() > deadline:
                raise AssertionError(f"no '{part}' in the server's log: {self.stderr()}")
            time.sleep(0.02)

    def wait(self):
        return self.process.wait(timeout=PATIENCE)

    def stop(self, how=signal.SIGTERM):
        """The exit status; -9 if it was killed."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.wait()

    def close(self):
        self.stop(signal.SIGKILL)
        self.process.stdout.close()
        self.log.close()


class EndToEndTest(unittest.TestCase):
    """A folder with a model, its contract not yet fetched, and two pictures that fit."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="privquant-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.model = cls.make_model("tiny.pqm")
        cls.pictures = [cls.shared / "first.png", cls.shared / "second.png"]
        for seed, picture in enumerate(cls.pictures):
            write_png(picture, 8, 8, seed)

    @classmethod
    def make_model(cls, name, weight_bits=4):
        path = cls.shared / name
        arguments = ["zoo", "tiny", "--weights", weight_bits, "--activations", 4, "-o", path]
        subprocess.run([PRIVQUANT, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
        return path

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))
        self.contract = self.folder / "kept.pqc"
        # Nothing outside the folder is read or written.
        self.environment = dict(os.environ, HOME=str(self.folder), XDG_CACHE_HOME=str(self.folder / "cache"))

    def run_privquant(self, *arguments):
        return subprocess.run([PRIVQUANT, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE, env=self.environment)

    def start_privquant(self, *arguments):
        process = subprocess.Popen([PRIVQUANT, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def serve(self, *options, model=None):
        server = Server(self.folder, "--model", model or self.model, "--listen", "127.0.0.1:0", *options)
        self.addCleanup(server.close)
        return server

    def serve_plain(self, *options, **more):
        return self.serve("--insecure", *options, **more)

    def trust(self, server):
        return ["--pin", server.pin] if server.pin else ["--insecure"]

    def infer(self, server, *options, pictures=None, trust=None):
        return self.run_privquant("infer", "--connect", server.address, *(trust or self.trust(server)),
                                  "--contract", self.contract, *options, *(pictures or self.pictures))

    def infer_json(self, server, *options, **more):
        return json.loads(self.expect_done(self.infer(server, "--json", *options, **more)))

    def expect_done(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def expect_refusal(self, result, status, *parts):
        """One sentence on stderr, that status, and nothing of a crash."""
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        lines = result.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertTrue(lines[0].startswith("privquant: "), result.stderr)
        for part in parts:
            self.assertIn(part, lines[0])

    def expect_served(self, server):
        self.assertEqual(len(self.infer_json(server)["pictures"]), len(self.pictures))
