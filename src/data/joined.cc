#include "data/joined.h"

#include <utility>

#include "base/error.h"

namespace privquant {
namespace {

class JoinedDataset final : public Dataset {
 public:
  explicit JoinedDataset(std::vector<std::unique_ptr<Dataset>> parts) : parts_(std::move(parts)) {
    for (const auto& part : parts_) size_ += part->size();
  }

  std::size_t size() const override { return size_; }

  LabelledPicture at(std::size_t index) const override {
    PQ_CHECK(index < size_);
    std::size_t part = 0;
    for (; index >= parts_[part]->size(); ++part) index -= parts_[part]->size();
    return parts_[part]->at(index);
  }

 private:
  std::vector<std::unique_ptr<Dataset>> parts_;
  std::size_t size_ = 0;
};

}  // namespace

std::unique_ptr<Dataset> join(std::vector<std::unique_ptr<Dataset>> parts) {
  PQ_CHECK(!parts.empty());
  if (parts.size() == 1) return std::move(parts[0]);
  return std::make_unique<JoinedDataset>(std::move(parts));
}

}  // namespace privquant
