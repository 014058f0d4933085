// Hostile bytes as a model file: an error, or a model whose bytes give the same model again.
#include "fuzz/hostile.h"
#include "nn/model_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace privquant;
  expect_answer({ErrorCode::file, ErrorCode::model}, [&] {
    const std::string canonical = serialise_model(parse_model({data, size}));
    PQ_CHECK(serialise_model(parse_model(bytes_of(canonical))) == canonical);
  });
  return 0;
}
