// Hostile bytes as an ONNX file, in real numbers and in integers: an error, or a network that is valid and comes back
// from its file.
#include "fuzz/hostile.h"
#include "nn/model_file.h"
#include "onnx/import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace privquant;
  expect_answer({ErrorCode::file, ErrorCode::model}, [&] {
    const RealModel model = parse_onnx({data, size}, {});
    PQ_CHECK(parse_real_model(bytes_of(serialise_real_model(model))) == model);
  });
  expect_answer({ErrorCode::file, ErrorCode::model}, [&] {
    const Model model = parse_quantised_onnx({data, size}, {});
    PQ_CHECK(parse_model(bytes_of(serialise_model(model))).graph == model.graph);
  });
  return 0;
}
