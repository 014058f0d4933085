"""From an ONNX file to a private model that is served: what docs/quantization.md tells."""

import json
import shutil
import unittest

from quantizing import QuantizingTest, write_colour


class Quantize(QuantizingTest):
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
