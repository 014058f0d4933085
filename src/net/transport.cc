#include "net/transport.h"

#include "base/error.h"

namespace privquant {

namespace {

double seconds(std::chrono::milliseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

void fail_closed_by_peer() {
  fail(ErrorCode::network,
       "the other party closed the connection before the protocol was finished; see its log and try again");
}

void fail_closed_here() {
  fail(ErrorCode::network, "this connection is closed already; open a new one to go on");
}

void fail_silent_peer(std::chrono::milliseconds patience) {
  fail(
      ErrorCode::timeout,
      "the other party sent nothing for {} s; check that it still runs and that the network carries its data",
      seconds(patience));
}

void fail_full_peer(std::chrono::milliseconds patience) {
  fail(
      ErrorCode::timeout,
      "the other party took no data for {} s; check that it still runs and that the network carries our data",
      seconds(patience));
}

void fail_too_much_unread() {
  fail(ErrorCode::peer, "more than {} GiB wait to be read while both parties send; split the work into parts",
       max_unread_bytes >> 30);
}

}  // namespace privquant
