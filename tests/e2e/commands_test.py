"""What the commands compute and print."""

import gzip
import json
import math
import pathlib
import struct
import subprocess
import unittest

from harness import PATIENCE, PRIVQUANT, SOURCE, EndToEndTest

FASHION_MODEL = SOURCE / "models" / "fashion.pqm"
FASHION_DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
FASHION_TEST = FASHION_DATA / "t10k-images-idx3-ubyte.gz"


class Infer(EndToEndTest):
    def test_reveals_what_the_server_allows(self):
        answers = {}
        for policy in "class", "top3", "logits":
            server = self.serve("--reveal", policy)
            answer = self.infer_json(server)
            self.assertEqual(answer["reveal"], policy)
            self.assertEqual(answer["contract"], server.facts["contract"])
            answers[policy] = answer["pictures"]
        for i in range(len(self.pictures)):
            best, top, all_of_them = answers["class"][i], answers["top3"][i], answers["logits"][i]
            self.assertEqual(len(best["classes"]), 1)
            self.assertEqual(len(top["classes"]), 3)
            self.assertNotIn("logits", best)
            self.assertNotIn("logits", top)
            logits = all_of_them["logits"]
            self.assertEqual(len(logits), 4)
            order = sorted(range(4), key=lambda c: (-logits[c], c))
            self.assertEqual(all_of_them["classes"], order)
            self.assertEqual(best["class"], order[0])
            self.assertEqual(top["classes"], order[:3])
            powers = [math.exp(value * 2.0 ** all_of_them["exponent"]) for value in logits]
            self.assertAlmostEqual(all_of_them["probability"], powers[order[0]] / sum(powers))

    def test_unknown_policy_is_wrong_use(self):
        for policy in "everything", "top0", "top99":
            result = self.run_privquant("serve", "--model", self.model, "--listen", "127.0.0.1:0", "--reveal", policy)
            self.assertEqual(result.returncode, 2, result.stderr)

    def test_traffic_adds_up_and_both_sides_agree(self):
        server = self.serve("--once")
        traffic = self.infer_json(server)["traffic"]
        self.assertEqual(server.wait(), 0)
        self.assertEqual(traffic["inferences"], 2)
        for phase in "preparation", "online":
            for figure in "bytes_sent", "bytes_received":
                self.assertGreater(traffic[phase][figure], 0)
                self.assertEqual(sum(layer[phase][figure] for layer in traffic["layers"]), traffic[phase][figure])
        self.assertEqual(sum(layer["online"]["rounds"] for layer in traffic["layers"]), traffic["online"]["rounds"])
        phases = [traffic[phase] for phase in ("setup", "preparation", "online")]
        self.assertIn(f"2 inferences, {sum(phase['bytes_received'] for phase in phases)} bytes sent, "
                      f"{sum(phase['bytes_sent'] for phase in phases)} received", server.stderr())

    def test_text_shows_pictures_and_a_table(self):
        text = self.expect_done(self.infer(self.serve("--reveal", "logits"), "--show"))
        self.assertEqual(text.count("predicted"), 2)
        for part in "first.png", "Conv2d", "MaxPool", "Linear", "total", "set-up", "preparation", "online":
            self.assertIn(part, text)

    def test_log_holds_no_secret(self):
        server = self.serve("--reveal", "logits")
        answer = self.infer_json(server)
        server.stop()
        log = server.stderr()
        for entry in answer["pictures"]:
            for value in entry["logits"]:
                if abs(value) > 999:
                    self.assertNotIn(str(value), log)
        for word in "logit", "class ", "weight", "first.png", "predicted":
            self.assertNotIn(word, log)


class Commands(EndToEndTest):
    def test_inspect_shows_model_and_contract_alike(self):
        self.expect_done(self.infer(self.serve()))
        shown = [json.loads(self.expect_done(self.run_privquant("inspect", "--json", file)))
                 for file in (self.model, self.contract)]
        self.assertEqual([entry.pop("kind") for entry in shown], ["model", "contract"])
        self.assertEqual(shown[0], shown[1])
        self.assertEqual(shown[0]["macs"], sum(layer["macs"] for layer in shown[0]["layers"]))
        self.assertEqual(shown[0]["layers"][0]["shape"], [3, 8, 8])
        first = shown[0]["layers"][1]
        self.assertEqual((first["operator"], first["macs"], first["parameters"]),
                         ("Conv2d", 8 * 8 * 8 * 27, 8 * 27 + 8))
        text = self.expect_done(self.run_privquant("inspect", "zoo:minionn:w4a4"))
        self.assertIn("Conv2d", text)

    def test_verify(self):
        for source in self.model, "zoo:tiny", "zoo:tiny:w4a4", "zoo:tiny:w2a3":
            report = json.loads(self.expect_done(self.run_privquant("verify", source, "--json", "--seed", "7")))
            self.assertTrue(report["equal"])
            self.assertGreater(report["layers_compared"], 3)
        self.expect_done(self.run_privquant("verify", self.model, "--picture", self.pictures[0]))

    def test_eval_secure_equals_plaintext(self):
        for label in range(4):
            folder = self.folder / "data" / f"class{label}"
            folder.mkdir(parents=True)
            for picture in self.pictures:
                (folder / picture.name).write_bytes(picture.read_bytes())
        arguments = ["eval", self.model, "--data", self.folder / "data", "--json", "--limit", "3"]
        kept = self.folder / "predictions.txt"
        plain = json.loads(self.expect_done(self.run_privquant(*arguments, "--predictions", kept)))
        secure = json.loads(self.expect_done(self.run_privquant(*arguments, "--private")))
        self.assertEqual(plain["pictures"], 3)
        self.assertEqual(plain["predictions"], secure["predictions"])
        self.assertEqual([int(line) for line in kept.read_text().split()], plain["predictions"])
        self.assertEqual(plain["accuracy"], plain["correct"] / 3)
        self.assertEqual(secure["correct"], plain["correct"])
        self.assertEqual((plain["private"], secure["private"]), (False, True))
        self.assertGreater(secure["traffic"]["online"]["bytes_sent"], 0)

    def test_wrong_use(self):
        for arguments in [], ["nonsense"], ["infer"], ["eval", self.model], ["verify", "zoo:nonesuch"], \
                ["verify", "zoo:tiny:x9"], ["verify", "zoo:tiny:w4a4z"], ["verify", "zoo:tiny:w99"], \
                ["zoo", "nonesuch", "-o", self.folder / "x.pqm"], ["inspect", self.model, "--nonsense"], \
                ["serve", "--model", self.model, "--listen", "127.0.0.1:0", "--max-sessions", "0"], \
                ["serve", "--model", self.model, "--listen", "127.0.0.1:0", "--network", "fast"], \
                ["serve", "--model", self.model, "--listen", "127.0.0.1:0", "--plan-for", "fast"], \
                ["verify", "zoo:tiny", "--profile", "nonesuch"]:
            with self.subTest(arguments):
                self.expect_refusal(self.run_privquant(*arguments), 2)

    def test_help_and_version(self):
        self.assertIn("serve", self.expect_done(self.run_privquant("--help")))
        for command in "serve", "infer", "inspect", "eval", "verify", "zoo":
            self.assertIn("--help", self.expect_done(self.run_privquant(command, "--help")))
        self.assertRegex(self.expect_done(self.run_privquant("--version")), r"^privquant \d+\.\d+\.\d+\n$")


class Ahead(EndToEndTest):
    """Preparation for several pictures at once."""

    def test_costs_the_same_online_and_fewer_rounds(self):
        for name in "iknp", "ferret":
            server = self.serve("--reveal", "logits", "--ot", name)
            pictures = self.pictures * 2
            alone = self.infer_json(server, pictures=pictures)
            ahead = self.infer_json(server, "--prepare", 3, pictures=pictures)
            self.assertEqual([entry["logits"] for entry in ahead["pictures"]],
                             [entry["logits"] for entry in alone["pictures"]])
            self.assertEqual((alone["prepared_ahead"], ahead["prepared_ahead"]), (1, 3))
            for figure in "bytes_sent", "bytes_received", "rounds":
                self.assertEqual(ahead["traffic"]["online"][figure], alone["traffic"]["online"][figure])
            self.assertLess(ahead["traffic"]["preparation"]["rounds"], alone["traffic"]["preparation"]["rounds"])

    def test_names_on_the_standard_input(self):
        server = self.serve("--reveal", "logits")
        expected = self.infer_json(server)
        command = [PRIVQUANT, "infer", "--connect", server.address, *self.trust(server), "--contract", self.contract,
                   "--prepare", "2", "-"]
        client = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env=self.environment)
        self.addCleanup(self.end, client)
        for picture in self.pictures:
            client.stdin.write(f"{picture}\n\n")
            client.stdin.flush()
            # Answered before the next one is named.
            line = next(line for line in client.stdout if "predicted" in line)
            entry = expected["pictures"][self.pictures.index(picture)]
            self.assertIn(entry["class_name"], line)
        output, errors = client.communicate(timeout=60)
        self.assertEqual(client.returncode, 0, errors)
        self.assertIn("2 inferences", output)
        result = subprocess.run([*map(str, command), "--json"], input="\n".join(map(str, self.pictures)),
                                capture_output=True, text=True, timeout=60, env=self.environment)
        answer = json.loads(self.expect_done(result))
        self.assertEqual([entry["logits"] for entry in answer["pictures"]],
                         [entry["logits"] for entry in expected["pictures"]])
        self.expect_refusal(self.infer(server, pictures=["-", self.pictures[0]]), 2, "standard input")
        server.stop()
        self.assertNotIn("failed", server.stderr())

    def test_memory_is_a_bound(self):
        server = self.serve("--preparation-memory", 1, "--ot", "iknp")
        result = self.infer(server, "--prepare", 20, "--json", pictures=self.pictures * 10)
        answer = json.loads(self.expect_done(result))
        self.assertEqual(len(answer["pictures"]), 20)
        self.assertLess(answer["prepared_ahead"], 20)
        self.assertIn("--preparation-memory", result.stderr)

    def test_wrong_use(self):
        for number in 0, -1, 10 ** 6, "many":
            result = self.run_privquant("infer", "--connect", "127.0.0.1:9", "--insecure", "--prepare", number,
                                        self.pictures[0])
            self.assertEqual(result.returncode, 2, result.stderr)


class Threads(EndToEndTest):
    """Each side may prepare with several: nothing of it is seen but the time."""

    def test_change_neither_results_nor_traffic(self):
        for name in "iknp", "softspoken8", "ferret":
            one = self.infer_json(self.serve("--reveal", "logits", "--ot", name), "--prepare", 2)
            threaded = self.serve("--reveal", "logits", "--ot", name, "--threads", 2)
            for threads in 0, 3:
                several = self.infer_json(threaded, "--prepare", 2, "--threads", threads)
                self.assertEqual(several["pictures"], one["pictures"])
                for phase in "preparation", "online":
                    for figure in "bytes_sent", "bytes_received", "rounds":
                        self.assertEqual(several["traffic"][phase][figure], one["traffic"][phase][figure])

    def test_eval(self):
        folder = self.folder / "data" / "class0"
        folder.mkdir(parents=True)
        for picture in self.pictures:
            (folder / picture.name).write_bytes(picture.read_bytes())
        arguments = ["eval", self.model, "--data", folder.parent, "--json"]
        private = [*arguments, "--private", "--ot", "ferret"]
        answers = [json.loads(self.expect_done(self.run_privquant(*command)))
                   for command in (arguments, private, [*private, "--threads", 2])]
        self.assertEqual([answer["predictions"] for answer in answers], [answers[0]["predictions"]] * 3)

    def test_wrong_use(self):
        self.expect_refusal(self.run_privquant("eval", self.model, "--data", self.folder, "--threads", 2), 2, "--private")
        for command in ["serve", "--model", self.model, "--listen", "127.0.0.1:0"], ["bench", "ot"]:
            for threads in -1, 257, "many":
                self.assertEqual(self.run_privquant(*command, "--threads", threads).returncode, 2)


class OtExtensions(EndToEndTest):
    """What makes the OTs is the server's choice; results do not depend on it."""

    NAMES = "iknp", "softspoken2", "softspoken4", "softspoken8", "ferret"

    def test_clients_follow_the_server(self):
        logits = set()
        for name in self.NAMES:
            server = self.serve("--reveal", "logits", "--ot", name)
            answer = self.infer_json(server)
            self.assertEqual(answer["ot"], name)
            logits.add(str([entry["logits"] for entry in answer["pictures"]]))
            self.assertEqual(self.infer_json(server, "--ot", name)["ot"], name)
            self.assertIn(f"OT extension {name}", self.expect_done(self.infer(server)))
        self.assertEqual(len(logits), 1)

    def test_a_client_may_insist(self):
        server = self.serve("--ot", "softspoken4")
        self.expect_refusal(self.infer(server, "--ot", "ferret"), 1, "softspoken4", "--ot ferret")
        server.wait_for_log("--ot ferret")
        self.expect_served(server)

    def test_sirnn_stays_with_iknp(self):
        server = self.serve("--profile", "sirnn", "--ot", "ferret")
        self.assertEqual(self.infer_json(server)["ot"], "iknp")
        self.expect_refusal(self.infer(server, "--ot", "ferret"), 1, "iknp")

    def test_the_server_chooses_for_its_link(self):
        slow = "10,0"  # so slow that Ferret's bytes win
        cost = json.loads(self.expect_done(self.run_privquant("cost", self.model, "--network", slow, "--json")))
        self.assertEqual(cost["ot"], cost["preparation_candidates"][0]["ot"])
        self.assertEqual({entry["ot"] for entry in cost["preparation_candidates"]}, set(self.NAMES))
        server = self.serve("--network", slow)
        self.assertEqual(self.infer_json(server, "--network", slow)["ot"], cost["ot"])

    def test_costs_are_metered(self):
        for name in self.NAMES:
            server = self.serve("--once", "--reveal", "logits", "--ot", name)
            traffic = self.infer_json(server, pictures=self.pictures[:1])["traffic"]
            cost = json.loads(self.expect_done(self.run_privquant("cost", self.model, "--ot", name, "--json")))
            self.assertEqual(cost["ot"], name)
            metered = {phase: sum(traffic[phase][way] for way in ("bytes_sent", "bytes_received"))
                       for phase in ("setup", "preparation", "online")}
            self.assertEqual(cost["bytes"], metered["preparation"] + metered["online"])
            self.assertEqual(cost["bytes_online"], metered["online"])
            self.assertGreater(metered["setup"], cost["bytes_setup"])  # the handshake's messages, too

    def test_verify_eval_and_compare(self):
        for name in self.NAMES:
            report = json.loads(self.expect_done(self.run_privquant("verify", self.model, "--ot", name, "--json")))
            self.assertEqual((report["equal"], report["ot"]), (True, name))
        report = json.loads(self.expect_done(self.run_privquant(
            "compare", self.model, "--ot", "ferret", "--run", "--threads", "2", "--network", "none",
            "--json")))
        self.assertEqual(report["threads"], 2)
        self.assertEqual([profile["ot"] for profile in report["profiles"]],
                         ["iknp", "ferret", "ferret"])

    def test_wrong_use(self):
        self.expect_refusal(self.run_privquant("compare", self.model, "--threads", "2"), 2, "--run")
        for command in ["cost", self.model], ["verify", self.model], ["compare", self.model], ["bench"], \
                ["serve", "--model", self.model, "--listen", "127.0.0.1:0"], \
                ["infer", "--connect", "127.0.0.1:9", "--insecure", self.pictures[0]]:
            self.expect_refusal(self.run_privquant(*command, "--ot", "nonesuch"), 2, "nonesuch", "softspoken8")


class Lattices(EndToEndTest):
    """What prepares linear layers is the server's choice; results do not depend on it."""

    NAMES = "ot", "lattice", "auto"

    def cost(self, *arguments):
        return json.loads(self.expect_done(self.run_privquant("cost", self.model, "--ot", "softspoken4", "--json",
                                                              *arguments)))

    def test_clients_follow_the_server_at_the_stated_cost(self):
        logits = set()
        for name in "ot", "lattice":
            server = self.serve("--once", "--reveal", "logits", "--linear", name, "--ot", "softspoken4")
            answer = self.infer_json(server, "--prepare", 1, pictures=self.pictures[:1])
            self.assertEqual((answer["profile"], answer["linear"]), ("hybrid", name))
            logits.add(str([entry["logits"] for entry in answer["pictures"]]))
            cost, traffic = self.cost("--linear", name), answer["traffic"]
            self.assertEqual(cost["linear"], name)
            metered = {phase: sum(traffic[phase][way] for way in ("bytes_sent", "bytes_received"))
                       for phase in ("preparation", "online")}
            self.assertEqual(cost["bytes_online"], metered["online"])
            self.assertEqual(cost["bytes"], sum(metered.values()))
        self.assertEqual(len(logits), 1)
        self.assertLess(self.cost("--linear", "lattice")["bytes"], self.cost("--linear", "ot")["bytes"])

    def test_several_pictures_and_threads(self):
        server = self.serve("--reveal", "logits", "--linear", "lattice", "--threads", 2)
        ahead, each = self.infer_json(server, "--prepare", 2), self.infer_json(server)
        self.assertEqual([entry["logits"] for entry in ahead["pictures"]],
                         [entry["logits"] for entry in each["pictures"]])

    def test_a_client_may_insist_on_ots(self):
        server = self.serve("--linear", "lattice")
        self.expect_refusal(self.infer(server, "--linear", "ot"), 1, "lattices", "--linear ot")
        self.expect_served(server)
        self.expect_done(self.infer(self.serve("--linear", "ot"), "--linear", "ot"))

    def test_other_profiles_stay_with_ots(self):
        for profile in "privquant", "sirnn":
            self.assertEqual(self.cost("--profile", profile, "--linear", "lattice")["linear"], "ot")
        self.assertEqual(self.cost("--profile", "privquant")["bytes"], self.cost("--linear", "ot")["bytes"])

    def test_explain(self):
        network = "zoo:minionn:w4a4"
        layers = json.loads(self.expect_done(self.run_privquant("cost", network, "--json")))["layers"]
        layer = [entry["name"] for entry in layers if entry["operator"] == "Conv2d"][1]
        text = self.expect_done(self.run_privquant("cost", network, "--explain", layer))
        self.assertRegex(text, r"→ +lattice +[\d,]+ +\d ")
        self.assertRegex(text, r"seconds with set-up:.* with lattices \d")

    def test_verify_and_eval(self):
        for name in self.NAMES:
            report = json.loads(self.expect_done(self.run_privquant("verify", self.model, "--linear", name, "--json")))
            self.assertIs(report["equal"], True)

    def test_wrong_use(self):
        for command in ["cost", self.model], ["verify", self.model], ["compare", self.model], \
                ["serve", "--model", self.model, "--listen", "127.0.0.1:0"]:
            self.expect_refusal(self.run_privquant(*command, "--linear", "nonesuch"), 2, "nonesuch", "lattice")


class Fashion(EndToEndTest):
    """The demo's model on real pictures."""

    def setUp(self):
        super().setUp()
        if not FASHION_MODEL.exists():
            self.skipTest(f"{FASHION_MODEL} is not there")
        if not FASHION_TEST.exists():
            self.skipTest("the package dataset-fashion-mnist is not installed")

    def test_indexed_pictures_have_labels(self):
        server = self.serve("--reveal", "logits", model=FASHION_MODEL)
        answer = self.infer_json(server, pictures=[f"{FASHION_TEST}[0]", f"{FASHION_TEST}:1"])
        with gzip.open(FASHION_DATA / "t10k-labels-idx1-ubyte.gz") as labels:
            header = struct.unpack(">II", labels.read(8))
            self.assertEqual(header, (2049, 10000))
            expected = list(labels.read(2))
        self.assertEqual([entry["label"] for entry in answer["pictures"]], expected)
        self.assertEqual([entry["class"] for entry in answer["pictures"]], expected)  # two easy ones

    def test_every_extension_serves_it(self):
        classes = set()
        for name in OtExtensions.NAMES:
            server = self.serve("--ot", name, model=FASHION_MODEL)
            answer = self.infer_json(server, pictures=[f"{FASHION_TEST}[2]"])
            self.assertEqual(answer["ot"], name)
            classes.add(answer["pictures"][0]["class"])
        self.assertEqual(len(classes), 1)

    def test_secure_equals_plaintext(self):
        arguments = ["eval", FASHION_MODEL, "--data", FASHION_DATA, "--limit", "2", "--json"]
        plain = json.loads(self.expect_done(self.run_privquant(*arguments)))
        for name in OtExtensions.NAMES:
            secure = json.loads(self.expect_done(self.run_privquant(*arguments, "--private", "--ot", name)))
            self.assertEqual((plain["predictions"], secure["ot"]), (secure["predictions"], name))


class ShippedNetworks(EndToEndTest):
    """The second demo's network and pictures, all of which are in the repository."""

    def test_cifar10_is_small(self):
        self.assertLess((SOURCE / "models" / "cifar10.pqm").stat().st_size, 300_000)

    def test_cifar10_knows_its_pictures_and_gives_the_same_privately(self):
        arguments = ["eval", SOURCE / "models" / "cifar10.pqm", "--data", SOURCE / "models" / "pictures", "--json"]
        plain = json.loads(self.expect_done(self.run_privquant(*arguments)))
        self.assertEqual(plain["pictures"], 10)
        self.assertGreaterEqual(plain["correct"], 9)
        secure = json.loads(self.expect_done(self.run_privquant(*arguments, "--limit", 2, "--private")))
        self.assertEqual(secure["predictions"], plain["predictions"][:2])

    def test_the_demo_shows_a_picture_and_its_class(self):
        picture = SOURCE / "models" / "pictures" / "ship.png"
        done = subprocess.run(["tools/demo.sh", PRIVQUANT, "models/cifar10.pqm", picture], cwd=SOURCE, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        server, *rest = done.stdout.splitlines()
        self.assertRegex(server, r"^Server: process \d+, 127\.0\.0\.1:\d+, holds models/cifar10\.pqm; certificate ")
        self.assertIn("\nship.png\n", "\n".join(rest))
        self.assertRegex("\n".join(rest), r"predicted +ship")


if __name__ == "__main__":
    unittest.main()
