#include "nn/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "data/temporary_folder.h"
#include "support/file_size_limit.h"
#include "test_model.h"

namespace privquant {
namespace {

class ReplaceFile : public testing::Test {
 protected:
  std::ptrdiff_t files() const {
    const std::filesystem::directory_iterator all(folder_.path());
    return std::distance(begin(all), end(all));
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "net.pqm";
};

TEST_F(ReplaceFile, IsTheNewOneWhole) {
  replace_file(path_, "old", Readers::owner);
  replace_file(path_, "new", Readers::owner);
  EXPECT_EQ(contents(path_), "new");
  EXPECT_EQ(files(), 1);
}

TEST_F(ReplaceFile, IsSecretUnlessSaidOtherwise) {
  const auto mode = [&] {
    struct stat facts {};
    EXPECT_EQ(::stat(path_.c_str(), &facts), 0);
    return facts.st_mode & 0777U;
  };
  replace_file(path_, "secret", Readers::owner);
  EXPECT_EQ(mode(), 0600U);
  replace_file(path_, "public", Readers::everybody);
  EXPECT_EQ(mode(), 0644U);
}

TEST_F(ReplaceFile, WithoutRoomLeavesTheOldOne) {
  replace_file(path_, "old", Readers::owner);
  {
    const FileSizeLimit limit(1000);
    expect_error(ErrorCode::file, {path_.string(), "make room"},
                 [&] { replace_file(path_, std::string(5000, 'x'), Readers::owner); });
  }
  EXPECT_EQ(contents(path_), "old");
  EXPECT_EQ(files(), 1);
  replace_file(path_, std::string(5000, 'x'), Readers::owner);
  EXPECT_EQ(contents(path_).size(), 5000U);
}

TEST_F(ReplaceFile, WithoutRoomMakesNone) {
  {
    const FileSizeLimit limit(1000);
    EXPECT_THROW(replace_file(path_, std::string(5000, 'x'), Readers::owner), Error);
  }
  EXPECT_EQ(files(), 0);
}

TEST_F(ReplaceFile, InTheWrongPlaceSaysSo) {
  const auto missing = folder_.path() / "no" / "net.pqm";
  expect_error(ErrorCode::file, {missing.string(), "folder"},
               [&] { replace_file(missing, "new", Readers::owner); });
  std::filesystem::create_directory(path_);
  expect_error(ErrorCode::file, {path_.string()}, [&] { replace_file(path_, "new", Readers::owner); });
  EXPECT_EQ(files(), 1);
}

TEST_F(ReplaceFile, IsExpectedToFailWhereItWould) {
  EXPECT_NO_THROW(expect_writable(path_));
  const auto missing = folder_.path() / "no" / "net.pqm";
  expect_error(ErrorCode::file, {(folder_.path() / "no").string(), "make it first"},
               [&] { expect_writable(missing); });
  std::filesystem::create_directory(path_);
  for (const std::string& folder : {path_.string(), path_.string() + "/"})
    expect_error(ErrorCode::file, {folder, "is a folder"}, [&] { expect_writable(folder); });
  EXPECT_EQ(files(), 1);
}

}  // namespace
}  // namespace privquant
