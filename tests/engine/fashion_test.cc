// The demo's model on the real test pictures (Debian package dataset-fashion-mnist; skipped without it).
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "base/parallel_for.h"
#include "data/picture.h"
#include "engine/local_pair.h"
#include "nn/executor.h"
#include "nn/model_file.h"

namespace privquant {
namespace {

const char* const data_folder = "/usr/share/datasets/fashion-mnist";

class Fashion : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(data_folder))
      GTEST_SKIP() << "needs the Debian package dataset-fashion-mnist";
  }
  Model model = load_model(std::string(PRIVQUANT_SOURCE_DIR) + "/models/fashion.pqm");

  IntegerTensor input(const Picture& picture) const {
    return quantise_picture(model.graph, picture.channels, picture.height, picture.width, picture.bytes);
  }
};

TEST_F(Fashion, IntegerAccuracyIsAsStated) {
  const auto pictures = open_dataset(data_folder, DatasetPart::test, 1);
  ASSERT_EQ(pictures->size(), 10000U);
  std::atomic<std::size_t> right{0};
  parallel_for(pictures->size(), 100, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const LabelledPicture labelled = pictures->at(i);
      if (static_cast<int>(argmax(run_plaintext(model, input(labelled.picture)))) == labelled.label) ++right;
    }
  });
  EXPECT_EQ(right, 9212U) << "README and models/fashion.md state 92.12 %";
}

TEST_F(Fashion, SecureResultEqualsThePlaintextAfterEveryLayer) {
  const auto pictures = open_dataset(data_folder, DatasetPart::test, 1);
  for (const OtExtension extension : ot_extensions) {
    SCOPED_TRACE(name_of(extension));
    PlanOptions options;
    options.extension = extension;
    const Plan plan = make_plan(model.graph, options);
    LocalPair pair(model, plan);
    for (const std::size_t index : {0U, 4711U}) {
      const auto verification = pair.verify(input(pictures->at(index).picture));
      EXPECT_FALSE(verification.first_difference.has_value());
      EXPECT_GT(verification.nodes_compared, 10U);
    }
  }
}

}  // namespace
}  // namespace privquant
