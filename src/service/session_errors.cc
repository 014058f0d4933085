#include "service/session_errors.h"

#include "base/error.h"

namespace privquant {

namespace {

std::string link_name(const std::string& link) { return link.empty() ? "as it is" : "shaped to " + link; }

}  // namespace

std::string abbreviate(const Hash& hash) { return to_hex(hash).substr(0, 16); }

void require_same_link(const std::string& server, const std::string& client) {
  if (server == client) return;
  fail(ErrorCode::peer,
       "the server's link is {}, the client's {}; start both with the same --network, or both without",
       link_name(server), link_name(client));
}

void require_same_plan(const Hash& server, const Hash& client) {
  if (server == client) return;
  fail(ErrorCode::peer,
       "server and client made different plans of the same contract ({} and {}); install the same version of "
       "PrivQuant on both sides",
       abbreviate(server), abbreviate(client));
}

}  // namespace privquant
