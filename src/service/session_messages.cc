#include "service/session_messages.h"

#include <google/protobuf/stubs/logging.h>
#include <proto/session.pb.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "nn/limits.h"
#include "service/session_options.h"

namespace privquant {

namespace {

constexpr std::array<std::uint8_t, 4> magic{'P', 'Q', 'S', 'E'};
constexpr std::size_t max_client_hello_bytes = 1024;
// And ids of nodes, of two bytes or three, that are left to OTs.
constexpr std::size_t max_server_hello_bytes = max_client_hello_bytes + 3 * max_nodes;
constexpr std::size_t max_request_bytes = 128;
constexpr std::size_t max_word_bytes = 64;

constexpr const char* same_version = "install the same version of PrivQuant on both sides";

[[noreturn]] void fail_malformed(const char* what) {
  fail(ErrorCode::peer, "the {} is malformed; {}", what, same_version);
}

void receive_preamble(Channel& channel, const char* sender, const char* receiver) {
  std::array<std::uint8_t, 8> bytes{};
  channel.receive(bytes);
  if (!std::equal(magic.begin(), magic.end(), bytes.begin())) {
    fail(ErrorCode::peer, "the {} does not begin a PrivQuant session; check the address and the port",
         sender);
  }
  std::uint32_t version = 0;
  for (std::size_t i = 0; i < 4; ++i) version |= std::uint32_t{bytes[4 + i]} << (8 * i);
  if (version != session_version) {
    fail(ErrorCode::peer, "the {} speaks version {} of the session protocol, the {} version {}; {}", sender,
         version, receiver, session_version, same_version);
  }
}

void send_message(Channel& channel, const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  channel.send_sized(as_bytes(bytes));
  channel.flush();
}

template <typename Message>
Message receive_message(Channel& channel, std::size_t limit, const char* what) {
  const std::vector<std::uint8_t> bytes = channel.receive_sized(limit);
  // Malformed messages are reported once, by us.
  const google::protobuf::LogSilencer silencer;
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) fail_malformed(what);
  return message;
}

std::string to_bytes(const Hash& hash) { return {hash.begin(), hash.end()}; }

Hash to_hash(const std::string& bytes, const char* what) {
  Hash hash{};
  if (bytes.size() != hash.size()) fail_malformed(what);
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

/// The enumerations' orders are ours to change, the numbers on the wire are not.
constexpr std::array<std::pair<proto::OtExtension, OtExtension>, ot_extensions.size()> extension_numbers{{
    {proto::IKNP, OtExtension::iknp},
    {proto::SOFTSPOKEN_2, OtExtension::softspoken2},
    {proto::SOFTSPOKEN_4, OtExtension::softspoken4},
    {proto::SOFTSPOKEN_8, OtExtension::softspoken8},
    {proto::FERRET, OtExtension::ferret},
}};
constexpr std::array<std::pair<proto::LinearPreparation, LinearPreparation>, linear_preparations.size()>
    linear_numbers{{
        {proto::LINEAR_OT, LinearPreparation::ot},
        {proto::LINEAR_LATTICE, LinearPreparation::lattice},
        {proto::LINEAR_AUTO, LinearPreparation::automatic},
    }};

template <typename Numbers, typename Value>
auto to_number(const Numbers& numbers, Value value) {
  const auto* const found =
      std::find_if(numbers.begin(), numbers.end(), [&](const auto& entry) { return entry.second == value; });
  PQ_CHECK(found != numbers.end());
  return found->first;
}

/// `what`: what the server uses.
template <typename Numbers, typename Number>
auto from_number(const Numbers& numbers, Number number, const char* what) {
  const auto* const found =
      std::find_if(numbers.begin(), numbers.end(), [&](const auto& entry) { return entry.first == number; });
  if (found == numbers.end()) {
    fail(ErrorCode::peer, "the server uses {} number {}, which this client does not know; {}", what,
         static_cast<int>(number), same_version);
  }
  return found->second;
}

/// Words of the peer end up in messages: short and plain.
std::string to_word(const std::string& text, const char* what) {
  const auto is_plain = [](char letter) { return letter >= 0x20 && letter < 0x7f; };
  if (text.size() > max_word_bytes || !std::all_of(text.begin(), text.end(), is_plain)) fail_malformed(what);
  return text;
}

}  // namespace

void send_preamble(Channel& channel, std::uint32_t version) {
  std::array<std::uint8_t, 8> bytes{};
  std::copy(magic.begin(), magic.end(), bytes.begin());
  for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<std::uint8_t>(version >> (8 * i));
  channel.send(bytes);
}

void send(Channel& channel, const ClientHello& hello) {
  proto::ClientHello message;
  if (hello.contract_hash) message.set_contract_hash(to_bytes(*hello.contract_hash));
  message.set_link(hello.link);
  message.set_preparation_memory(hello.preparation_memory);
  send_preamble(channel, session_version);
  send_message(channel, message);
}

void send(Channel& channel, const ServerHello& hello) {
  proto::ServerHello message;
  message.set_contract_hash(to_bytes(hello.contract_hash));
  message.set_plan_hash(to_bytes(hello.plan_hash));
  message.set_profile(hello.profile);
  message.set_reveal(hello.reveal);
  message.set_link(hello.link);
  message.set_preparation_memory(hello.preparation_memory);
  for (const std::string& pass : hello.without) message.add_without(pass);
  message.set_ot(to_number(extension_numbers, hello.extension));
  message.set_round_bytes(hello.round_bytes);
  message.set_linear(to_number(linear_numbers, hello.linear));
  for (const NodeId layer : hello.ot_layers) message.add_ot_layers(static_cast<std::uint32_t>(layer));
  send_preamble(channel, session_version);
  send_message(channel, message);
}

void send(Channel& channel, const Request& request) {
  proto::ClientRequest message;
  switch (request.kind) {
    case RequestKind::start:
      message.set_kind(proto::ClientRequest::START);
      message.set_plan_hash(to_bytes(request.plan_hash));
      break;
    case RequestKind::prepare:
    case RequestKind::prepare_slice:
      message.set_kind(request.kind == RequestKind::prepare ? proto::ClientRequest::PREPARE
                                                            : proto::ClientRequest::PREPARE_SLICE);
      message.set_inferences(static_cast<std::uint32_t>(request.inferences));
      break;
    case RequestKind::infer:
      message.set_kind(proto::ClientRequest::INFER);
      break;
    case RequestKind::finish:
      message.set_kind(proto::ClientRequest::FINISH);
      break;
  }
  send_message(channel, message);
}

ClientHello receive_client_hello(Channel& channel) {
  constexpr const char* what = "client's hello";
  receive_preamble(channel, "client", "server");
  const auto message = receive_message<proto::ClientHello>(channel, max_client_hello_bytes, what);
  ClientHello hello;
  if (!message.contract_hash().empty()) hello.contract_hash = to_hash(message.contract_hash(), what);
  hello.link = to_word(message.link(), what);
  hello.preparation_memory = message.preparation_memory();
  return hello;
}

ServerHello receive_server_hello(Channel& channel) {
  constexpr const char* what = "server's hello";
  receive_preamble(channel, "server", "client");
  const auto message = receive_message<proto::ServerHello>(channel, max_server_hello_bytes, what);
  std::set<std::string> without;
  for (const std::string& pass : message.without()) without.insert(to_word(pass, what));
  if (message.round_bytes() > max_round_bytes) {
    fail(ErrorCode::peer,
         "the server's plan says that a round is worth {} bytes, more than any link carries; {}",
         message.round_bytes(), same_version);
  }
  return {to_hash(message.contract_hash(), what),
          to_hash(message.plan_hash(), what),
          to_word(message.profile(), what),
          to_word(message.reveal(), what),
          to_word(message.link(), what),
          message.preparation_memory(),
          std::move(without),
          from_number(extension_numbers, message.ot(), "OT extension"),
          message.round_bytes(),
          from_number(linear_numbers, message.linear(), "linear preparation"),
          {message.ot_layers().begin(), message.ot_layers().end()}};
}

Request receive_request(Channel& channel) {
  constexpr const char* what = "client's request";
  const auto message = receive_message<proto::ClientRequest>(channel, max_request_bytes, what);
  switch (message.kind()) {
    case proto::ClientRequest::START:
      return {RequestKind::start, to_hash(message.plan_hash(), what)};
    case proto::ClientRequest::PREPARE:
    case proto::ClientRequest::PREPARE_SLICE:
      if (message.inferences() == 0 || message.inferences() > max_prepared_inferences) fail_malformed(what);
      return {
          message.kind() == proto::ClientRequest::PREPARE ? RequestKind::prepare : RequestKind::prepare_slice,
          {},
          message.inferences()};
    case proto::ClientRequest::INFER:
      return {RequestKind::infer, {}};
    case proto::ClientRequest::FINISH:
      return {RequestKind::finish, {}};
    default:
      fail_malformed(what);
  }
}

}  // namespace privquant
