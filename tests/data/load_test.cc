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
  const auto set = open_dataset(folder.path(), DatasetPart::test, 1);
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
  const auto set = open_dataset(folder.path(), DatasetPart::test, 1);
  expect_file_error([&] { set->at(0); }, "neither PNG nor JPEG");
}

TEST(ClassFolders, AFolderWithoutPicturesSaysWhatIsExpected) {
  const TemporaryFolder folder;
  expect_file_error([&] { open_dataset(folder.path(), DatasetPart::test, 1); }, "one folder per class");
  folder.write("loose.png", grey_png(1));
  expect_file_error([&] { open_dataset(folder.path(), DatasetPart::test, 1); }, "one folder per class");
}

std::vector<std::uint8_t> cifar_records(std::initializer_list<std::uint8_t> labels) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint8_t label : labels) {
    bytes.push_back(label);
    bytes.resize(bytes.size() + 3072, label);
  }
  return bytes;
}

std::vector<std::uint8_t> idx_picture(std::uint8_t value) { return encode_idx({1, 1, 1}, Bytes{&value, 1}); }

TEST(AuthorsSets, AFolderHasATrainingAndATestPart) {
  for (const bool packed : {false, true}) {
    const TemporaryFolder folder;
    const auto write = [&](const std::string& name, std::uint8_t value) {
      if (packed) return folder.write(name + ".gz", encode_gzip(idx_picture(value)));
      return folder.write(name, idx_picture(value));
    };
    write("t10k-images-idx3-ubyte", 7);
    expect_file_error([&] { open_dataset(folder.path(), DatasetPart::training, 1); },
                      "holds test pictures (t10k-images-idx3-ubyte");
    write("train-images-idx3-ubyte", 9);
    EXPECT_EQ(open_dataset(folder.path(), DatasetPart::training, 1)->at(0).picture.bytes.at(0), 9);
    EXPECT_EQ(open_dataset(folder.path(), DatasetPart::test, 1)->at(0).picture.bytes.at(0), 7);
    const auto test = folder.path() / (packed ? "t10k-images-idx3-ubyte.gz" : "t10k-images-idx3-ubyte");
    // A file is taken as it is named.
    EXPECT_EQ(open_dataset(test, DatasetPart::training, 1)->at(0).picture.bytes.at(0), 7);
    std::filesystem::remove(test);
    expect_file_error([&] { open_dataset(folder.path(), DatasetPart::test, 1); },
                      "holds training pictures (train-images-idx3-ubyte");
  }
}

TEST(AuthorsSets, CifarsFiveFilesAreOneTrainingSet) {
  const TemporaryFolder folder;
  folder.write("test_batch.bin", cifar_records({9}));
  expect_file_error([&] { open_dataset(folder.path(), DatasetPart::training, 3); },
                    "holds test pictures (test_batch.bin)");
  folder.write("data_batch_1.bin", cifar_records({0, 1}));
  folder.write("data_batch_2.bin", cifar_records({2}));
  folder.write("data_batch_4.bin", cifar_records({5}));
  folder.write("data_batch_5.bin", cifar_records({6, 7}));
  expect_file_error([&] { open_dataset(folder.path(), DatasetPart::training, 3); }, "lacks data_batch_3.bin");
  folder.write("data_batch_3.bin", cifar_records({3, 4}));
  const auto training = open_dataset(folder.path(), DatasetPart::training, 3);
  ASSERT_EQ(training->size(), 8U);
  for (int i = 0; i < 8; ++i) {
    const LabelledPicture item = training->at(static_cast<std::size_t>(i));
    EXPECT_EQ(item.label, i);
    EXPECT_EQ(item.picture.bytes.at(100), i);
  }
  EXPECT_EQ(training->at(4).name, "data_batch_3.bin[1]");
  const auto test = open_dataset(folder.path(), DatasetPart::test, 3);
  ASSERT_EQ(test->size(), 1U);
  EXPECT_EQ(test->at(0).label, 9);
  std::filesystem::remove(folder.path() / "test_batch.bin");
  expect_file_error([&] { open_dataset(folder.path(), DatasetPart::test, 3); },
                    "holds training pictures (data_batch_1.bin)");
}

TEST(AuthorsSets, ALabelOutOfRangeNamesTheFileAmongTheFive) {
  const TemporaryFolder folder;
  for (int i = 1; i <= 5; ++i)
    folder.write("data_batch_" + std::to_string(i) + ".bin",
                 cifar_records({0, i == 4 ? std::uint8_t{101} : std::uint8_t{1}}));
  expect_file_error([&] { open_dataset(folder.path(), DatasetPart::training, 3); }, "data_batch_4.bin");
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
    const auto set = open_dataset(folder.path(), DatasetPart::test, 1);
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
    expect_file_error([&] { open_dataset(folder.path(), DatasetPart::test, 1); }, "labels.tsv, line 2");
  }
  for (const char* first : {"a.png\t-1\n", "a.png 3\n", "../a.png\t0\n", "/etc/a.png\t0\n"}) {
    folder.write("labels.tsv", text(std::string(first)));
    expect_file_error([&] { open_dataset(folder.path(), DatasetPart::test, 1); }, "labels.tsv, line 1");
  }
  folder.write("labels.tsv", text("file\tclass\n"));
  expect_file_error([&] { open_dataset(folder.path(), DatasetPart::test, 1); }, "names no pictures");
  folder.write("labels.tsv", text("none.png\t0"));
  expect_file_error([&] { open_dataset(folder.path(), DatasetPart::test, 1)->at(0); }, "none.png");
}

}  // namespace
}  // namespace privquant
