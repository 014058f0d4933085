"""What tests of quantising share: a network that tells red from blue, and pictures of both."""

import random

from harness import EndToEndTest, write_png_rows
from import_test import network, node, tensor


def write_colour(path, level, seed, side=4):
    """side × side pixels, red if `level` is 0, blue if 1, with some noise."""
    noise = random.Random(seed)
    colour = (200, 40, 30) if level == 0 else (30, 40, 200)
    write_png_rows(path, side, [bytes(max(0, channel + noise.randint(-25, 25)) for channel in colour * side)
                                for _ in range(side)])


def weights(name, outputs, inputs, values):
    return tensor(name, (outputs, inputs, 1, 1), values)


RED_OR_BLUE = network(
    [node("Conv", ["picture", "w1"], "c1"), node("Relu", ["c1"], "r1"), node("Conv", ["r1", "w2"], "c2"),
     node("Relu", ["c2"], "r2"), node("Conv", ["r2", "w3"], "c3"), node("GlobalAveragePool", ["c3"], "means"),
     node("Flatten", ["means"], "scores")],
    [weights("w1", 4, 3, [1, 0, 0, 0, 0, 1, 0.5, -0.25, -0.25, -0.25, -0.25, 0.5]),
     weights("w2", 4, 4, [1, 0, 0.25, 0, 0, 1, 0, 0.25, 0.5, 0, 0.5, 0, 0, 0.5, 0, 0.5]),
     weights("w3", 2, 4, [1, -1, 0.5, -0.5, -1, 1, -0.5, 0.5])])


class QuantizingTest(EndToEndTest):
    """Training and test pictures in folders by class, the network as ONNX."""

    def setUp(self):
        super().setUp()
        if "quantize" not in self.run_privquant("--help").stdout:
            self.skipTest("this build has no libtorch")
        self.network = self.folder / "net.onnx"
        self.network.write_bytes(RED_OR_BLUE)
        for part, count in ("train", 20), ("test", 6):
            for level, name in enumerate(["0_red", "1_blue"]):
                (self.folder / part / name).mkdir(parents=True)
                for i in range(count):
                    write_colour(self.folder / part / name / f"{i:02}.png", level, 1000 * level + i)
        self.output = self.folder / "net.pqm"

    def quantize(self, *arguments, run=None):
        shift = [] if ("--epochs", 0) in zip(arguments, arguments[1:]) else ["--shift", 0]
        return (run or self.run_privquant)(
            "quantize", self.network, "--train", self.folder / "train", "--test", self.folder / "test", "--mean", "0,0,0",
            "--std", "1,1,1", *shift, "--threads", 1, "-o", self.output, *arguments)
