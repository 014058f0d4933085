#include "net/socket_transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <asio/connect.hpp>
#include <asio/ssl.hpp>
#include <cstring>

#include "net/stream_transport.h"

namespace privquant {

namespace {

using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;

double seconds(std::chrono::milliseconds time) { return std::chrono::duration<double>(time).count(); }

bool is_end(const asio::error_code& error) {
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || error == asio::ssl::error::stream_truncated;
}

bool is_tls_error(const asio::error_code& error, int reason) {
  return error.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == reason;
}

/// Takes over the descriptor.
tcp::socket adopt(asio::io_context& io, Socket socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  const bool known = ::getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &length) == 0;
  tcp::socket adopted(io);
  asio::error_code error;
  adopted.assign(known && address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket.descriptor(), error);
  if (error) fail(ErrorCode::network, "cannot use the connection: {}; try again", error.message());
  socket.release();
  // Protocols wait for short messages. Buffer sizes are left to the system: it lets them grow with the
  // bandwidth-delay product, and setting them would end that.
  adopted.set_option(tcp::no_delay(true), error);
  return adopted;
}

/// Runs `io` until `outcome` is there; then, or when time is over, nothing of `socket` is pending any more.
/// False: time was over.
bool run_until(asio::io_context& io, tcp::socket& socket, std::chrono::milliseconds timeout,
               const std::optional<asio::error_code>& outcome) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  io.restart();
  while (!outcome && std::chrono::steady_clock::now() < deadline) io.run_one_until(deadline);
  if (outcome) return true;
  asio::error_code ignored;
  socket.close(ignored);
  io.restart();
  io.run();
  return false;
}

[[noreturn]] void fail_client_handshake(const asio::error_code& error, TlsStream& stream,
                                        const ServerCheck& check, const std::string& host) {
  SSL* const session = stream.native_handle();
  if (check.pin && check.seen && *check.pin != *check.seen)
    fail(ErrorCode::network,
         "the server's certificate has fingerprint {}, not the pinned {}; if its operator confirms that the "
         "certificate is new, pin the new fingerprint, otherwise someone may be in between",
         to_text(*check.seen), to_text(*check.pin));
  const long verified = SSL_get_verify_result(session);
  if (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH)
    fail(ErrorCode::network,
         "the server's certificate is not made out to '{}'; connect by a name that the certificate carries",
         host);
  if (verified != X509_V_OK)
    fail(ErrorCode::network,
         "the server's certificate is not trusted ({}); give the right CA file, or pin the server's "
         "fingerprint",
         X509_verify_cert_error_string(verified));
  if (is_end(error))
    fail(ErrorCode::network,
         "the server closed the connection during the TLS handshake; check that it is a privquant server and "
         "that it runs with TLS (without --insecure)");
  if (is_tls_error(error, SSL_R_WRONG_VERSION_NUMBER))
    fail(ErrorCode::network,
         "the server does not speak TLS; check the port, and whether the server runs with --insecure");
  fail(ErrorCode::network, "the TLS handshake with the server failed ({}); both sides need TLS 1.3",
       error.message());
}

[[noreturn]] void fail_server_handshake(const asio::error_code& error, TlsStream& stream) {
  if (is_end(error))
    fail(ErrorCode::network,
         "the client closed the connection during the TLS handshake; it may not trust this server's "
         "certificate");
  if (is_tls_error(error, SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE))
    fail(ErrorCode::network,
         "the client showed no certificate; it must show one from the CA that this server was given");
  if (const long verified = SSL_get_verify_result(stream.native_handle()); verified != X509_V_OK)
    fail(ErrorCode::network,
         "the client's certificate is not trusted ({}); it must come from the CA that this server was given",
         X509_verify_cert_error_string(verified));
  fail(ErrorCode::network,
       "the TLS handshake with the client failed ({}); it must speak TLS 1.3 and trust this server's "
       "certificate",
       error.message());
}

}  // namespace

StreamFailure describe_read_failure(const asio::error_code& error) {
  if (is_end(error))
    return {
        ErrorCode::network,
        "the other party closed the connection without a good-bye; it may have crashed or been stopped: see "
        "its log and try again"};
  if (is_tls_error(error, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED))
    return {ErrorCode::network,
            "the server asks for a client certificate; give one from the CA that the server trusts"};
  // The client's half of a handshake ends before the server has looked at its certificate.
  if (error.category() == asio::error::get_ssl_category())
    return {ErrorCode::network,
            fmt::format(
                "TLS ended the connection ({}); if the server asks for client certificates, give one from "
                "the CA that it trusts",
                error.message())};
  return {ErrorCode::network,
          fmt::format("the connection broke ({}); check the network, and the other party's log",
                      error.message())};
}

StreamFailure describe_garbage(Bytes first_bytes) {
  constexpr std::array<std::uint8_t, 2> handshake{0x16, 3};
  constexpr std::array<std::uint8_t, 2> alert{0x15, 3};
  const auto begins_with = [&](const auto& prefix) {
    return first_bytes.size() >= prefix.size() &&
           std::memcmp(first_bytes.data(), prefix.data(), prefix.size()) == 0;
  };
  if (begins_with(handshake) || begins_with(alert))
    return {ErrorCode::peer,
            "the other party does not speak the PrivQuant protocol but TLS; leave out --insecure on this "
            "side, or "
            "give it on both"};
  return {
      ErrorCode::peer,
      "the other party does not speak the PrivQuant protocol in this version; check the port, and that both "
      "sides run the same version of privquant"};
}

std::unique_ptr<Transport> make_tcp_transport(Socket socket) {
  auto io = std::make_unique<asio::io_context>(1);
  auto stream = std::make_unique<tcp::socket>(adopt(*io, std::move(socket)));
  return std::make_unique<StreamTransport<tcp::socket>>(std::move(io), std::move(stream));
}

std::unique_ptr<Transport> make_tls_transport(Socket socket, const ServerTls& tls,
                                              std::chrono::milliseconds timeout) {
  auto io = std::make_unique<asio::io_context>(1);
  auto stream = std::make_unique<TlsStream>(adopt(*io, std::move(socket)), new_server_session(tls));
  std::optional<asio::error_code> outcome;
  stream->async_handshake(TlsStream::server, [&](const asio::error_code& error) { outcome = error; });
  if (!run_until(*io, stream->next_layer(), timeout, outcome))
    fail(ErrorCode::timeout, "the client did not finish the TLS handshake in {} s; it must speak TLS 1.3",
         seconds(timeout));
  if (*outcome) fail_server_handshake(*outcome, *stream);
  return std::make_unique<StreamTransport<TlsStream>>(std::move(io), std::move(stream));
}

std::unique_ptr<Transport> make_tls_transport(Socket socket, const ClientTls& tls, const std::string& host,
                                              std::chrono::milliseconds timeout) {
  auto io = std::make_unique<asio::io_context>(1);
  ServerCheck check;
  auto stream =
      std::make_unique<TlsStream>(adopt(*io, std::move(socket)), new_client_session(tls, host, check));
  std::optional<asio::error_code> outcome;
  stream->async_handshake(TlsStream::client, [&](const asio::error_code& error) { outcome = error; });
  if (!run_until(*io, stream->next_layer(), timeout, outcome))
    fail(ErrorCode::timeout,
         "the server did not finish the TLS handshake in {} s; check that it is a privquant server and runs "
         "with "
         "TLS (without --insecure)",
         seconds(timeout));
  if (*outcome) fail_client_handshake(*outcome, *stream, check, host);
  return std::make_unique<StreamTransport<TlsStream>>(std::move(io), std::move(stream));
}

std::unique_ptr<Transport> connect(const Endpoint& endpoint, const ClientTls& tls,
                                   std::chrono::milliseconds timeout) {
  asio::io_context io{1};
  asio::error_code error;
  const auto addresses = tcp::resolver(io).resolve(endpoint.host, std::to_string(endpoint.port), error);
  if (error)
    fail(ErrorCode::network, "the host name '{}' is unknown ({}); check its spelling", endpoint.host,
         error.message());
  tcp::socket socket(io);
  std::optional<asio::error_code> outcome;
  asio::async_connect(socket, addresses,
                      [&](const asio::error_code& result, const tcp::endpoint&) { outcome = result; });
  if (!run_until(io, socket, timeout, outcome))
    fail(ErrorCode::timeout, "no answer from {} in {} s; check the address and the firewalls in between",
         endpoint.text(), seconds(timeout));
  if (*outcome == asio::error::connection_refused)
    fail(ErrorCode::network, "nobody listens at {}; start the server first, or check the port",
         endpoint.text());
  if (*outcome)
    fail(ErrorCode::network, "cannot connect to {} ({}); check the address and the network", endpoint.text(),
         outcome->message());
  Socket connected(socket.release(), endpoint.text());
  if (tls.is_insecure()) return make_tcp_transport(std::move(connected));
  return make_tls_transport(std::move(connected), tls, endpoint.host, timeout);
}

}  // namespace privquant
