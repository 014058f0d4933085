// Hostile bytes as a model file: an error, or a model whose bytes give the same model again.
#include "fuzz/hostile.h"
#include "nn/container.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace privquant;
  const std::string input(data, data + size);
  // No mutation gives a right hash, so that input without the magic is the payload of a whole file.
  const std::string file = input.starts_with("PQ") ? input : wrap(FileKind::model, input);
  expect_answer({ErrorCode::file, ErrorCode::model}, [&] {
    const std::string canonical = serialise_model(parse_model(bytes_of(file)));
    PQ_CHECK(serialise_model(parse_model(bytes_of(canonical))) == canonical);
  });
  return 0;
}
