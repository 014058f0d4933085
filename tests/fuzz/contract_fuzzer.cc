// Hostile bytes as a public contract: an error, or a graph whose bytes give the same graph again.
#include "fuzz/hostile.h"
#include "nn/model_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace privquant;
  expect_answer({ErrorCode::file, ErrorCode::model}, [&] {
    const std::string canonical = serialise_contract(parse_contract({data, size}));
    PQ_CHECK(serialise_contract(parse_contract(bytes_of(canonical))) == canonical);
  });
  return 0;
}
