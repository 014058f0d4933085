"""docs/quantization.md's tutorial: its commands as they stand there, on a small network and small pictures."""

import json
import random
import re
import shlex
import subprocess
import sys
import unittest

from harness import PATIENCE, PRIVQUANT, SOURCE, EndToEndTest, Server
from import_test import network, node
from quantizing import weights, write_colour

INNER_LAYERS = 4
CHANNELS = 8


def red_or_blue():
    """As quantize_test's network, with more inner layers, so that a budget has something to choose."""
    noise = random.Random(5)
    nodes = [node("Conv", ["picture", "w0"], "c0"), node("Relu", ["c0"], "r0")]
    tensors = [weights("w0", CHANNELS, 3, [1, 0, 0, 0, 0, 1] * (CHANNELS // 2))]
    for layer in range(1, INNER_LAYERS + 1):
        nodes += [node("Conv", [f"r{layer - 1}", f"w{layer}"], f"c{layer}"), node("Relu", [f"c{layer}"], f"r{layer}")]
        tensors.append(weights(f"w{layer}", CHANNELS, CHANNELS,
                               [(1 if i == j else 0) + noise.uniform(-0.05, 0.05) for i in range(CHANNELS)
                                for j in range(CHANNELS)]))
    nodes += [node("Conv", [f"r{INNER_LAYERS}", "last"], "planes"), node("GlobalAveragePool", ["planes"], "means"),
              node("Flatten", ["means"], "scores")]
    tensors.append(weights("last", 2, CHANNELS, [1, -1] * (CHANNELS // 2) + [-1, 1] * (CHANNELS // 2)))
    return network(nodes, tensors)


def tutorial_blocks(language):
    text = (SOURCE / "docs" / "quantization.md").read_text()
    [tutorial] = re.findall(r"^## Tutorial.*?(?=^## )", text, re.DOTALL | re.MULTILINE)
    return re.findall(rf"^```{language}\n(.*?)^```$", tutorial, re.DOTALL | re.MULTILINE)


class Tutorial(EndToEndTest):
    def setUp(self):
        super().setUp()
        if "quantize" not in self.run_privquant("--help").stdout:
            self.skipTest("this build has no libtorch")

    def run_command(self, words):
        return subprocess.run([PRIVQUANT, *words], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE, env=self.environment)

    def test_every_command(self):
        (self.folder / "net.onnx").write_bytes(red_or_blue())
        (self.folder / "classes.txt").write_text("cat\ndog\n")
        for part, count in ("train", 20), ("test", 6):
            for level, name in enumerate(["cat", "dog"]):
                folder = self.folder / "pictures" / part / name
                folder.mkdir(parents=True)
                for i in range(count):
                    write_colour(folder / f"{i:04}.png", level, 1000 * level + i)
        server = None
        outputs = {}
        for line in "".join(tutorial_blocks("sh")).splitlines():
            program, command, *words = shlex.split(line)
            self.assertEqual(program, "privquant", line)
            if command == "serve":
                # Any free port in the place of the one that the tutorial names.
                words = ["127.0.0.1:0" if word.startswith("127.") else
                         str(self.folder / word) if word.endswith(".pqm") else word for word in words]
                server = Server(self.folder, *words)
                self.addCleanup(server.close)
                continue
            if command == "infer":
                words = [server.address if word.startswith("127.") else server.pin if word == "FINGERPRINT" else word
                         for word in words]
            with self.subTest(line):
                outputs[line] = self.expect_done(self.run_command([command, *words]))
        self.assertIn("cat", [text for line, text in outputs.items() if " infer " in line][0])
        shown = [re.search(r"[0-9.]+ %", text)[0] for line, text in outputs.items() if " eval " in line]
        self.assertEqual(len(shown), 2)
        self.assertEqual(shown[0], shown[1])
        for name in "report.html", "sweep.html", "sweep-0.37.pqm", "sweep-1.pqm":
            self.assertTrue((self.folder / name).exists(), name)

    def test_an_export_is_imported(self):
        for python in sys.executable, "/usr/bin/python3":
            if subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 0:
                break
        else:
            self.skipTest("no Python here has torch; Debian's is python3-torch")
        [export] = tutorial_blocks("python")
        model = ("import torch\nfrom torch import nn\nmodel = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), "
                 "nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))\n")
        subprocess.run([python, "-c", model + export], cwd=self.folder, check=True, capture_output=True, timeout=PATIENCE)
        self.expect_done(self.run_command(["import", "net.onnx", "-o", "net.pqg"]))
        read = json.loads(self.expect_done(self.run_command(["inspect", "net.pqg", "--json"])))
        self.assertEqual(read["kind"], "imported")


if __name__ == "__main__":
    unittest.main()
