"""Peers, files and pictures that are not as they should be; the server goes on serving others."""

import os
import socket
import time
import unittest

from harness import PATIENCE, EndToEndTest, write_png


class Files(EndToEndTest):
    def serve_once(self, model):
        return self.run_privquant("serve", "--model", model, "--listen", "127.0.0.1:0", "--insecure")

    def test_wrong_models(self):
        whole = self.model.read_bytes()
        spoiled = bytearray(whole)
        spoiled[len(whole) // 2] ^= 1
        cases = {"truncated": whole[:len(whole) // 2], "neither a model": b"\x7fELF" + bytes(100), "empty": b"",
                 "damaged": bytes(spoiled), "another version": whole[:7] + b"\x63" + whole[8:]}
        for name, content in cases.items():
            with self.subTest(name):
                path = self.folder / "wrong.pqm"
                path.write_bytes(content)
                for command in ["serve", "--listen", "127.0.0.1:0", "--insecure", "--model"], ["inspect"], ["verify"]:
                    self.expect_refusal(self.run_privquant(*command, path), 1, "wrong.pqm")

    def test_missing_model(self):
        self.expect_refusal(self.serve_once(self.folder / "none.pqm"), 1, "none.pqm", "does not exist")

    def test_contract_in_place_of_a_model(self):
        self.expect_done(self.infer(self.serve()))
        self.expect_refusal(self.serve_once(self.contract), 1, "contract")


class Pictures(EndToEndTest):
    def test_too_small_only_when_asked(self):
        server = self.serve()
        small = self.folder / "small.png"
        write_png(small, 20, 7, 1)
        for _ in "without a contract", "with one":
            self.expect_refusal(self.infer(server, pictures=[small]), 2, "small.png", "--resize")
        self.assertEqual(len(self.infer_json(server, "--resize", pictures=[small])["pictures"]), 1)

    def test_larger_ones_are_cut(self):
        large = self.folder / "large.png"
        write_png(large, 20, 16, 1)
        self.assertEqual(len(self.infer_json(self.serve(), pictures=[large])["pictures"]), 1)

    def test_other_formats(self):
        server = self.serve()
        self.expect_served(server)
        text = self.folder / "text.png"
        text.write_text("no picture")
        self.expect_refusal(self.infer(server, pictures=[text]), 1, "text.png")
        cut = self.folder / "cut.png"
        cut.write_bytes(self.pictures[0].read_bytes()[:60])
        self.expect_refusal(self.infer(server, pictures=[cut]), 1, "cut.png")
        self.expect_refusal(self.infer(server, pictures=[self.folder / "none.png"]), 1, "none.png")
        self.expect_served(server)


class Addresses(EndToEndTest):
    def test_port_in_use(self):
        server = self.serve()
        result = self.run_privquant("serve", "--model", self.model, "--listen", server.address)
        self.expect_refusal(result, 1, f"port {server.port}", "in use")
        self.expect_served(server)

    def test_server_not_there(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
            result = self.run_privquant("infer", "--connect", address, "--insecure", self.pictures[0])
        self.expect_refusal(result, 1, address)

    def test_no_address(self):
        for address in "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", ":7000":
            result = self.run_privquant("infer", "--connect", address, "--insecure", self.pictures[0])
            self.expect_refusal(result, 2, address)


class Peers(EndToEndTest):
    SLOW = ["--network", "10,200"]  # so that an inference lasts long enough to break into it

    def start_slow_client(self, server):
        client = self.start_privquant("infer", "--connect", server.address, *self.trust(server), "--contract",
                                      self.contract, *self.SLOW, *self.pictures)
        server.wait_for_log("agreed")
        return client

    def test_client_that_is_killed_disturbs_nobody(self):
        server = self.serve(*self.SLOW, "--max-sessions", "1")
        client = self.start_slow_client(server)
        client.kill()
        client.wait(timeout=PATIENCE)
        server.wait_for_log("failed")
        self.assertEqual(len(self.infer_json(server, *self.SLOW, pictures=self.pictures[:1])["pictures"]), 1)

    def test_server_that_is_killed_is_noticed_at_once(self):
        server = self.serve(*self.SLOW)
        client = self.start_slow_client(server)
        server.process.kill()
        killed = time.monotonic()
        _, complaint = client.communicate(timeout=PATIENCE)
        self.assertLess(time.monotonic() - killed, 30)  # the time-out would take 60
        self.assertEqual(client.returncode, 1)
        self.assertRegex(complaint, r"^privquant: .*(closed|lost|broke|gave up).*\n$")

    def test_server_that_is_stopped_ends_well(self):
        server = self.serve(*self.SLOW)
        client = self.start_slow_client(server)
        self.assertEqual(server.stop(), 0)
        client.communicate(timeout=PATIENCE)
        self.assertEqual(client.returncode, 1)

    def test_once_fails_with_its_session(self):
        server = self.serve(*self.SLOW, "--once")
        self.start_slow_client(server).kill()
        self.assertEqual(server.wait(), 1)

    def test_silent_and_babbling_clients_disturb_nobody(self):
        for options in [], ["--insecure"]:
            server = self.serve(*options, "--max-sessions", "1", "--timeout", "30")
            for words in b"", b"PQ", b"GET / HTTP/1.1\r\n\r\n", os.urandom(4096), b"PQ1\x01" + b"\xff" * 8, \
                    b"PQ1\x01\x08\0\0\0\1\0\0\0PQSE\1\0\0\0", b"\x16\x03\x01\x40\x00":
                connection = socket.create_connection(("127.0.0.1", server.port))
                self.addCleanup(connection.close)
                connection.sendall(words)
            self.expect_served(server)
            self.assertIsNone(server.process.poll())

    def test_silent_client_is_cut_off(self):
        server = self.serve_plain("--timeout", "0.5")
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.settimeout(PATIENCE)
            while connection.recv(4096):
                pass
        server.wait_for_log("sent nothing for 0.5 s")
        self.expect_served(server)

    def test_silent_server_is_given_up(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            address = f"127.0.0.1:{listener.getsockname()[1]}"
            for trust in ["--insecure"], ["--pin", "00" * 32]:
                result = self.run_privquant("infer", "--connect", address, *trust, "--timeout", "0.5",
                                            self.pictures[0])
                self.expect_refusal(result, 1)

    def test_two_clients_at_once(self):
        server = self.serve()
        self.expect_served(server)
        clients = [self.start_privquant("infer", "--connect", server.address, "--pin", server.pin, "--contract",
                                        self.contract, *self.pictures) for _ in range(2)]
        for client in clients:
            _, complaint = client.communicate(timeout=PATIENCE)
            self.assertEqual(client.returncode, 0, complaint)

    def test_busy_server_says_so(self):
        server = self.serve(*self.SLOW, "--max-sessions", "1")
        self.start_slow_client(server)
        self.expect_refusal(self.infer(server, *self.SLOW), 1, "busy", "later")

    def test_links_must_agree(self):
        server = self.serve("--network", "lan")
        self.expect_refusal(self.infer(server), 1, "--network")
        self.assertEqual(len(self.infer_json(server, "--network", "lan")["pictures"]), 2)
        server.wait_for_log("--network")


if __name__ == "__main__":
    unittest.main()
