#include "nn/model_file.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "nn/container.h"
#include "nn/schema.h"
#include "nn/test_model.h"

namespace privquant {
namespace {

namespace fs = std::filesystem;

/// A folder of this test's own, removed with everything in it.
class ModelFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "privquant-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path path(const std::string& name) const { return folder_ / name; }
  static void write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

 private:
  fs::path folder_;
};

void expect_equal(const Model& a, const Model& b) {
  EXPECT_EQ(a.graph, b.graph);
  ASSERT_EQ(a.weights.size(), b.weights.size());
  for (std::size_t id = 0; id < a.weights.size(); ++id) {
    ASSERT_EQ(a.weights[id].has_value(), b.weights[id].has_value());
    if (!a.weights[id]) continue;
    EXPECT_EQ(a.weights[id]->weights, b.weights[id]->weights);
    EXPECT_EQ(a.weights[id]->bias, b.weights[id]->bias);
  }
}

/// A model for the operators that every_operator_model leaves out.
Model argmax_model() {
  ModelMaker maker({3, 1, 1}, signed_type(8));
  maker.add(ArgMax{}, {0}, unsigned_type(2));
  return maker.model;
}

TEST_F(ModelFile, RoundTrip) {
  for (const Model& model : {every_operator_model(1), argmax_model()}) {
    const std::string bytes = serialise_model(model);
    expect_equal(parse_model(as_bytes(bytes)), model);
    save_model(model, path("m.pqm"));
    expect_equal(load_model(path("m.pqm")), model);
    EXPECT_EQ(load_graph(path("m.pqm")), model.graph);
    save_contract(model.graph, path("c.pqc"));
    EXPECT_EQ(load_graph(path("c.pqc")), model.graph);
    EXPECT_EQ(parse_contract(as_bytes(serialise_contract(model.graph))), model.graph);
  }
}

TEST_F(ModelFile, SavingReplacesAndLeavesNothingBeside) {
  save_model(every_operator_model(1), path("m.pqm"));
  save_model(every_operator_model(2), path("m.pqm"));
  expect_equal(load_model(path("m.pqm")), every_operator_model(2));
  EXPECT_EQ(std::distance(fs::directory_iterator(path("")), fs::directory_iterator()), 1);
  EXPECT_EQ(fs::status(path("m.pqm")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  Model wrong = every_operator_model(3);
  wrong.weights[1].reset();
  expect_error(ErrorCode::model, {"node1"}, [&] { save_model(wrong, path("m.pqm")); });
  expect_equal(load_model(path("m.pqm")), every_operator_model(2));
  expect_error(ErrorCode::file, {"cannot write", "nowhere"},
               [&] { save_model(every_operator_model(1), path("nowhere/m.pqm")); });
}

TEST_F(ModelFile, EqualGraphsGiveEqualBytes) {
  Graph graph = every_operator_model(1).graph;
  const std::string bytes = serialise_contract(graph);
  EXPECT_EQ(serialise_contract(parse_contract(as_bytes(bytes))), bytes);
  graph.preprocessing.mean[0] = -0.0;
  EXPECT_EQ(serialise_contract(graph), bytes);
  EXPECT_EQ(contract_hash(graph), sha256(as_bytes(bytes)));
  graph.nodes[0].type.exponent -= 1;
  EXPECT_NE(serialise_contract(graph), bytes);
}

TEST(Contract, HoldsNoWeight) {
  // By construction: the message has no field of that kind, however deep one looks.
  const auto* contract =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName("privquant.proto.Contract");
  ASSERT_NE(contract, nullptr);
  std::vector<const google::protobuf::Descriptor*> open{contract};
  std::set<const google::protobuf::Descriptor*> seen;
  while (!open.empty()) {
    const auto* message = open.back();
    open.pop_back();
    if (!seen.insert(message).second) continue;
    for (int i = 0; i < message->field_count(); ++i) {
      const auto* field = message->field(i);
      EXPECT_NE(field->type(), google::protobuf::FieldDescriptor::TYPE_BYTES) << field->full_name();
      EXPECT_NE(field->name(), "weights");
      EXPECT_NE(field->name(), "bias");
      if (field->message_type() != nullptr) open.push_back(field->message_type());
    }
  }
  EXPECT_GT(seen.size(), 5U);
  // And by its bytes: models that differ in every weight have one contract.
  Model model = every_operator_model(1);
  const std::string bytes = serialise_contract(model.graph);
  for (auto& layer : model.weights) {
    if (!layer) continue;
    for (auto& weight : layer->weights) weight = static_cast<std::int16_t>(weight == 0 ? 1 : 0);
    for (auto& bias : layer->bias) bias = bias + 1;
  }
  EXPECT_EQ(serialise_contract(parse_model(as_bytes(serialise_model(model))).graph), bytes);
}

TEST_F(ModelFile, OtherKindsAreNamed) {
  const Model model = every_operator_model(1);
  save_model(model, path("m.pqm"));
  save_contract(model.graph, path("c.pqc"));
  write(path("picture.png"), "\x89PNG\r\n\x1a\n and more bytes that are no model at all, of any kind");
  write(path("empty"), "");
  expect_error(ErrorCode::file, {"c.pqc", "contract"}, [&] { load_model(path("c.pqc")); });
  expect_error(ErrorCode::file, {"model file"}, [&] { parse_contract(as_bytes(serialise_model(model))); });
  for (const char* name : {"picture.png", "empty"}) {
    expect_error(ErrorCode::file, {name, "neither"}, [&] { load_model(path(name)); });
    expect_error(ErrorCode::file, {name, "neither"}, [&] { load_graph(path(name)); });
  }
  expect_error(ErrorCode::file, {"missing", "does not exist"}, [&] { load_model(path("missing")); });
  expect_error(ErrorCode::file, {"regular"}, [&] { load_model(path("")); });
}

TEST_F(ModelFile, VersionsAreNamed) {
  std::string bytes = serialise_model(every_operator_model(1));
  bytes[7] = 2;
  expect_error(ErrorCode::file, {"another version"}, [&] { parse_model(as_bytes(bytes)); });
  // Field 1, a varint: the first two bytes of each message.
  std::string contract = encode_contract(every_operator_model(1).graph);
  ASSERT_EQ(contract.substr(0, 2), "\x08\x01");
  contract[1] = 9;
  expect_error(ErrorCode::file, {"version 9", "update"},
               [&] { parse_contract(as_bytes(wrap(FileKind::contract, contract))); });
  std::string model = encode_model(every_operator_model(1));
  model[1] = 7;
  expect_error(ErrorCode::file, {"version 7", "update"},
               [&] { parse_model(as_bytes(wrap(FileKind::model, model))); });
}

TEST_F(ModelFile, OversizedFilesAreRefusedBeforeTheyAreRead) {
  write(path("huge"), serialise_model(every_operator_model(1)));
  fs::resize_file(path("huge"), max_model_bytes + 1);  // sparse: it takes no space
  expect_error(ErrorCode::file, {"huge", "at most"}, [&] { load_model(path("huge")); });
  const std::vector<std::uint8_t> bytes(max_contract_bytes + 1);
  expect_error(ErrorCode::file, {"more than"}, [&] { parse_contract(bytes); });
  std::string announced = serialise_contract(every_operator_model(1).graph);
  announced[15] = 0x10;  // 2^60 bytes
  expect_error(ErrorCode::file, {"truncated"}, [&] { parse_contract(as_bytes(announced)); });
}

TEST_F(ModelFile, EntriesAreCountedBeforeTheyAreMade) {
  std::string contract("\x08\x01", 2);
  for (int i = 0; i < 10'001; ++i) contract += std::string("\x2a\x00", 2);  // an empty node
  expect_error(ErrorCode::file, {"more than 10000"},
               [&] { parse_contract(as_bytes(wrap(FileKind::contract, contract))); });
  std::string model("\x08\x01", 2);
  for (int i = 0; i < 10'001; ++i) model += std::string("\x1a\x00", 2);  // an empty layer
  expect_error(ErrorCode::file, {"more than 10000"},
               [&] { parse_model(as_bytes(wrap(FileKind::model, model))); });
}

TEST_F(ModelFile, NothingHidesInAContract) {
  std::string contract = encode_contract(every_operator_model(1).graph);
  contract += std::string("\x9a\x06\x03", 3) + "abc";  // an unknown field
  expect_error(ErrorCode::file, {"canonical"},
               [&] { parse_contract(as_bytes(wrap(FileKind::contract, contract))); });
}

/// Calls parse on every truncation and many random changes of `bytes`; only Error may leave it.
template <typename Parse>
int count_errors(const std::string& bytes, const Parse& parse) {
  int errors = 0;
  const auto attempt = [&](const std::string& hostile) {
    try {
      parse(hostile);
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::file || error.code() == ErrorCode::model) << error.what();
      ++errors;
    }
  };
  for (std::size_t size = 0; size < bytes.size(); ++size) attempt(bytes.substr(0, size));
  std::mt19937_64 generator(5);
  std::uniform_int_distribution<std::size_t> position(0, bytes.size() - 1);
  std::uniform_int_distribution<int> value(0, 255);
  for (int turn = 0; turn < 4000; ++turn) {
    std::string hostile = bytes;
    for (int change = 0; change <= turn % 3; ++change) {
      char& byte = hostile[position(generator)];
      byte =
          static_cast<char>(change == 0 && turn % 2 == 0 ? byte ^ (1 << (turn / 2 % 8)) : value(generator));
    }
    if (hostile != bytes) attempt(hostile);
  }
  return errors;
}

// As they come from a disk or a wire: the checksum finds everything.
TEST_F(ModelFile, EveryDamageIsFound) {
  const Model model = every_operator_model(1);
  const std::string contract = serialise_contract(model.graph);
  EXPECT_GE(count_errors(contract, [](const std::string& b) { parse_contract(as_bytes(b)); }),
            static_cast<int>(contract.size()) + 3900);
  const std::string file = serialise_model(model);
  EXPECT_GE(count_errors(file, [](const std::string& b) { parse_model(as_bytes(b)); }),
            static_cast<int>(file.size()) + 3900);
}

// As an attacker makes them: with a right checksum. Some changes give another valid network.
TEST_F(ModelFile, HostileMessagesOnlyGiveErrors) {
  const Model model = every_operator_model(1);
  const std::string contract = encode_contract(model.graph);
  EXPECT_GT(count_errors(contract,
                         [](const std::string& b) { parse_contract(as_bytes(wrap(FileKind::contract, b))); }),
            static_cast<int>(contract.size()));
  const std::string file = encode_model(model);
  EXPECT_GT(count_errors(file, [](const std::string& b) { parse_model(as_bytes(wrap(FileKind::model, b))); }),
            static_cast<int>(file.size()));
}

TEST_F(ModelFile, LongerFilesAreRefused) {
  const std::string file = serialise_model(every_operator_model(1)) + "x";
  expect_error(ErrorCode::file, {"too long"}, [&] { parse_model(as_bytes(file)); });
}

TEST(Hash, HexIsLowerCase) {
  Hash hash{};
  hash[0] = 0xab;
  EXPECT_EQ(to_hex(hash), "ab" + std::string(62, '0'));
}

}  // namespace
}  // namespace privquant
