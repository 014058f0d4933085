#include "ot/base_ot.h"

namespace privquant {
namespace {

Scalar draw_scalar(Prg& random) {
  std::array<std::uint8_t, 64> bytes;
  random.fill(bytes);
  Scalar scalar = Scalar::from_uniform(bytes);
  wipe(bytes.data(), bytes.size());
  return scalar;
}

Block seed_of(Block binding, std::uint64_t index, const EncodedPoint& a, const EncodedPoint& b,
              EncodedPoint shared) {
  const Bytes binding_bytes{reinterpret_cast<const std::uint8_t*>(&binding), sizeof binding};
  const Block seed = derive_key("privquant base OT", index, {binding_bytes, a, b, shared});
  wipe(shared.data(), shared.size());
  return seed;
}

}  // namespace

BaseOtSender::BaseOtSender(Prg& random) : exponent_(draw_scalar(random)), point_(multiply_base(exponent_)) {}

void BaseOtSender::start(Channel& channel) const { channel.send(point_); }

SecretVector<SeedPair> BaseOtSender::finish(Channel& channel, std::size_t count, Block binding) const {
  std::vector<EncodedPoint> points(count);
  for (EncodedPoint& point : points) channel.receive(point);
  SecretVector<SeedPair> seeds(count);
  EncodedPoint own_shared = multiply(exponent_, point_);
  for (std::size_t i = 0; i < count; ++i) {
    // a·(B − A) = a·B − a·A: one multiplication serves both seeds.
    EncodedPoint shared = multiply(exponent_, points[i]);
    seeds[i][0] = seed_of(binding, i, point_, points[i], shared);
    seeds[i][1] = seed_of(binding, i, point_, points[i], subtract(shared, own_shared));
    wipe(shared.data(), shared.size());
  }
  wipe(own_shared.data(), own_shared.size());
  return seeds;
}

SecretVector<Block> BaseOtReceiver::run(Channel& channel, Prg& random,
                                        std::span<const std::uint8_t> choices) const {
  EncodedPoint a;
  channel.receive(a);
  SecretVector<Block> seeds(choices.size());
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const Scalar exponent = draw_scalar(random);
    const EncodedPoint zero = multiply_base(exponent);
    const EncodedPoint one = add(zero, a);
    // Both candidates are always computed; the choice selects bytes, not branches.
    EncodedPoint b;
    const auto mask = static_cast<std::uint8_t>(-static_cast<int>(choices[i] & 1U));
    for (std::size_t byte = 0; byte < b.size(); ++byte)
      b[byte] = static_cast<std::uint8_t>(zero[byte] ^ ((zero[byte] ^ one[byte]) & mask));
    channel.send(b);
    seeds[i] = seed_of(binding_, i, a, b, multiply(exponent, a));
  }
  return seeds;
}

}  // namespace privquant
