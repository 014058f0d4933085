"""What privquant cost, compare and calibrate compute and print; JSON is an interface."""

import html.parser
import json
import re
import unittest

from harness import EndToEndTest

PROFILES = ["sirnn", "privquant", "hybrid"]


class Page(html.parser.HTMLParser):
    """Counts elements, and holds tags to their order."""

    VOID = {"meta"}

    def __init__(self, text):
        super().__init__()
        self.open, self.count, self.links = [], {}, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
        self.links += [value for name, value in attributes if name in ("src", "href", "xlink:href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()


class Bench(EndToEndTest):
    def test_lists_what_it_measured(self):
        done = self.run_privquant("bench", "--json", "--filter", "extend 4->12 msb", "--elements", "1000",
                                  "--repetitions", "1")
        rows = json.loads(self.expect_done(done))
        self.assertEqual([row["name"] for row in rows],
                         ["extend 4->12 msb known", "extend 4->12 msb known, privquant"])
        for row in rows:
            self.assertEqual(set(row), {"name", "elements", "bytes_per_element", "rounds", "seconds_per_element"})
            self.assertEqual((row["elements"], row["rounds"]), (1000, 2))
            self.assertGreater(row["seconds_per_element"], 0)
        self.assertLess(rows[1]["bytes_per_element"], rows[0]["bytes_per_element"])

    def test_takes_an_extension(self):
        def bytes_of(*arguments):
            done = self.run_privquant("bench", "--json", "--filter", "extend 4->12 msb", "--elements", "1000",
                                      "--repetitions", "1", *arguments)
            return {row["name"]: row["bytes_per_element"] for row in json.loads(self.expect_done(done))}
        columns, silent = bytes_of(), bytes_of("--ot", "softspoken8")
        self.assertEqual(columns["extend 4->12 msb known"], silent["extend 4->12 msb known"])
        self.assertLess(silent["extend 4->12 msb known, privquant, softspoken8"],
                        columns["extend 4->12 msb known, privquant"])
        self.expect_refusal(self.run_privquant("bench", "ot", "--ot", "ferret"), 2, "--ot")

    def test_has_whole_requantisations(self):
        def rows(name):
            # The second repetition finds what starts a session of Ferret.
            done = self.run_privquant("bench", "--json", "--filter", "requantise 13 by 5 to 5", "--repetitions", "2",
                                      "--ot", name)
            return {row["name"]: row for row in json.loads(self.expect_done(done))}
        whole, ending = "requantise 13 by 5 to 5 bits in 14", ", privquant, ferret"
        silent = rows("ferret")
        self.assertLess(silent[whole + ending]["rounds"], silent[whole + ", step by step" + ending]["rounds"])
        self.assertLess(8 * silent[whole + ending]["bytes_per_element"], 200)
        self.assertLess(silent[whole + ending]["bytes_per_element"],
                        rows("iknp")[whole + ", privquant"]["bytes_per_element"])

    def test_takes_a_number_of_threads(self):
        for threads, expected in (1, {1}), (3, {1, 3}):
            done = self.run_privquant("bench", "ot", "--json", "--filter", "random COT, ferret", "--ots", 300_000,
                                      "--repetitions", 1, "--threads", threads)
            rows = json.loads(self.expect_done(done))
            self.assertEqual({row["threads"] for row in rows}, expected)
            self.assertEqual(len({row["bits_per_ot"] for row in rows}), 1)

    def test_refuses_numbers_out_of_range(self):
        for option in ("--elements", "--ots", "--repetitions"):
            self.assertEqual(self.run_privquant("bench", option, "0").returncode, 2)


class Cost(EndToEndTest):
    def json_of(self, *arguments):
        return json.loads(self.expect_done(self.run_privquant("cost", *arguments, "--json")))

    def test_layers_add_up(self):
        for profile in PROFILES:
            report = self.json_of("zoo:tiny:w4a4", "--profile", profile)
            layers = report["layers"]
            self.assertEqual(sum(layer["bytes"] for layer in layers), report["bytes"])
            self.assertEqual(report["bytes_server"] + report["bytes_client"], report["bytes"])
            self.assertEqual(sum(layer["rounds"] for layer in layers), report["rounds_online"])
            self.assertAlmostEqual(sum(layer["seconds"] for layer in layers), report["seconds"])
            for layer in layers:
                self.assertEqual(sum(layer["by_functionality"].values()), layer["bytes"])
                self.assertEqual(layer["bytes_preparation"] + layer["bytes_online_server"] +
                                 layer["bytes_online_client"], layer["bytes"])

    def test_a_contract_costs_as_much_as_its_model(self):
        server = self.serve("--once")
        self.expect_done(self.infer(server))
        from_model, from_contract = (self.json_of(file) for file in (self.model, self.contract))
        self.assertEqual(from_model, from_contract)

    def test_predicts_the_traffic_of_an_inference(self):
        server = self.serve("--once", "--reveal", "logits")
        traffic = self.infer_json(server, pictures=self.pictures[:1])["traffic"]
        report = self.json_of(self.model)
        for figure, phases in ("bytes", ("preparation", "online")), ("bytes_online", ("online",)):
            metered = sum(traffic[phase][way] for phase in phases for way in ("bytes_sent", "bytes_received"))
            self.assertEqual(report[figure], metered)
        self.assertEqual(report["rounds"], traffic["preparation"]["rounds"] + traffic["online"]["rounds"])

    def test_slower_links_take_longer(self):
        seconds = [self.json_of("zoo:tiny", "--network", link)["seconds"] for link in ("none", "lan", "wan", "1,500")]
        self.assertEqual(seconds, sorted(seconds))
        self.assertLess(seconds[0], seconds[-1])

    def test_plans_for_the_link_that_is_named(self):
        def worth(*arguments):
            return self.json_of("zoo:tiny:w4a4", *arguments)["round_bytes"]
        self.assertEqual(worth("--ot", "ferret"), 16_000)
        self.assertEqual(worth("--ot", "ferret", "--network", "none"), 16_000)
        self.assertEqual(worth("--ot", "ferret", "--network", "lan"), 56_250)
        self.assertEqual(worth("--ot", "iknp"), 0)
        self.assertEqual(worth("--ot", "iknp", "--network", "wan"), 1_600_000)
        self.assertEqual(worth("--profile", "sirnn", "--network", "wan"), 0)
        near, far = (self.json_of("zoo:tiny:w4a4", "--ot", "ferret", "--network", link) for link in ("1000,0", "wan"))
        self.assertLess(far["rounds_online"], near["rounds_online"])
        self.assertGreater(far["bytes"], near["bytes"])

    def test_predicts_what_a_server_of_that_link_does(self):
        for link, planned in (["--network", "lan"], "lan"), (["--plan-for", "wan"], "wan"):
            shaped = link if link[0] == "--network" else []
            server = self.serve("--once", "--reveal", "logits", "--ot", "ferret", *link)
            answer = self.infer_json(server, *shaped, pictures=self.pictures[:1])
            report = self.json_of(self.model, "--ot", "ferret", "--network", planned)
            self.assertEqual(answer["round_bytes"], report["round_bytes"])
            online = answer["traffic"]["online"]
            self.assertEqual(online["bytes_sent"] + online["bytes_received"], report["bytes_online"])
            self.assertEqual(online["rounds"], report["rounds_online"])

    def test_text_names_layers_protocols_and_totals(self):
        text = self.expect_done(self.run_privquant("cost", "zoo:tiny:w4a4"))
        for part in "Conv2d", "convolve", "rounds", "preparation", "online", "total", "privquant calibrate":
            self.assertIn(part, text)

    def test_explain(self):
        convolution = next(layer["name"] for layer in self.json_of("zoo:tiny:w4a4")["layers"]
                           if layer["operator"] == "Conv2d")
        report = self.json_of("zoo:tiny:w4a4", "--explain", convolution)
        self.assertEqual(report["layer"], convolution)
        for decision in report["decisions"]:
            candidates = {entry["name"]: entry for entry in decision["candidates"]}
            self.assertIn(decision["chosen"], candidates)
            self.assertTrue(all(entry["why"] for entry in candidates.values()))
            self.assertTrue(all("rounds" in entry for entry in candidates.values() if "bytes" in entry))
        text = self.expect_done(self.run_privquant("cost", "zoo:tiny:w4a4", "--explain", convolution))
        for decision in report["decisions"]:
            self.assertIn(decision["chosen"], text)
            for entry in decision["candidates"]:
                row = next(line for line in text.splitlines() if entry["name"] in line and entry["why"] in line)
                self.assertIn(f" {entry['rounds']}   {entry['why']}", row)
        self.expect_refusal(self.run_privquant("cost", "zoo:tiny", "--explain", "nonesuch"), 2, "nonesuch", convolution)

    def test_wrong_use(self):
        for arguments in ["--profile", "nonesuch"], ["--network", "fast"], ["--without", "nonesuch"], \
                ["--reveal", "everything"]:
            self.expect_refusal(self.run_privquant("cost", "zoo:tiny", *arguments), 2)


class Compare(EndToEndTest):
    PROFILE_FIELDS = {"name", "bytes", "bytes_online", "rounds", "rounds_online", "seconds", "seconds_online",
                      "measured", "layers", "ot", "round_bytes"}
    LAYER_FIELDS = {"name", "operator", "protocol", "bytes", "bytes_online", "rounds", "seconds", "by_functionality"}

    def json_of(self, *arguments):
        return json.loads(self.expect_done(self.run_privquant("compare", *arguments, "--json")))

    def check_interface(self, report, measured):
        self.assertEqual(list(report)[:3], ["network", "link", "profiles"])
        self.assertEqual([profile["name"] for profile in report["profiles"]], PROFILES)
        for profile in report["profiles"]:
            self.assertLessEqual(self.PROFILE_FIELDS, set(profile))
            self.assertIs(profile["measured"], measured)
            for field in "bytes", "bytes_online", "rounds", "rounds_online":
                self.assertIsInstance(profile[field], int)
            self.assertGreater(profile["bytes"], profile["bytes_online"])
            self.assertGreater(profile["seconds"], profile["seconds_online"])
            self.assertEqual(sum(layer["bytes"] for layer in profile["layers"]), profile["bytes"])
            for layer in profile["layers"]:
                self.assertEqual(set(layer), self.LAYER_FIELDS)

    def test_predicted(self):
        report = self.json_of("zoo:tiny:w4a4", "--profiles", ",".join(PROFILES), "--network", "lan")
        self.check_interface(report, measured=False)
        self.assertEqual(report["network"], "tiny")
        self.assertEqual(report["link"], "3000 Mbit/s, 0.3 ms")
        self.assertLess(report["profiles"][1]["bytes"], report["profiles"][0]["bytes"])

    def test_measured_is_as_predicted(self):
        arguments = ["zoo:tiny:w4a4", "--network", "1000,1"]
        predicted, measured = self.json_of(*arguments), self.json_of(*arguments, "--run")
        self.check_interface(measured, measured=True)
        for before, after in zip(predicted["profiles"], measured["profiles"]):
            for field in "bytes", "bytes_online", "rounds", "rounds_online":
                self.assertEqual(before[field], after[field])
            self.assertGreater(after["server_peak_bytes"], 0)
            # Each round waits half a round trip of a millisecond.
            self.assertGreater(after["seconds"], after["rounds"] * 0.5e-3)

    def test_measures_a_model_file(self):
        report = self.json_of(self.model, "--run", "--network", "none", "--profiles", "privquant")
        self.assertEqual(report["link"], "none")
        self.assertTrue(report["profiles"][0]["measured"])

    def test_ablation(self):
        report = self.json_of("zoo:tiny:w4a4", "--ablation")
        ablation = {entry["profile"]: entry["entries"] for entry in report["ablation"]}
        entries = ablation["privquant"]
        self.assertEqual(entries[0]["without"], "")
        everything = {profile["name"]: profile for profile in report["profiles"]}["privquant"]
        self.assertEqual(entries[0]["bytes"], everything["bytes"])
        self.assertGreater(len(entries), 3)
        one = entries[1]
        less = json.loads(self.expect_done(self.run_privquant(
            "cost", "zoo:tiny:w4a4", "--profile", "privquant", "--without", one["without"], "--ot", everything["ot"],
            "--json")))
        self.assertEqual((less["bytes"], less["rounds"]), (one["bytes"], one["rounds"]))

    def test_a_profile_on_another_model(self):
        for extra in [], ["--run", "--network", "none"]:
            names = ["sirnn@zoo:tiny:w6a6", "sirnn", "privquant@" + str(self.model)]
            report = self.json_of("zoo:tiny:w4a4", "--profiles", ",".join(names), *extra)
            self.assertEqual(report["network"], "tiny")
            profiles = report["profiles"]
            self.assertEqual([profile["name"] for profile in profiles], names)
            for profile, model in zip(profiles, ("zoo:tiny:w6a6", "zoo:tiny:w4a4", self.model)):
                alone = json.loads(self.expect_done(self.run_privquant(
                    "cost", model, "--profile", profile["name"].split("@")[0], "--json")))
                self.assertEqual(profile["bytes"], alone["bytes"])
            self.assertGreater(profiles[0]["bytes"], profiles[1]["bytes"])

    def test_refuses_a_bad_profile_or_model(self):
        for profiles, word in ("nonesuch@zoo:tiny", "nonesuch"), ("sirnn@zoo:nonesuch", "nonesuch"), \
                ("sirnn@zoo:tiny:x9", "tiny:x9"), ("@zoo:tiny", "sirnn, privquant"):
            self.expect_refusal(self.run_privquant("compare", "zoo:tiny", "--profiles", profiles), 2, word)
        for profiles in "sirnn@" + str(self.folder / "none.pqm"), "sirnn@":
            self.expect_refusal(self.run_privquant("compare", "zoo:tiny", "--profiles", profiles), 1)

    def test_charts_shorten_names(self):
        path = self.folder / "names.html"
        self.expect_done(self.run_privquant("compare", "zoo:tiny", "--html", path, "--profiles",
                                            "sirnn@zoo:tiny:w16a16r16e16,sirnn,privquant"))
        labels = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text()))
        self.assertIn("1 sirnn", labels)
        self.assertIn("3 privquant", labels)
        self.assertNotIn("@", labels)
        self.assertIn("1 sirnn@zoo:tiny:w16a16r16e16", path.read_text())

    def test_writes_a_page_that_needs_nothing_else(self):
        folder = self.folder / "report"
        report = self.json_of("zoo:tiny:w4a4", "--ablation", "--output", folder)
        self.assertEqual(json.loads((folder / "compare.json").read_text()), report)
        text = (folder / "compare.html").read_text()
        page = Page(text)
        self.assertEqual(page.open, [])
        self.assertEqual(page.links, [])
        self.assertNotIn("script", page.count)
        self.assertGreaterEqual(page.count["svg"], 3)
        self.assertEqual(len(re.findall(r"<svg[^>]*>\s*<title>[^<]+</title>\s*<desc>[^<]+</desc>", text)),
                         page.count["svg"])
        for profile in report["profiles"]:
            self.assertIn(f"{profile['bytes'] / 1e6:.3f}", text)
        alone = self.folder / "alone.html"
        self.expect_done(self.run_privquant("compare", "zoo:tiny", "--html", alone))
        self.assertIn("</html>", alone.read_text())

    def test_wrong_use(self):
        for arguments in ["--profiles", "nonesuch"], ["--network", "fast"], ["--without", "nonesuch"]:
            self.expect_refusal(self.run_privquant("compare", "zoo:tiny", *arguments), 2)
        self.expect_refusal(self.run_privquant("compare", self.folder / "none.pqm", "--run"), 1, "none.pqm")
        self.expect_refusal(self.run_privquant("compare", "zoo:tiny", "--html", "/dev/null/x.html"), 1, "x.html")


class Calibrate(EndToEndTest):
    def test_is_kept_for_cost(self):
        workloads = ["privquant@zoo:tiny:w4a4", "sirnn@zoo:tiny:w4a4"]
        self.expect_done(self.run_privquant("calibrate", *workloads, "--ots", 65536))
        path = self.folder / "cache" / "privquant" / "calibration.json"
        measured_text = path.read_text()
        kept = json.loads(measured_text)
        self.assertTrue(kept["host"])
        self.assertTrue(all(seconds >= 0 for seconds in kept["seconds"].values()))
        cost = ["cost", "zoo:tiny", "--network", "none"]
        self.assertIn(str(path), self.expect_done(self.run_privquant(*cost)))
        before = json.loads(self.expect_done(self.run_privquant(*cost, "--json")))
        kept["seconds"] = {name: 2 * seconds for name, seconds in kept["seconds"].items()}
        path.write_text(json.dumps(kept))
        after = json.loads(self.expect_done(self.run_privquant(*cost, "--json")))
        self.assertAlmostEqual(after["seconds"], 2 * before["seconds"])
        kept["host"] = "another"
        path.write_text(json.dumps(kept))
        self.assertIn("built-in", self.expect_done(self.run_privquant(*cost)))
        for field in "host", "processor", "seconds":
            path.write_text(json.dumps({**json.loads(measured_text), field: 5}))
            self.assertIn("built-in", self.expect_done(self.run_privquant(*cost)))
        figures = json.loads(measured_text)
        del figures["seconds"]["ferret_cot"]  # as an older version wrote it
        path.write_text(json.dumps(figures))
        text = self.expect_done(self.run_privquant(*cost))
        self.assertIn("built-in", text)
        self.assertIn("lacks 'ferret_cot'", text)
        path.write_text("{")
        self.assertIn("built-in", self.expect_done(self.run_privquant(*cost)))

    def test_wrong_use(self):
        self.expect_refusal(self.run_privquant("calibrate", "zoo:tiny"), 2, "zoo:tiny")
        self.expect_refusal(self.run_privquant("calibrate", "nonesuch@zoo:tiny"), 2, "nonesuch")


class WithoutPasses(EndToEndTest):
    """serve, infer, verify and eval follow the same passes."""

    def first_pass(self):
        report = json.loads(self.expect_done(self.run_privquant("compare", "zoo:tiny", "--profiles", "privquant",
                                                                "--ablation", "--json")))
        return report["ablation"][0]["entries"][1]["without"]

    def test_clients_follow_the_server(self):
        switched_off = self.first_pass()
        with_all = self.infer_json(self.serve("--reveal", "logits"))
        without = self.infer_json(self.serve("--reveal", "logits", "--without", switched_off))
        sirnn = self.infer_json(self.serve("--reveal", "logits", "--profile", "sirnn"))
        for other in without, sirnn:
            self.assertEqual([entry["logits"] for entry in other["pictures"]],
                             [entry["logits"] for entry in with_all["pictures"]])
        self.assertEqual(with_all["profile"], "hybrid")
        self.assertEqual(sirnn["profile"], "sirnn")

    def test_verify(self):
        report = json.loads(self.expect_done(self.run_privquant("verify", "zoo:tiny:w4a4", "--without",
                                                                self.first_pass(), "--json")))
        self.assertIs(report["equal"], True)
        self.expect_refusal(self.run_privquant("verify", "zoo:tiny", "--without", "nonesuch"), 2, "nonesuch")


if __name__ == "__main__":
    unittest.main()
