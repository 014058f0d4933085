// The inner loops of a convolution's OTs: vectors of one value per output channel of a group. Words are those
// of the accumulator's ring; Highway dispatches at run time.
#pragma once

#include <cstdint>

namespace privquant {

/// One OT of the server: pads zero/one, swapped where the correction is 1; message = p0 + c − p1 with c =
/// ±weights (negated where `negative`); accumulator −= p0 · 2^shift. `outputs` words each; messages are
/// reduced by `mask`.
struct ServerRow {
  const void* zero;
  const void* one;
  const void* weights;
  void* message;
  void* accumulator;
  bool swap;
  bool negative;
};
void server_rows(std::size_t word_bytes, const ServerRow* rows, std::size_t count, std::size_t outputs,
                 int shift, std::uint64_t mask);

/// One OT of the client: accumulator += (pad + choice · message) · 2^shift.
struct ClientRow {
  const void* pad;
  const void* message;
  void* accumulator;
  bool choice;
};
void client_rows(std::size_t word_bytes, const ClientRow* rows, std::size_t count, std::size_t outputs,
                 int shift);

/// accumulator += factor · weights.
struct ProductRow {
  const void* weights;
  void* accumulator;
  std::uint64_t factor;
};
void product_rows(std::size_t word_bytes, const ProductRow* rows, std::size_t count, std::size_t outputs);

}  // namespace privquant
