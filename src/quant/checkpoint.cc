#include "quant/checkpoint.h"

#include <torch/serialize.h>
#include <torch/types.h>

#include <sstream>

#include "base/error.h"
#include "nn/container.h"
#include "nn/files.h"

namespace privquant {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 32;
constexpr std::int64_t most_nodes = 1 << 20;

torch::Tensor tensor_of(const std::string& text) {
  torch::Tensor bytes = torch::empty({static_cast<std::int64_t>(text.size())}, torch::kUInt8);
  std::copy(text.begin(), text.end(), bytes.data_ptr<std::uint8_t>());
  return bytes;
}

std::string text_of(const torch::Tensor& bytes) {
  return {bytes.data_ptr<std::uint8_t>(), bytes.data_ptr<std::uint8_t>() + bytes.numel()};
}

std::vector<float> floats_of(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), tensor.data_ptr<float>() + tensor.numel()};
}

torch::Tensor read(torch::serialize::InputArchive& archive, const std::string& name) {
  torch::Tensor tensor;
  archive.read(name, tensor);
  return tensor.clone().contiguous();
}

}  // namespace

std::filesystem::path checkpoint_path(const std::filesystem::path& output) {
  return output.string() + ".checkpoint";
}

void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path) {
  torch::serialize::OutputArchive archive;
  archive.write("purpose", tensor_of(checkpoint.purpose));
  archive.write("place", torch::tensor({checkpoint.finished_bounds, checkpoint.stage}));
  archive.write("training", tensor_of(checkpoint.training));
  archive.write("nodes", torch::tensor(static_cast<std::int64_t>(checkpoint.start.size())));
  for (std::size_t id = 0; id < checkpoint.start.size(); ++id) {
    if (!checkpoint.start[id]) continue;
    archive.write("weights" + std::to_string(id), torch::tensor(checkpoint.start[id]->weights));
    archive.write("bias" + std::to_string(id), torch::tensor(checkpoint.start[id]->bias));
  }
  std::ostringstream bytes;
  archive.save_to(bytes);
  replace_file(path, bytes.str(), Readers::owner);
}

std::optional<Checkpoint> load_checkpoint(const std::filesystem::path& path) try {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  const std::vector<std::uint8_t> bytes = read_at_most(path, most_bytes);
  torch::serialize::InputArchive archive;
  archive.load_from(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  Checkpoint checkpoint;
  checkpoint.purpose = text_of(read(archive, "purpose"));
  const torch::Tensor place = read(archive, "place");
  checkpoint.finished_bounds = place[0].item<int>();
  checkpoint.stage = place[1].item<int>();
  checkpoint.training = text_of(read(archive, "training"));
  const auto nodes = read(archive, "nodes").item<std::int64_t>();
  if (nodes < 0 || nodes > most_nodes || checkpoint.finished_bounds < 0 || checkpoint.stage < 0)
    throw std::runtime_error("out of range");
  checkpoint.start.resize(static_cast<std::size_t>(nodes));
  for (std::size_t id = 0; id < checkpoint.start.size(); ++id) {
    torch::Tensor probe;
    if (!archive.try_read("weights" + std::to_string(id), probe)) continue;
    checkpoint.start[id] = RealWeights{floats_of(read(archive, "weights" + std::to_string(id))),
                                       floats_of(read(archive, "bias" + std::to_string(id)))};
  }
  return checkpoint;
} catch (const Error&) {
  throw;
} catch (const std::exception&) {
  fail(ErrorCode::file, "the checkpoint {} is damaged; remove it and begin again", path.string());
}

std::string fingerprint(const RealModel& model) {
  return to_hex(sha256(as_bytes(serialise_real_model(model))));
}

Checkpoint checkpoint_for(const std::string& purpose, const std::filesystem::path& path) {
  Checkpoint checkpoint = load_checkpoint(path).value_or(Checkpoint{});
  if (!checkpoint.purpose.empty() && checkpoint.purpose != purpose) {
    fail(ErrorCode::usage, "the checkpoint {} is of other options or another network; remove it or use those",
         path.string());
  }
  return checkpoint;
}

}  // namespace privquant
