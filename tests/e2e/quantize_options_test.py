"""What each option of `privquant quantize` does, by command line."""

import json
import re
import shutil
import signal
import struct
import time
import unittest

from harness import PATIENCE
from import_test import network, node
from quantizing import RED_OR_BLUE, QuantizingTest, weights, write_colour
from tutorial_test import red_or_blue


def write_idx(folder, part, count, brightest):
    """Grey pictures of 4 × 4 pixels, the upper half bright in class 0, the lower in class 1."""
    pixels = b"".join(bytes([brightest * (1 + i % 5) // 5 if (row < 2) == (i % 2 == 0) else 0 for row in range(4) for _ in range(4)])
                      for i in range(count))
    (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, count, 4, 4) + pixels)
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, count) + bytes(i % 2 for i in range(count)))


class QuantizeOptions(QuantizingTest):
    def report(self, *arguments):
        return json.loads(self.expect_done(self.quantize(*arguments, "--json")))

    def widths(self, made):
        return [(layer["weight_bits"], layer["input_bits"]) for layer in made["layers"]]

    def exponents(self):
        read = json.loads(self.expect_done(self.run_privquant("inspect", self.output, "--json")))
        return [layer[kind]["exponent"] for layer in read["layers"] for kind in ("type", "weight_type") if layer.get(kind)]

    def test_interrupted_and_resumed_gives_the_same_bytes(self):
        arguments = ["--budget", 0.6, "--epochs", 300]
        self.expect_done(self.quantize(*arguments))
        whole = self.output.read_bytes()
        self.output.unlink()
        process = self.quantize(*arguments, run=self.start_privquant)
        checkpoint = self.folder / "net.pqm.checkpoint"
        deadline = time.monotonic() + PATIENCE
        while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 130, messages)
        self.assertIn("with --resume goes on", messages)
        self.assertFalse(self.output.exists())
        resumed = self.quantize(*arguments, "--resume")
        self.expect_done(resumed)
        self.assertNotIn("note:", resumed.stderr)
        self.assertEqual(self.output.read_bytes(), whole)
        self.assertFalse(checkpoint.exists())

    def test_resume_without_a_checkpoint_says_so(self):
        result = self.quantize("--uniform", "w4a4", "--epochs", 0, "--resume")
        self.expect_done(result)
        self.assertIn("note: there is no checkpoint", result.stderr)
        self.assertIn("net.pqm.checkpoint", result.stderr)
        trained = self.run_privquant("train", self.network, "--train", self.folder / "train", "--epochs", 1, "--shift", 0,
                                     "--threads", 1, "-o", self.folder / "own.pqg", "--resume")
        self.expect_done(trained)
        self.assertIn("own.pqg.checkpoint", trained.stderr)

    def smallest(self, refusal, unit):
        self.assertEqual(refusal.returncode, 2, refusal.stderr)
        return float(re.search(rf"cost ([0-9.]+) {unit}", refusal.stderr)[1])

    def test_seconds_are_of_the_link(self):
        least = {link: self.smallest(self.quantize("--max-seconds", "0.000001", "--network", link), "s") for link in ("lan", "wan")}
        self.assertLess(least["lan"], least["wan"])
        [made] = self.report("--max-seconds", least["lan"], "--network", "lan", "--epochs", 0)["networks"]
        self.assertEqual(made["bound"], f"{least['lan']:g}s")
        self.assertLessEqual(made["lan_seconds"], least["lan"])
        self.assertGreater(made["wan_seconds"], least["lan"])
        self.expect_refusal(self.quantize("--max-seconds", least["lan"], "--network", "wan"), 2, "cheapest")

    def test_reports_predicted_seconds(self):
        [made] = self.report("--uniform", "w4a4", "--epochs", 0)["networks"]
        for link in "lan", "wan":
            cost = json.loads(self.expect_done(self.run_privquant("cost", self.output, "--ot", "iknp", "--network", link, "--json")))
            self.assertAlmostEqual(made[f"{link}_seconds"], cost["seconds"], delta=0.01 * cost["seconds"])
        text = self.expect_done(self.quantize("--uniform", "w4a4", "--epochs", 0))
        self.assertIn("lan s", text)
        row = text.strip().splitlines()[-1].split()
        self.assertEqual(row[0], "w4a4")
        self.assertEqual(row[-3:], [f"{made['lan_seconds']:.3f}", f"{made['wan_seconds']:.2f}", "-"])

    def test_least_accuracy(self):
        shutil.copy(self.folder / "test" / "0_red" / "00.png", self.folder / "test" / "1_blue" / "wrong.png")
        for epochs in 0, 1:
            arguments = ["--uniform", "w8a8", "--epochs", epochs]
            refused = self.quantize(*arguments, "--min-accuracy", 100)
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn("less than the 100.00 % asked for; nothing is written", refused.stderr)
            self.assertEqual(refused.stdout, "")
            self.assertFalse(self.output.exists())
            [made] = self.report(*arguments, "--min-accuracy", 50)["networks"]
            self.assertEqual(made["accuracy"], 12 / 13)
            self.output.unlink()
        self.expect_refusal(self.run_privquant("quantize", self.network, "--train", self.folder / "train", "--uniform", "w8a8",
                                               "--min-accuracy", 50, "-o", self.output), 2, "--test")

    def test_the_search_stays_within_its_limits(self):
        self.network.write_bytes(red_or_blue())
        limits = ["--weights", "4..6", "--activations", "5..6", "--epochs", 0]
        [widest] = self.report("--budget", 1.0, *limits)["networks"]
        self.assertEqual(self.widths(widest), [(8, 8)] + [(6, 6)] * 4 + [(8, 8)])
        least = self.smallest(self.quantize("--max-bytes", 1000, *limits), "bytes")
        [narrowest] = self.report("--max-bytes", least, *limits)["networks"]
        inner = self.widths(narrowest)[1:-1]
        self.assertEqual({bits for bits, _ in inner}, {4})
        # A layer may be as cheap with wider activations: conversions around it count, too.
        self.assertEqual({bits for _, bits in inner} | {6}, {5, 6})
        self.assertLess(self.smallest(self.quantize("--max-bytes", 1000), "bytes"), least)

    def test_the_teacher_is_listened_to(self):
        arguments = ["--uniform", "w4a4", "--epochs", 4]
        bytes_by_teacher = []
        swapped = self.folder / "swapped.onnx"  # knows red for blue
        swapped.write_bytes(RED_OR_BLUE.replace(weights("w3", 2, 4, [1, -1, 0.5, -0.5, -1, 1, -0.5, 0.5]),
                                                weights("w3", 2, 4, [-1, 1, -0.5, 0.5, 1, -1, 0.5, -0.5])))
        self.assertNotEqual(swapped.read_bytes(), RED_OR_BLUE)
        for teacher in [], ["--teacher", self.network], ["--teacher", swapped]:
            self.expect_done(self.quantize(*arguments, *teacher))
            bytes_by_teacher.append(self.output.read_bytes())
        self.assertEqual(bytes_by_teacher[0], bytes_by_teacher[1])  # the network itself teaches unless another does
        self.assertNotEqual(bytes_by_teacher[0], bytes_by_teacher[2])
        (self.folder / "other.onnx").write_bytes(network(
            [node("Conv", ["picture", "w"], "c"), node("GlobalAveragePool", ["c"], "m"), node("Flatten", ["m"], "scores")],
            [weights("w", 3, 3, [1, 0, 0, 0, 1, 0, 0, 0, 1])]))
        self.expect_refusal(self.quantize(*arguments, "--teacher", self.folder / "other.onnx"), 2, "teacher", "classes")

    def test_exponents_are_trained_when_asked(self):
        arguments = ["--uniform", "w3a3", "--epochs", 8]
        self.expect_done(self.quantize(*arguments))
        fixed = self.exponents()
        self.expect_done(self.quantize(*arguments, "--exponent-rate", 1))
        self.assertNotEqual(self.exponents(), fixed)

    def test_several_budgets(self):
        page = self.folder / "sweep.html"
        report = self.report("--budget", "0.60,1.0", "--epochs", 0, "--report", page)
        self.assertEqual([made["bound"] for made in report["networks"]], ["1", "0.6"])
        for name in "net-1.pqm", "net-0.6.pqm":
            self.assertTrue((self.folder / name).exists(), name)
        self.assertFalse(self.output.exists())
        # Trained and rounded without training, for each budget.
        self.assertEqual(page.read_text().count("<circle"), 4)
        self.expect_refusal(self.quantize("--budget", "0.5,1.0,0.50"), 2, "0.5", "twice")

    def test_a_later_budget_that_fails_leaves_what_is_finished(self):
        (self.folder / "net-0.6.pqm").mkdir()  # where no file can be written
        page = self.folder / "sweep.html"
        result = self.quantize("--budget", "1.0,0.6", "--epochs", 0, "--report", page, "--json")
        self.expect_refusal(result, 1, "net-0.6.pqm")
        self.assertEqual([made["bound"] for made in json.loads(result.stdout)["networks"]], ["1"])
        self.assertTrue((self.folder / "net-1.pqm").exists())
        self.assertEqual(page.read_text().count("<circle"), 2)

    def test_what_was_not_measured_is_null(self):
        [made] = self.report("--uniform", "w4a4", "--epochs", 0)["networks"]
        self.assertIsNone(made["gap"])
        self.assertEqual([layer["sensitivity"] for layer in made["layers"]], [None] * 3)
        [made] = self.report("--budget", 0.6, "--epochs", 0)["networks"]
        self.assertIsNotNone(made["gap"])
        self.assertEqual([layer["sensitivity"] is None for layer in made["layers"]], [True, False, True])
        page = self.folder / "page.html"
        text = self.expect_done(self.quantize("--uniform", "w4a4", "--epochs", 0, "--report", page))
        self.assertNotIn("0.00e+00", text + page.read_text())

    def test_numbers_that_are_none(self):
        for option, numbers in ("--budget", ["nan", "0.5,nan"]), ("--max-bytes", ["nan", "inf", "1e308GB"]), \
                ("--max-seconds", ["nan", "inf"]):
            for number in numbers:
                with self.subTest(f"{option} {number}"):
                    self.expect_refusal(self.quantize(f"{option}={number}"), 2, option, number.split(",")[-1])
        self.expect_refusal(self.quantize("--budget", 0.6, "--learning-rate", "nan"), 2, "--learning-rate", "nan")
        self.assertFalse(self.output.exists())

    def test_a_folder_with_both_parts_of_a_set(self):
        parts = self.folder / "parts"
        parts.mkdir()
        write_idx(parts, "t10k", 40, 20)
        test = parts / "t10k-images-idx3-ubyte"
        commands = {"quantize": ["--uniform", "w4a4", "--epochs", 0, "--threads", 1],
                    "train": ["--epochs", 1, "--shift", 0, "--threads", 1], "sensitivity": ["--least-bits", 7]}

        def result(command, training):
            output = self.folder / "out"
            written = [] if command == "sensitivity" else ["-o", output]
            done = self.run_privquant(command, self.network, "--train", training, "--test", parts, *commands[command], "--json",
                                      *written)
            return self.expect_done(done), output.read_bytes() if written else b""

        refusal = self.run_privquant("sensitivity", self.network, "--train", parts, "--test", test, *commands["sensitivity"])
        self.expect_refusal(refusal, 1, "holds test pictures (t10k-images-idx3-ubyte)")
        write_idx(parts, "train", 60, 255)
        for command in commands:
            with self.subTest(command):
                self.assertEqual(result(command, parts), result(command, parts / "train-images-idx3-ubyte"))
        self.assertNotEqual(result("quantize", parts), result("quantize", test))
        self.assertEqual(json.loads(result("quantize", parts)[0])["test_pictures"], 40)

    def test_a_set_without_pictures(self):
        write_idx(self.folder, "none", 0, 255)
        none = self.folder / "none-images-idx3-ubyte"
        self.expect_done(self.quantize("--uniform", "w8a8", "--epochs", 0))
        for options in [], ["--private"], ["--json"]:
            self.expect_refusal(self.run_privquant("eval", self.output, "--data", none, *options), 1, "none-images", "no pictures")
        for command in ["train"], ["quantize", "--uniform", "w8a8"]:
            result = self.run_privquant(*command, self.network, "--train", none, "-o", self.folder / "out")
            self.expect_refusal(result, 1, "pictures")

    def test_the_last_test_picture_is_read_before_training(self):
        listed = self.folder / "listed"
        listed.mkdir()
        for i in range(3):
            write_colour(listed / f"{i}.png", i % 2, i)
        (listed / "labels.tsv").write_text("0.png\t0\n1.png\t1\n2.png\t5\n")
        result = self.run_privquant("train", self.network, "--train", self.folder / "train", "--test", listed, "--epochs", 10000,
                                    "--shift", 0, "-o", self.folder / "out")
        self.expect_refusal(result, 1, "2.png", "no label from 0 to 1")  # rather than ten thousand epochs later


if __name__ == "__main__":
    unittest.main()
