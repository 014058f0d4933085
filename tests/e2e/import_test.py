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


def tensor(name, dims, values):
    return (b"".join(field(1, dim) for dim in dims) + field(2, 1) + field(8, name) +
            field(9, struct.pack(f"<{len(values)}f", *values)))


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
