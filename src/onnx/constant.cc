#include "onnx/constant.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "nn/limits.h"
#include "onnx/problem.h"

namespace privquant {

namespace {

using Type = onnx::TensorProto;

constexpr std::size_t most_dimensions = 64;  // a number for each is kept by all that reshape it

float from_half(std::uint16_t half) {
  const bool negative = (half >> 15) != 0;
  const int exponent = (half >> 10) & 0x1f;
  const int mantissa = half & 0x3ff;
  float magnitude = 0;
  if (exponent == 0x1f) {
    magnitude = mantissa == 0 ? INFINITY : NAN;
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(mantissa), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
  }
  return negative ? -magnitude : magnitude;
}

/// Little-endian words of raw_data.
template <typename Word>
std::vector<Word> raw_words(const std::string& bytes, std::size_t count) {
  static_assert(std::endian::native == std::endian::little);
  if (bytes.size() != count * sizeof(Word)) {
    cannot_import("a tensor of {} elements has {} bytes where {} belong; export the file again", count,
                  bytes.size(), count * sizeof(Word));
  }
  std::vector<Word> words(count);
  if (count > 0) std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

template <typename Result, typename Word, typename Field, typename Convert>
std::vector<Result> decode(const Type& tensor, std::size_t count, const Field& field, Convert&& convert) {
  std::vector<Result> result;
  const auto fill = [&](const auto& values) {
    result.reserve(count);
    for (const auto value : values) result.push_back(convert(static_cast<Word>(value)));
  };
  if (tensor.has_raw_data()) {
    fill(raw_words<Word>(tensor.raw_data(), count));
  } else if (static_cast<std::size_t>(field.size()) != count) {
    cannot_import("a tensor of {} elements has {}; export the file again", count, field.size());
  } else {
    fill(field);
  }
  return result;
}

template <typename Word>
Integers decode_integers(const Type& tensor, std::size_t count) {
  const auto convert = [](Word word) { return static_cast<std::int64_t>(word); };
  if constexpr (sizeof(Word) == sizeof(std::int64_t)) {
    return decode<std::int64_t, Word>(tensor, count, tensor.int64_data(), convert);
  } else {
    return decode<std::int64_t, Word>(tensor, count, tensor.int32_data(), convert);
  }
}

Elements decode_values(const Type& tensor, std::size_t count) {
  switch (tensor.data_type()) {
    case Type::FLOAT:
      return decode<float, float>(tensor, count, tensor.float_data(), [](float x) { return x; });
    case Type::DOUBLE:
      return decode<float, double>(tensor, count, tensor.double_data(), [](double x) {
        return std::abs(x) > std::numeric_limits<float>::max() ? NAN : static_cast<float>(x);
      });
    case Type::FLOAT16:
      return decode<float, std::uint16_t>(tensor, count, tensor.int32_data(), from_half);
    case Type::INT64:
      return decode_integers<std::int64_t>(tensor, count);
    case Type::INT32:
      return decode_integers<std::int32_t>(tensor, count);
    case Type::INT8:
      return decode_integers<std::int8_t>(tensor, count);
    case Type::UINT8:
    case Type::BOOL:
      return decode_integers<std::uint8_t>(tensor, count);
    default:
      cannot_import("a tensor of ONNX type {} is not read; store it as float", tensor.data_type());
  }
}

/// Of what DequantizeLinear can read.
std::optional<TensorType> integer_type(const Type& tensor) {
  switch (tensor.data_type()) {
    case Type::INT8:
      return TensorType{8, true, 0};
    case Type::UINT8:
      return TensorType{8, false, 0};
    case Type::INT32:
      return TensorType{32, true, 0};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::size_t element_count(const std::vector<std::int64_t>& dims) {
  if (dims.size() > most_dimensions)
    cannot_import("a tensor has {} dimensions, more than {}; export the file again", dims.size(),
                  most_dimensions);
  std::uint64_t count = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0) cannot_import("a tensor has a dimension of {}; export the file again", dim);
    // The count so far is below 2^31, and so is the dimension.
    const auto size = static_cast<std::uint64_t>(dim);
    if (size > max_elements || count * size > max_elements) {
      cannot_import("a tensor has more than {} elements; use a smaller network", max_elements);
    }
    count *= size;
  }
  return static_cast<std::size_t>(count);
}

Constant::Constant(std::vector<std::int64_t> with_dims, Elements with_values,
                   std::optional<TensorType> with_type)
    : dims(std::move(with_dims)),
      values(std::make_shared<const Elements>(std::move(with_values))),
      type(with_type) {}

std::size_t Constant::size() const {
  return std::visit([](const auto& list) { return list.size(); }, *values);
}

const Reals& Constant::reals() const {
  if (const auto* list = std::get_if<Reals>(values.get())) return *list;
  cannot_import("a constant holds integers where real numbers belong; store it as float");
}

const Integers& Constant::integers() const {
  if (const auto* list = std::get_if<Integers>(values.get())) return *list;
  cannot_import("a constant holds real numbers where integers belong; export the file again");
}

Constant decode_constant(const onnx::TensorProto& tensor, ElementBudget& budget) {
  if (tensor.data_location() == Type::EXTERNAL || tensor.external_data_size() > 0) {
    cannot_import(
        "its values lie in another file; save the network as one file (save_as_external_data=False)");
  }
  if (tensor.has_segment()) cannot_import("it is stored in segments; save it whole");
  std::vector<std::int64_t> dims(tensor.dims().begin(), tensor.dims().end());
  const std::size_t count = element_count(dims);
  budget.take(count);
  Constant constant(std::move(dims), decode_values(tensor, count), integer_type(tensor));
  if (constant.is_real()) {
    for (const float value : constant.reals()) {
      if (!std::isfinite(value)) {
        cannot_import("some value is NaN, infinite or too large for float; train the network again");
      }
    }
  }
  return constant;
}

}  // namespace privquant
