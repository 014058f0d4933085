#include "service/contract_store.h"

#include <cstdlib>
#include <fstream>

#include "service/served_tiny.h"

namespace privquant {
namespace {

class ContractStore : public ::testing::Test {
 protected:
  ContractStore() {
    std::string name = (std::filesystem::temp_directory_path() / "privquant-store-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~ContractStore() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(ContractStore, KeepsWhatItIsGiven) {
  const auto path = folder_ / "new" / "folder" / "tiny.pqc";
  EXPECT_FALSE(load_kept_contract(path).has_value());
  keep_contract(tiny_model().graph, path);
  const auto known = load_kept_contract(path);
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->graph, tiny_model().graph);
  EXPECT_EQ(known->source, path.string());
}

TEST_F(ContractStore, DamagedContractIsNoContract) {
  const auto path = folder_ / "tiny.pqc";
  keep_contract(tiny_model().graph, path);
  std::filesystem::resize_file(path, 100);
  const Ending ending = ending_of([&] { load_kept_contract(path); });
  EXPECT_EQ(ending.code, ErrorCode::file);
  expect_failure(ending, "tiny.pqc");
}

TEST_F(ContractStore, PathThatCannotBeLookedAtIsNoFirstContact) {
  const auto path = folder_ / "tiny.pqc";
  std::filesystem::create_symlink(path, path);
  const Ending ending = ending_of([&] { load_kept_contract(path); });
  EXPECT_EQ(ending.code, ErrorCode::file);
  expect_failure(ending, "tiny.pqc");
}

TEST_F(ContractStore, EveryServerHasAFileOfItsOwn) {
  ::setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
  EXPECT_EQ(kept_contract_path({"example.org", 7000}), folder_ / "privquant" / "example.org_7000.pqc");
  EXPECT_EQ(kept_contract_path({"::1", 7000}), folder_ / "privquant" / "--1_7000.pqc");
  ::unsetenv("XDG_CACHE_HOME");
  ::setenv("HOME", folder_.c_str(), 1);
  EXPECT_EQ(kept_contract_path({"localhost", 1}), folder_ / ".cache" / "privquant" / "localhost_1.pqc");
}

}  // namespace
}  // namespace privquant
