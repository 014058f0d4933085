// The demo's model from nothing: trains on Fashion-MNIST, quantises, writes the model file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace privquant {

struct TrainDemoOptions {
  /// Folder with train-images-idx3-ubyte.gz and t10k-images-idx3-ubyte.gz, labels beside them.
  std::filesystem::path data = "/usr/share/datasets/fashion-mnist";
  std::filesystem::path output = "models/fashion.pqm";
  std::uint64_t seed = 1;
  int real_epochs = 16;      ///< in real numbers, with batch normalisation; 1 or more
  int quantised_epochs = 8;  ///< fake-quantised; 0 or more
  unsigned threads = 2;      ///< for the training; a part of what "the same" means in "same seed, same model"
};

struct TrainDemoProgress {
  std::string phase;  ///< "real" or "quantised"
  int epoch = 0;      ///< counts from 1
  int epochs = 0;
  double loss = 0;
  double accuracy = 0;  ///< on the training pictures, 0..1
};

struct TrainDemoResult {
  double real_accuracy = 0;     ///< before quantisation, on the test pictures, 0..1
  double integer_accuracy = 0;  ///< of the written model, by the integer executor, on the same
  std::size_t test_pictures = 0;
  std::uintmax_t model_bytes = 0;
};

/// The same options on the same machine give the same bytes. The test pictures choose nothing: they are
/// looked at after the last epoch only.
/// @throws Error(file) if the data is not there or the output cannot be written; Error(usage) for options
/// that make no sense.
TrainDemoResult train_demo(const TrainDemoOptions& options,
                           const std::function<void(const TrainDemoProgress&)>& progress = {});

}  // namespace privquant
