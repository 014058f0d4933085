"""Certificates, pins and contracts: who trusts whom."""

import subprocess
import unittest

from harness import OPENSSL, EndToEndTest


class Pins(EndToEndTest):
    def test_pinned_server_is_trusted(self):
        server = self.serve("--reveal", "logits")
        answer = self.infer_json(server)
        self.assertEqual([entry["picture"] for entry in answer["pictures"]], ["first.png", "second.png"])
        self.assertEqual(server.stop(), 0)

    def test_other_pin_is_refused_and_the_server_goes_on(self):
        server = self.serve()
        wrong = ("0" if server.pin[0] != "0" else "1") + server.pin[1:]
        self.expect_refusal(self.infer(server, trust=["--pin", wrong]), 1, "fingerprint")
        self.expect_served(server)

    def test_malformed_pin_is_wrong_use(self):
        server = self.serve()
        self.expect_refusal(self.infer(server, trust=["--pin", "abc"]), 2)

    def test_someone_must_be_trusted(self):
        result = self.run_privquant("infer", "--connect", "127.0.0.1:9", self.pictures[0])
        self.expect_refusal(result, 2, "--pin", "--ca")

    def test_plain_client_of_a_tls_server_fails(self):
        server = self.serve()
        result = self.infer(server, "--timeout", "5", trust=["--insecure"])
        self.expect_refusal(result, 1)
        self.expect_served(server)

    def test_tls_client_of_a_plain_server_fails(self):
        server = self.serve_plain()
        self.expect_refusal(self.infer(server, "--timeout", "5", trust=["--pin", "00" * 32]), 1)
        self.expect_served(server)


class Authorities(EndToEndTest):
    def openssl(self, *arguments):
        subprocess.run([OPENSSL, *map(str, arguments)], check=True, capture_output=True, cwd=self.folder)

    def make_authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
        return self.folder / f"{name}.pem"

    def issue(self, authority, name):
        """The options that show the certificate."""
        (self.folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                     "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", f"{name}.pem")
        return ["--tls-cert", self.folder / f"{name}.pem", "--tls-key", self.folder / f"{name}.key"]

    def test_certificates_of_an_authority(self):
        authority = self.make_authority("authority")
        other = self.make_authority("other")
        server = self.serve(*self.issue("authority", "server"), "--client-ca", authority)
        shown = self.issue("authority", "client")
        self.expect_done(self.infer(server, *shown, trust=["--ca", authority]))
        self.expect_done(self.infer(server, *shown))  # its fingerprint does as well
        self.expect_refusal(self.infer(server, *shown, trust=["--ca", other]), 1, "certificate")
        self.expect_refusal(self.infer(server, trust=["--ca", authority]), 1)
        self.expect_refusal(self.infer(server, *self.issue("other", "stranger"), trust=["--ca", authority]), 1)
        self.expect_done(self.infer(server, *shown, trust=["--ca", authority]))

    def test_missing_and_mixed_files(self):
        self.make_authority("authority")
        shown = self.issue("authority", "server")
        listen = ["serve", "--model", self.model, "--listen", "127.0.0.1:0"]
        self.expect_refusal(self.run_privquant(*listen, *shown[:2]), 2, "--tls-key")
        self.expect_refusal(self.run_privquant(*listen, "--tls-cert", "nowhere.pem", *shown[2:]), 1, "nowhere.pem")
        self.expect_refusal(self.run_privquant(*listen, *shown, "--insecure"), 2)


class Insecure(EndToEndTest):
    def test_loopback_works(self):
        server = self.serve_plain()
        self.assertIsNone(server.pin)
        self.expect_served(server)

    def test_elsewhere_is_wrong_use(self):
        for address in "0.0.0.0:0", "[::]:0", "192.0.2.1:7000":
            result = self.run_privquant("serve", "--model", self.model, "--listen", address, "--insecure")
            self.expect_refusal(result, 2, "TLS", "loopback")
        result = self.run_privquant("infer", "--connect", "192.0.2.1:7000", "--insecure", self.pictures[0])
        self.expect_refusal(result, 2, "TLS", "loopback")


class Contracts(EndToEndTest):
    def test_fetched_once_and_kept(self):
        server = self.serve()
        self.assertFalse(self.contract.exists())
        first = self.expect_done(self.infer(server))
        self.assertIn(f"contract {server.facts['contract']} (fetched from {server.address}", first)
        kept = self.contract.read_bytes()
        second = self.expect_done(self.infer(server))
        self.assertIn(f"contract {server.facts['contract']} (from {self.contract})", second)
        self.assertEqual(self.contract.read_bytes(), kept)

    def test_kept_in_the_cache_unless_told_otherwise(self):
        server = self.serve()
        result = self.run_privquant("infer", "--connect", server.address, "--pin", server.pin, self.pictures[0])
        self.expect_done(result)
        self.assertTrue((self.folder / "cache" / "privquant" / f"127.0.0.1_{server.port}.pqc").is_file())

    def test_changed_model_is_refused(self):
        self.expect_served(self.serve())
        changed = self.serve(model=self.make_model("changed.pqm", weight_bits=5))
        self.expect_refusal(self.infer(changed), 1, str(self.contract), "contract", "remove")
        changed.wait_for_log("has contract")
        self.contract.unlink()
        self.expect_served(changed)

    def test_damaged_contract_is_named(self):
        server = self.serve()
        self.expect_done(self.infer(server))
        self.contract.write_bytes(self.contract.read_bytes()[:-5])
        self.expect_refusal(self.infer(server), 1, "truncated", str(self.contract))


if __name__ == "__main__":
    unittest.main()
