// The messages of a session (proto/session.proto) as values; lengths and contents are checked on receipt.
//
// client                          server
//   preamble, ClientHello     →
//                             ←     preamble, ServerHello, the contract if asked for
//   START(plan hash)          →
//   engine set-up             ↔
//   PREPARE(n), or a slice of it, then that ↔  ahead, any number of times
//   INFER, then one inference ↔     any number of times
//   FINISH                    →
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "net/channel.h"
#include "nn/model_file.h"
#include "ot/ot_extension.h"
#include "plan/plan.h"

namespace privquant {

/// Changes whenever an older peer would misunderstand a newer one, protocols included.
inline constexpr std::uint32_t session_version = 8;

struct ClientHello {
  std::optional<Hash> contract_hash;  ///< none: the client has no contract yet
  std::string link;
  std::uint64_t preparation_memory = 0;
};

struct ServerHello {
  Hash contract_hash{};
  Hash plan_hash{};
  std::string profile;
  std::string reveal;
  std::string link;
  std::uint64_t preparation_memory = 0;
  std::set<std::string> without{};  ///< passes of the profile that are switched off
  OtExtension extension = OtExtension::iknp;
  std::uint64_t round_bytes = 0;  ///< the plan's; at most max_round_bytes
  LinearPreparation linear = LinearPreparation::automatic;
  std::set<NodeId> ot_layers{};  ///< as PlanOptions::ot_layers
};

enum class RequestKind { start, prepare, prepare_slice, infer, finish };
struct Request {
  RequestKind kind = RequestKind::finish;
  Hash plan_hash{};            ///< of a start
  std::size_t inferences = 0;  ///< of preparations: 1 to max_prepared_inferences
};

/// The eight bytes that every version of the session protocol begins with.
void send_preamble(Channel& channel, std::uint32_t version);

void send(Channel& channel, const ClientHello& hello);
void send(Channel& channel, const ServerHello& hello);
void send(Channel& channel, const Request& request);

/// All three: @throws Error(peer) if the other party speaks another version or breaks the form; Channel's
/// errors.
ClientHello receive_client_hello(Channel& channel);
ServerHello receive_server_hello(Channel& channel);
Request receive_request(Channel& channel);

}  // namespace privquant
