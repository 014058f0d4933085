// Hostile bytes as an ONNX file: an error, or a network that is valid and comes back from its file.
#include "fuzz/hostile.h"
#include "onnx/import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace privquant;
  expect_answer({ErrorCode::file, ErrorCode::model}, [&] {
    const RealModel model = parse_onnx({data, size}, {});
    PQ_CHECK(parse_real_model(bytes_of(serialise_real_model(model))) == model);
  });
  return 0;
}
