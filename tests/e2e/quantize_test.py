"""From an ONNX file to a private model that is served: what docs/quantization.md tells."""

import json
import random
import shutil
import signal
import time
import unittest

from harness import PATIENCE, EndToEndTest, write_png_rows
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


class Quantize(EndToEndTest):
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

    def test_makes_a_model_whose_private_accuracy_is_the_reported_one(self):
        report = json.loads(self.expect_done(self.quantize("--budget", 0.6, "--epochs", 2, "--json")))
        [made] = report["networks"]
        self.assertEqual(report["real_accuracy"], 1)
        self.assertEqual(report["test_pictures"], 12)
        self.assertEqual([layer["weight_bits"] for layer in made["layers"]][::2], [8, 8])
        for options in [], ["--private"]:
            measured = json.loads(self.expect_done(self.run_privquant(
                "eval", self.output, "--data", self.folder / "test", "--json", *options)))
            self.assertEqual(measured["accuracy"], made["accuracy"])
        cost = json.loads(self.expect_done(self.run_privquant("cost", self.output, "--ot", "iknp", "--json")))
        self.assertAlmostEqual(cost["bytes"], made["bytes"], delta=2)

    def test_prints_a_table(self):
        page = self.folder / "report.html"
        text = self.expect_done(self.quantize("--uniform", "w3a4", "--epochs", 0, "--report", page))
        for part in "c2", "in real numbers 100.00 %", "w3a4":
            self.assertIn(part, text)
        html = page.read_text()
        # Errors against bytes, bits by layer, and of three layers the histograms of weights and of what they read.
        self.assertEqual(html.count("<svg"), 2 + 3 * 2)
        self.assertEqual(html.count("<title>"), html.count("</title>"))
        self.assertIn("<figcaption>c1, weights: s8, ", html)
        self.assertIn("<figcaption>c2, input: u4, ", html)
        self.assertNotIn("nan", html)
        self.assertNotIn("<script", html)
        self.assertTrue(html.endswith("</html>\n"))

    def test_an_interrupt_leaves_a_checkpoint_and_no_model(self):
        process = self.quantize("--budget", 0.6, "--epochs", 1000, run=self.start_privquant)
        checkpoint = self.folder / "net.pqm.checkpoint"
        deadline = time.monotonic() + PATIENCE
        while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 130, messages)
        self.assertIn("--resume", messages)
        self.assertTrue(checkpoint.exists())
        self.assertFalse(self.output.exists())

    def test_wrong_use(self):
        self.expect_refusal(self.quantize(), 2, "budget")
        self.expect_refusal(self.quantize("--max-bytes", "10kB"), 2, "MB")
        self.expect_refusal(self.quantize("--max-bytes", "much"), 2, "much")
        self.expect_refusal(self.quantize("--uniform", "w9a4"), 2, "w9a4")
        for idle in (["--uniform", "w4a4", "--search", "order"], ["--uniform", "w4a4", "--narrow-accumulators", 1],
                     ["--uniform", "w4a4", "--network", "lan"], ["--uniform", "w4a4", "--epochs", 0, "--learning-rate", 0.01]):
            self.expect_refusal(self.quantize(*idle), 2, idle[-2], "no effect")
        self.expect_refusal(self.quantize("--budget", 0.5, "--weights", "1..20"), 2, "1..20")
        self.expect_refusal(self.run_privquant("quantize", self.network, "--train", self.folder / "train", "--uniform", "w4a4",
                                                "-o", self.folder / "no" / "net.pqm"), 1)
        self.expect_refusal(self.quantize("--uniform", "w4a4", "--report", self.folder / "no" / "page.html"), 1, "no folder")
        imported = self.folder / "net.pqg"
        self.expect_done(self.run_privquant("import", self.network, "-o", imported))
        self.network = imported
        self.expect_refusal(self.quantize("--uniform", "w4a4"), 2, "net.pqg", "--mean")
        self.assertFalse(self.output.exists())

    def listed(self, labels, side=4):
        """A folder with labels.tsv and a picture for each label, red where it is 0."""
        folder = self.folder / "listed"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for i, label in enumerate(labels):
            write_colour(folder / f"{i}.png", 0 if label == 0 else 1, i, side)
        (folder / "labels.tsv").write_text("file\tclass_index\n" + "".join(f"{i}.png\t{label}\n" for i, label in enumerate(labels)))
        return folder

    def quantize_listed(self, *arguments, **options):
        return self.run_privquant("quantize", self.network, "--train", self.listed(*arguments, **options), "--uniform", "w8a8",
                                  "--epochs", 0, "--threads", 1, "--json", "-o", self.output)

    def test_larger_pictures_from_a_list_of_labels(self):
        made = json.loads(self.expect_done(self.quantize_listed([0, 1] * 8, side=11)))
        self.assertIsNone(made["real_accuracy"])
        self.assertIsNone(made["networks"][0]["accuracy"])
        measured = json.loads(self.expect_done(self.run_privquant("eval", self.output, "--data", self.folder / "listed",
                                                                  "--json")))
        self.assertEqual(measured["correct"], 16)
        self.expect_refusal(self.run_privquant("eval", self.output, "--data", self.listed([0, 7])), 1, "class 7", "0 to 1")

    def test_pictures_that_do_not_fit(self):
        self.expect_refusal(self.quantize_listed([0, 1, 2]), 1, "2.png", "0 to 1")
        self.expect_refusal(self.quantize_listed([0, -1]), 1, "labels.tsv", "line 3")
        self.expect_refusal(self.quantize_listed([]), 1, "labels.tsv")
        self.expect_refusal(self.quantize_listed([0, 1], side=3), 2, "0.png", "4 by 4")
        (self.folder / "listed" / "0.png").unlink()
        self.expect_refusal(self.run_privquant("quantize", self.network, "--train", self.folder / "listed", "--uniform", "w4a4",
                                               "-o", self.output), 1, "0.png")
        (self.folder / "empty").mkdir()
        self.expect_refusal(self.run_privquant("quantize", self.network, "--train", self.folder / "empty", "--uniform", "w4a4",
                                               "-o", self.output), 1, "no pictures")
        self.assertFalse(self.output.exists())


    def test_trains_an_architecture_from_nothing(self):
        def train(network, *arguments):
            return self.run_privquant("train", network, "--train", self.folder / "train", "--test", self.folder / "test",
                                      "--epochs", 8, "--shift", 0, "--threads", 1, "-o", self.folder / "own.pqg", "--json",
                                      *arguments)

        report = json.loads(self.expect_done(train(self.network, "--mean", "0.5", "--std", "0.25")))
        self.assertEqual(report["epochs"], 8)
        self.assertGreater(report["accuracy"], 0.9)
        own = self.folder / "own.pqg"
        self.network = own
        read = json.loads(self.expect_done(self.run_privquant("inspect", own, "--json")))
        self.assertEqual(read["kind"], "imported")
        self.expect_done(train(own, "--mean", "0.5", "--std", "0.25"))  # only its architecture is taken
        self.expect_refusal(train(own, "--mean", "0.5", "--std", "0"), 1, "deviation")
        self.expect_refusal(train("zoo:none"), 2, "none")

    def test_compares_predicted_with_measured_sensitivity(self):
        page = self.folder / "sensitivity.html"
        found = json.loads(self.expect_done(self.run_privquant(
            "sensitivity", self.network, "--train", self.folder / "train", "--test", self.folder / "test", "--least-bits", 6,
            "--report", page, "--json")))
        self.assertEqual([(row["layer"], row["tensor"], row["bits"]) for row in found["rows"]],
                         [("c2", "weights", 6), ("c2", "weights", 7), ("c2", "input", 6), ("c2", "input", 7)])
        self.assertIn("<svg", page.read_text())


if __name__ == "__main__":
    unittest.main()
