"""`privquant import`: ONNX files, written here byte by byte."""

import json
import struct

from harness import EndToEndTest


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    """One protobuf field: an integer, text or a message's bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    body = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(body)) + body


def node(op_type, inputs, output):
    return b"".join(field(1, name) for name in inputs) + field(2, output) + field(3, output) + field(4, op_type)


def tensor(name, dims, values, element=(1, "f")):
    """`element` is ONNX's number of the type, and struct's letter."""
    number, letter = element
    return (b"".join(field(1, dim) for dim in dims) + field(2, number) + field(8, name) +
            field(9, struct.pack(f"<{len(values)}{letter}", *values)))


def value(name, dims):
    shape = b"".join(field(1, field(2, dim) if isinstance(dim, str) else field(1, dim)) for dim in dims)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def network(nodes, tensors, dims=("N", 3, 4, 4), opset=13):
    graph = b"".join(field(1, each) for each in nodes) + field(2, "graph")
    graph += b"".join(field(5, each) for each in tensors)
    graph += field(11, value("picture", dims)) + field(12, value("scores", ("N", 2)))
    return field(1, 7) + field(7, graph) + field(8, field(2, opset))


CLASSIFIER = network([node("Conv", ["picture", "weights"], "features"), node("Relu", ["features"], "positive"),
                      node("GlobalAveragePool", ["positive"], "means"), node("Flatten", ["means"], "scores")],
                     [tensor("weights", (2, 3, 1, 1), (1, 2, 3, -1, -2, -3))])

UNSIGNED, SIGNED = (2, "B"), (3, "b")


def rounding(source, target, scale, zero):
    """QuantizeLinear and DequantizeLinear."""
    return [node("QuantizeLinear", [source, scale, zero], "q_" + target),
            node("DequantizeLinear", ["q_" + target, scale, zero], target)]


def quantised(scale=0.25):
    """A residual block with a ReLU before a signed rounding, and a bias off its grid."""
    tensors = [tensor("u", (), (0,), UNSIGNED), tensor("s", (), (0,), SIGNED), tensor("pixel", (), (1 / 256,)),
               tensor("step", (), (scale,)), tensor("eighth", (), (0.125,)),
               tensor("w1", (3, 3, 1, 1), (7, -3, 1, 2, -8, 5, -1, 4, 6), SIGNED),
               tensor("w2", (2, 3, 1, 1), (1, 2, 3, -1, -2, -3), SIGNED), tensor("bias", (2,), (0.3, -0.3))]
    nodes = (rounding("picture", "x", "pixel", "u") +
             [node("DequantizeLinear", ["w1", "eighth", "s"], "dw1"), node("Conv", ["x", "dw1"], "features"),
              node("Relu", ["features"], "positive")] + rounding("positive", "short", "eighth", "s") +
             [node("Add", ["short", "x"], "sum")] + rounding("sum", "stream", "step", "u") +
             [node("DequantizeLinear", ["w2", "eighth", "s"], "dw2"), node("Conv", ["stream", "dw2", "bias"], "maps")] +
             rounding("maps", "rounded", "step", "s") +
             [node("GlobalAveragePool", ["rounded"], "means"), node("Flatten", ["means"], "scores")])
    return network(nodes, tensors)


class Import(EndToEndTest):
    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def test_reads_prints_and_writes(self):
        source = self.write("net.onnx", CLASSIFIER)
        labels = self.write("labels.txt", b"cat\ndog\n")
        target = self.folder / "out.pqg"
        arguments = ["import", source, "-o", target, "--labels", labels, "--mean", "0.5,0.25,0", "--std", "1,2,4"]
        text = self.expect_done(self.run_privquant(*arguments))
        for part in "features", "Conv2d", "GlobalAvgPool", "2×4×4", "total":
            self.assertIn(part, text)
        report = json.loads(self.expect_done(self.run_privquant("inspect", target, "--json")))
        self.assertEqual(report, json.loads(self.expect_done(self.run_privquant(*arguments, "--json"))))
        self.assertEqual(report["kind"], "imported")
        self.assertEqual(report["name"], "net")
        self.assertEqual(report["labels"], ["cat", "dog"])
        self.assertEqual(report["mean"], [0.5, 0.25, 0])
        self.assertEqual(report["deviation"], [1, 2, 4])
        self.assertEqual(report["parameters"], 8)
        self.assertEqual(report["macs"], 96)
        self.assertEqual([layer["operator"] for layer in report["layers"]],
                         ["Input", "Conv2d", "Relu", "GlobalAvgPool", "Flatten"])
        self.assertIn("features", self.expect_done(self.run_privquant("inspect", target)))

    def test_reads_preprocessing_from_json(self):
        source = self.write("net.onnx", CLASSIFIER)
        given = self.write("normal.json", b'{"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}')
        result = self.run_privquant("import", source, "-o", self.folder / "o.pqg", "--preprocessing", given, "--json")
        self.assertEqual(json.loads(self.expect_done(result))["deviation"], [0.25, 0.25, 0.25])
        wrong = self.write("wrong.json", b'{"mean": 1}')
        result = self.run_privquant("import", source, "-o", self.folder / "o.pqg", "--preprocessing", wrong)
        self.assertEqual(result.returncode, 1)
        self.assertIn("normalised", result.stderr)

    def test_reads_the_json_beside_the_network_unless_told_otherwise(self):
        source = self.write("net.onnx", CLASSIFIER)
        beside = self.write("net.json", b'{"mean": [0.5, 0.5, 0.5], "std": [0.125, 0.25, 0.5]}')

        def normalisation(*options):
            result = self.run_privquant("import", source, "-o", self.folder / "o.pqg", "--json", *options)
            report = json.loads(self.expect_done(result))
            return report["mean"], report["deviation"]

        self.assertEqual(normalisation(), ([0.5, 0.5, 0.5], [0.125, 0.25, 0.5]))
        self.assertEqual(normalisation("--mean", "0,0,0", "--std", "1,1,1"), ([0, 0, 0], [1, 1, 1]))
        given = self.write("other.json", b'{"mean": [0.25, 0.25, 0.25], "std": [2, 2, 2]}')
        self.assertEqual(normalisation("--preprocessing", given), ([0.25, 0.25, 0.25], [2, 2, 2]))
        beside.unlink()
        self.assertEqual(normalisation(), ([0, 0, 0], [1, 1, 1]))

    def test_refuses_to_normalise_an_imported_network_again(self):
        imported = self.folder / "net.pqg"
        self.expect_done(self.run_privquant("import", self.write("net.onnx", CLASSIFIER), "-o", imported))
        labels = self.write("labels.txt", b"cat\ndog\n")
        given = self.write("normal.json", b'{"mean": [0.5], "std": [0.25]}')
        for options in ["--mean", "0,0,0", "--std", "1,1,1"], ["--preprocessing", given], ["--labels", labels]:
            result = self.run_privquant("import", imported, "-o", self.folder / "again.pqg", *options)
            self.expect_refusal(result, 2, "net.pqg", options[0])
        self.assertFalse((self.folder / "again.pqg").exists())

    def test_lists_all_problems_and_writes_nothing(self):
        source = self.write("net.onnx", network([node("Sigmoid", ["picture"], "a"), node("LSTM", ["a"], "scores")], []))
        target = self.folder / "out.pqg"
        result = self.run_privquant("import", source, "-o", target)
        self.assertEqual(result.returncode, 1)
        for part in "net.onnx", "2 problems", 'Sigmoid "a"', 'LSTM "scores"':
            self.assertIn(part, result.stderr)
        self.assertFalse(target.exists())

    def test_refuses_other_files_and_uses(self):
        target = self.folder / "out.pqg"
        for content in b"", b"no network", CLASSIFIER[:-20], network([], [], opset=8), self.model.read_bytes():
            result = self.run_privquant("import", self.write("bad.onnx", content), "-o", target)
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertTrue(result.stderr.startswith("privquant: "), result.stderr)
            self.assertFalse(target.exists())
        source = self.write("net.onnx", CLASSIFIER)
        self.assertEqual(self.run_privquant("import", source, "-o", target, "--mean", "1,2").returncode, 2)
        self.assertEqual(self.run_privquant("import", self.folder / "missing.onnx").returncode, 1)
        self.assertEqual(self.run_privquant("eval", target, "--data", self.folder).returncode, 1)

    def test_takes_a_quantised_network_as_it_is(self):
        source = self.write("qdq.onnx", quantised())
        target = self.folder / "out.pqm"
        result = self.run_privquant("import", "--quantized", source, "-o", target, "--labels",
                                    self.write("labels.txt", b"cat\ndog\n"))
        self.assertIn("features", self.expect_done(result))
        self.assertIn("note: QuantizeLinear rounds halves", result.stderr)
        self.assertIn("note: biases are rounded", result.stderr)
        report = json.loads(self.expect_done(self.run_privquant("inspect", target, "--json")))
        self.assertEqual(report["kind"], "model")
        self.assertEqual(report["name"], "qdq")
        self.assertEqual(report["labels"], ["cat", "dog"])
        self.assertEqual([layer["operator"] for layer in report["layers"]],
                         ["Input", "Conv2d", "Relu", "Requantise", "Add", "Requantise", "Conv2d", "Requantise",
                          "GlobalAvgPool", "Flatten"])
        self.assertEqual(report["layers"][0]["type"], {"bits": 8, "signed": False, "exponent": -8})
        self.assertEqual(report["layers"][1]["weight_type"], {"bits": 4, "signed": True, "exponent": -3})
        for profile in "privquant", "sirnn":
            text = self.expect_done(self.run_privquant("verify", target, "--profile", profile))
            self.assertIn("equal", text)

    def test_lists_all_that_is_not_quantised_so(self):
        target = self.folder / "out.pqm"
        result = self.run_privquant("import", "--quantized", self.write("qdq.onnx", quantised(0.3)), "-o", target)
        self.assertEqual(result.returncode, 1)
        for part in "4 problems", 'QuantizeLinear "q_stream"', 'DequantizeLinear "stream"', 'QuantizeLinear "q_rounded"':
            self.assertIn(part, result.stderr)
        result = self.run_privquant("import", "--quantized", self.write("net.onnx", CLASSIFIER), "-o", target)
        self.assertEqual(result.returncode, 1)
        for part in 'Conv "features"', "picture unrounded", "weights are not quantised", 'GlobalAveragePool "means"':
            self.assertIn(part, result.stderr)
        self.assertFalse(target.exists())
        real = self.folder / "real.pqg"
        self.expect_done(self.run_privquant("import", self.folder / "net.onnx", "-o", real))
        self.assertEqual(self.run_privquant("import", "--quantized", real, "-o", target).returncode, 2)
