#include "net/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "certificates.h"
#include "expect_error.h"
#include "loopback.h"
#include "net/channel.h"

namespace privquant {
namespace {

using namespace std::chrono_literals;

/// A byte goes each way.
void expect_talk(TransportPair pair) {
  Channel server(std::move(pair.server));
  Channel client(std::move(pair.client));
  const std::array<std::uint8_t, 3> message{1, 2, 3};
  std::array<std::uint8_t, 3> received{};
  server.send(message);
  server.flush();
  client.receive(received);
  EXPECT_EQ(received, message);
  client.send(message);
  client.flush();
  server.receive(received);
  EXPECT_EQ(received, message);
}

/// The server's error when a client behaves like `client`.
template <typename Client>
void expect_server_error(const ServerTls& tls, std::chrono::milliseconds timeout, Client&& client,
                         ErrorCode code, const std::string& part) {
  Listener listener(any_loopback_port);
  auto peer = std::async(std::launch::async, [&] { client(listener.port()); });
  EXPECT_ERROR(make_tls_transport(accept_one(listener), tls, timeout), code, part);
  peer.get();
}

TEST(Tls, APinTrustsThatCertificate) {
  const auto tls = ServerTls::self_signed();
  ASSERT_EQ(tls.fingerprint().size(), 64U);
  expect_talk(make_tls_pair(tls, ClientTls::pinned(tls.fingerprint())));
  std::string upper = tls.fingerprint();
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return static_cast<char>(std::toupper(c)); });
  upper = fmt::format("{}:{}", upper.substr(0, 2), upper.substr(2));
  expect_talk(make_tls_pair(tls, ClientTls::pinned(upper)));
}

TEST(Tls, APinTrustsNoOtherCertificate) {
  const auto tls = ServerTls::self_signed();
  const auto other = ServerTls::self_signed();
  ASSERT_NE(tls.fingerprint(), other.fingerprint());
  EXPECT_ERROR(make_tls_pair(tls, ClientTls::pinned(other.fingerprint())), ErrorCode::network,
               "the server's certificate has fingerprint " + tls.fingerprint() + ", not the pinned " +
                   other.fingerprint());
}

TEST(Tls, APinIsNotSatisfiedByAnAuthority) {
  const TestAuthority authority;
  const auto good = authority.issue("good", "IP:127.0.0.1");
  const auto other = authority.issue("other", "IP:127.0.0.1");
  const auto tls = ServerTls::from_files(good.certificate, good.key);
  expect_talk(make_tls_pair(tls, ClientTls::pinned(tls.fingerprint())));
  const auto pinned = ClientTls::pinned(ServerTls::from_files(other.certificate, other.key).fingerprint());
  EXPECT_ERROR(make_tls_pair(tls, pinned), ErrorCode::network, "not the pinned");
}

TEST(Tls, RefusesWhatIsNoFingerprint) {
  for (const std::string& text :
       {std::string(), std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'g')})
    EXPECT_ERROR(ClientTls::pinned(text), ErrorCode::usage, "64 hexadecimal digits");
}

TEST(Tls, AnAuthorityVouchesForItsServersUnderTheirNames) {
  const TestAuthority authority;
  const auto files = authority.issue("server", "DNS:localhost,IP:127.0.0.1");
  const auto tls = ServerTls::from_files(files.certificate, files.key);
  expect_talk(make_tls_pair(tls, ClientTls::with_ca(authority.ca_file()), "127.0.0.1"));
  expect_talk(make_tls_pair(tls, ClientTls::with_ca(authority.ca_file()), "localhost"));
}

TEST(Tls, AnotherAuthorityDoesNot) {
  const TestAuthority authority;
  const TestAuthority other;
  const auto files = authority.issue("server", "IP:127.0.0.1");
  const auto tls = ServerTls::from_files(files.certificate, files.key);
  EXPECT_ERROR(make_tls_pair(tls, ClientTls::with_ca(other.ca_file())), ErrorCode::network,
               "the server's certificate is not trusted");
  EXPECT_ERROR(make_tls_pair(ServerTls::self_signed(), ClientTls::with_ca(other.ca_file())),
               ErrorCode::network, "the server's certificate is not trusted");
}

TEST(Tls, ACertificateForAnotherHostIsRefused) {
  const TestAuthority authority;
  const auto files = authority.issue("server", "DNS:example.org,IP:192.0.2.1");
  const auto tls = ServerTls::from_files(files.certificate, files.key);
  for (const std::string& host : {std::string("127.0.0.1"), std::string("localhost")})
    EXPECT_ERROR(make_tls_pair(tls, ClientTls::with_ca(authority.ca_file()), host), ErrorCode::network,
                 "not made out to '" + host + "'");
}

TEST(Tls, ClientsMayNeedCertificates) {
  const TestAuthority authority;
  const TestAuthority stranger;
  const auto tls = ServerTls::self_signed(authority.ca_file());

  auto known = ClientTls::pinned(tls.fingerprint());
  const auto good = authority.issue("client", "DNS:client");
  known.present(good.certificate, good.key);
  expect_talk(make_tls_pair(tls, known));

  const auto come = [&](const ClientTls& client_tls, const char* part) {
    return [client_tls, part](std::uint16_t port) {
      // In TLS 1.3 the client has finished before the server looks at its certificate.
      const auto client = connect({"127.0.0.1", port}, client_tls, test_patience);
      EXPECT_ERROR(client->receive(test_patience), ErrorCode::network, part);
    };
  };
  expect_server_error(tls, test_patience,
                      come(ClientTls::pinned(tls.fingerprint()), "asks for a client certificate"),
                      ErrorCode::network, "the client showed no certificate");
  auto unknown = ClientTls::pinned(tls.fingerprint());
  const auto bad = stranger.issue("client", "DNS:client");
  unknown.present(bad.certificate, bad.key);
  expect_server_error(tls, test_patience, come(unknown, "give one from the CA that it trusts"),
                      ErrorCode::network, "the client's certificate is not trusted");
}

TEST(Tls, OlderVersionsAreRefused) {
  const auto old_client = [](std::uint16_t port) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                    SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    const std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(context.get()), SSL_free);
    const Socket socket = raw_connect(port);
    SSL_set_fd(session.get(), socket.descriptor());
    EXPECT_LT(SSL_connect(session.get()), 1);
  };
  expect_server_error(ServerTls::self_signed(), test_patience, old_client, ErrorCode::network, "TLS 1.3");
}

TEST(Tls, AStalledHandshakeTimesOut) {
  const auto silent = [](std::uint16_t port) {
    const Socket socket = raw_connect(port);
    char byte = 0;
    EXPECT_LE(::recv(socket.descriptor(), &byte, 1, 0), 0);
  };
  expect_server_error(ServerTls::self_signed(), 50ms, silent, ErrorCode::timeout,
                      "did not finish the TLS handshake in 0.05 s");
}

TEST(Tls, AServerThatStallsTimesOut) {
  Listener listener(any_loopback_port);
  EXPECT_ERROR(connect({"127.0.0.1", listener.port()}, ClientTls::pinned(std::string(64, 'a')), 50ms),
               ErrorCode::timeout, "did not finish the TLS handshake");
}

TEST(Tls, APlainClientIsRefused) {
  const auto plain = [](std::uint16_t port) {
    const auto client = connect({"127.0.0.1", port}, ClientTls::insecure(), test_patience);
    Frame frame;
    frame.payload.resize(100);
    client->send(std::move(frame), test_patience);
    try {
      client->receive(test_patience);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {  // Whether the server's alert or its closing comes first is a race.
      EXPECT_TRUE(error.code() == ErrorCode::peer || error.code() == ErrorCode::network) << error.what();
    }
  };
  expect_server_error(ServerTls::self_signed(), test_patience, plain, ErrorCode::network, "TLS 1.3");
}

TEST(Tls, APlainServerIsNoticed) {
  Listener listener(any_loopback_port);
  auto server = std::async(std::launch::async, [&] {
    Channel channel(make_tcp_transport(accept_one(listener)));
    std::array<std::uint8_t, 1> byte{};
    EXPECT_ERROR(channel.receive(byte), ErrorCode::peer, "but TLS");
    channel.abort("no");
  });
  EXPECT_ERROR(
      connect({"127.0.0.1", listener.port()}, ClientTls::pinned(std::string(64, 'a')), test_patience),
      ErrorCode::network, "--insecure");
  server.get();
}

TEST(Tls, FilesThatAreNoneAreNamed) {
  const TestAuthority authority;
  const auto one = authority.issue("one", "");
  const auto two = authority.issue("two", "");
  const auto text = authority.folder() / "text";
  std::ofstream(text) << "no certificate";
  EXPECT_ERROR(ServerTls::from_files("/no/such/file", one.key), ErrorCode::file, "/no/such/file");
  EXPECT_ERROR(ServerTls::from_files(text, one.key), ErrorCode::file, text.string());
  EXPECT_ERROR(ServerTls::from_files(one.certificate, text), ErrorCode::file, text.string());
  EXPECT_ERROR(ServerTls::from_files(one.certificate, two.key), ErrorCode::file, "belong to");
  EXPECT_ERROR(ServerTls::self_signed(text), ErrorCode::file, text.string());
  EXPECT_ERROR(ClientTls::with_ca("/no/such/file"), ErrorCode::file, "/no/such/file");
  EXPECT_ERROR(ClientTls::insecure().present(one.certificate, one.key), ErrorCode::usage, "--insecure");
}

}  // namespace
}  // namespace privquant
