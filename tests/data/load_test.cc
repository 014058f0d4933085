#include "data/picture.h"
#include "encode.h"
#include "expect_error.h"
#include "temporary_folder.h"

namespace privquant {
namespace {

std::vector<std::uint8_t> grey_png(std::uint8_t value) { return encode_png(PNG_FORMAT_GRAY, 1, 1, {value}); }

TEST(LoadPicture, ContentDecidesNotTheName) {
  const TemporaryFolder folder;
  const auto path = folder.write("photo.jpg", grey_png(77));
  const LabelledPicture loaded = load_picture(path, 1);
  EXPECT_EQ(loaded.picture.bytes, std::vector<std::uint8_t>{77});
  EXPECT_EQ(loaded.name, "photo.jpg");
  EXPECT_FALSE(loaded.label);
}

TEST(LoadPicture, OnePictureHasOnlyIndexZero) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.png", grey_png(1));
  EXPECT_EQ(load_picture(path + "[0]", 1).picture.bytes.size(), 1U);
  expect_file_error([&] { load_picture(path + "[1]", 1); }, "leave out the index 1");
}

TEST(LoadPicture, BracketsMayBelongToTheName) {
  const TemporaryFolder folder;
  EXPECT_EQ(load_picture(folder.write("a[3]", grey_png(5)), 1).picture.bytes.at(0), 5);
  EXPECT_EQ(load_picture(folder.write("a:3", grey_png(6)), 1).picture.bytes.at(0), 6);
}

TEST(LoadPicture, MissingFolderEmptyAndForeignFilesAreClearErrors) {
  const TemporaryFolder folder;
  expect_file_error([&] { load_picture(folder.path() / "none.png", 1); }, "there is no file");
  expect_file_error([&] { load_picture(folder.path() / "none.png[3]", 1); }, "there is no file");
  expect_file_error([&] { load_picture(folder.path(), 1); }, "is not a regular file");
  expect_file_error([&] { load_picture(folder.write("empty.png", {}), 1); }, "no pictures that can be read");
  expect_file_error([&] { load_picture(folder.write("text.png", counting_bytes(100)), 1); },
                    "no pictures that can be read");
}

TEST(ClassFolders, LabelsFollowTheAlphabet) {
  const TemporaryFolder folder;
  folder.write("dog/2.png", grey_png(20));
  folder.write("dog/1.JPEG", encode_jpeg(1, 1, 1, {128}));
  folder.write("cat/x.png", grey_png(10));
  folder.write("cat/notes.txt", counting_bytes(5));
  folder.write(".hidden/y.png", grey_png(30));
  const auto set = open_dataset(folder.path(), 1);
  ASSERT_EQ(set->size(), 3U);
  EXPECT_EQ(set->at(0).label, 0);
  EXPECT_EQ(set->at(0).name, "x.png");
  EXPECT_EQ(set->at(1).label, 1);
  EXPECT_EQ(set->at(1).name, "1.JPEG");
  EXPECT_EQ(set->at(2).picture.bytes.at(0), 20);
}

TEST(ClassFolders, DamagedPictureIsAnErrorWhenItIsRead) {
  const TemporaryFolder folder;
  folder.write("cat/x.png", counting_bytes(50));
  const auto set = open_dataset(folder.path(), 1);
  expect_file_error([&] { set->at(0); }, "neither PNG nor JPEG");
}

TEST(ClassFolders, AFolderWithoutPicturesSaysWhatIsExpected) {
  const TemporaryFolder folder;
  expect_file_error([&] { open_dataset(folder.path(), 1); }, "one folder per class");
  folder.write("loose.png", grey_png(1));
  expect_file_error([&] { open_dataset(folder.path(), 1); }, "one folder per class");
}

std::vector<std::uint8_t> text(const std::string& characters) {
  return {characters.begin(), characters.end()};
}

TEST(LabelledFolder, TheListNamesFilesAndClasses) {
  const TemporaryFolder folder;
  folder.write("b.png", grey_png(20));
  folder.write("more/a.png", grey_png(10));
  folder.write("unnamed.png", grey_png(30));
  for (const char* heading : {"", "file\tclass_index\tname\n"}) {
    folder.write("labels.tsv", text(std::string(heading) + "b.png\t7\ttench\r\n\nmore/a.png\t0"));
    const auto set = open_dataset(folder.path(), 1);
    ASSERT_EQ(set->size(), 2U);
    EXPECT_EQ(set->at(0).label, 7);
    EXPECT_EQ(set->at(0).picture.bytes.at(0), 20);
    EXPECT_TRUE(set->at(0).photograph);
    EXPECT_EQ(set->at(1).label, 0);
    EXPECT_EQ(set->at(1).picture.bytes.at(0), 10);
  }
}

TEST(LabelledFolder, WrongLinesAreNamed) {
  const TemporaryFolder folder;
  folder.write("a.png", grey_png(1));
  for (const char* line : {"a.png", "a.png\t", "a.png\t-1", "a.png\t1x", "a.png\t99999999999", "\t1"}) {
    folder.write("labels.tsv", text(std::string("a.png\t0\n") + line));
    expect_file_error([&] { open_dataset(folder.path(), 1); }, "labels.tsv, line 2");
  }
  for (const char* first : {"a.png\t-1\n", "a.png 3\n", "../a.png\t0\n", "/etc/a.png\t0\n"}) {
    folder.write("labels.tsv", text(std::string(first)));
    expect_file_error([&] { open_dataset(folder.path(), 1); }, "labels.tsv, line 1");
  }
  folder.write("labels.tsv", text("file\tclass\n"));
  expect_file_error([&] { open_dataset(folder.path(), 1); }, "names no pictures");
  folder.write("labels.tsv", text("none.png\t0"));
  expect_file_error([&] { open_dataset(folder.path(), 1)->at(0); }, "none.png");
}

}  // namespace
}  // namespace privquant
