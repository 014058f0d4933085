#include "data/packed_set.h"

#include <array>

#include "data/read_file.h"
#include "encode.h"
#include "expect_error.h"
#include "temporary_folder.h"

namespace privquant {
namespace {

constexpr std::size_t area = 4 * 3;

std::vector<std::uint8_t> three_images() { return encode_idx({3, 4, 3}, counting_bytes(3 * area)); }
std::vector<std::uint8_t> three_labels() { return encode_idx({3}, std::vector<std::uint8_t>{7, 0, 9}); }

std::vector<std::uint8_t> two_cifar_records() {
  auto bytes = counting_bytes(2 * 3073);
  bytes[0] = 3;
  bytes[3073] = 9;
  return bytes;
}

TEST(Idx, PicturesAndLabelsBesideThem) {
  const TemporaryFolder folder;
  const auto path = folder.write("t-images-idx3-ubyte", three_images());
  folder.write("t-labels-idx1-ubyte", three_labels());
  const auto set = open_dataset(path, DatasetPart::test, 1);
  ASSERT_EQ(set->size(), 3U);
  const LabelledPicture last = set->at(2);
  EXPECT_EQ(last.label, 9);
  EXPECT_EQ(last.name, "t-images-idx3-ubyte[2]");
  EXPECT_EQ(last.picture.height, 4);
  EXPECT_EQ(last.picture.width, 3);
  const auto all = counting_bytes(3 * area);
  EXPECT_EQ(last.picture.bytes, std::vector<std::uint8_t>(all.begin() + 2 * area, all.end()));
}

TEST(Idx, PackedOrPlainLabelsAreFoundBesideEither) {
  const TemporaryFolder folder;
  const auto packed = folder.write("a-images-idx3-ubyte.gz", encode_gzip(three_images()));
  folder.write("a-labels-idx1-ubyte", three_labels());
  EXPECT_EQ(load_picture(packed.string() + "[0]", 1).label, 7);
  const auto plain = folder.write("b-images-idx3-ubyte", three_images());
  folder.write("b-labels-idx1-ubyte.gz", encode_gzip(three_labels()));
  EXPECT_EQ(load_picture(plain.string() + ":2", 1).label, 9);
}

TEST(Idx, WithoutLabelsThereAreNone) {
  const TemporaryFolder folder;
  EXPECT_FALSE(load_picture(folder.write("c-images-idx3-ubyte", three_images()), 1).label);
  EXPECT_FALSE(load_picture(folder.write("pictures.idx", three_images()), 1).label);
}

TEST(Idx, GreyBecomesColour) {
  const TemporaryFolder folder;
  const auto picture = load_picture(folder.write("pictures.idx", three_images()), 3).picture;
  EXPECT_EQ(picture.channels, 3);
  const auto grey = counting_bytes(area);
  for (std::size_t i = 0; i < 3 * area; ++i) EXPECT_EQ(picture.bytes[i], grey[i % area]);
}

TEST(Idx, WrongIndexSaysHowManyThereAre) {
  const TemporaryFolder folder;
  const std::string path = folder.write("t-images-idx3-ubyte", three_images());
  expect_file_error([&] { load_picture(path + "[3]", 1); }, "holds 3 pictures");
  expect_file_error([&] { load_picture(path + "[99999999999999999999999]", 1); }, "no number between");
  expect_file_error([&] { load_picture(path + "[-1]", 1); }, "no number between");
  expect_file_error([&] { load_picture(path + "[]", 1); }, "no number between");
}

TEST(Idx, EmptySetHasNoPictureZero) {
  const TemporaryFolder folder;
  const std::string path = folder.write("e-images-idx3-ubyte", encode_idx({0, 4, 3}, {}));
  expect_file_error([&] { load_picture(path, 1); }, "holds 0 pictures");
}

TEST(Idx, EveryTruncationIsOneError) {
  const TemporaryFolder folder;
  const auto plain = three_images();
  const auto packed = encode_gzip(plain);
  for (std::size_t length = 0; length < plain.size(); ++length) {
    const auto path = folder.write("cut-images-idx3-ubyte", Bytes(plain).first(length));
    expect_file_error([&] { open_dataset(path, DatasetPart::test, 1); }, "cut-images-idx3-ubyte");
  }
  for (std::size_t length = 0; length < packed.size(); ++length) {
    const auto path = folder.write("cut-images-idx3-ubyte.gz", Bytes(packed).first(length));
    expect_file_error([&] { open_dataset(path, DatasetPart::test, 1); }, "cut-images-idx3-ubyte.gz");
  }
}

TEST(Idx, SizesThatDoNotFitTheFileAreRefused) {
  const TemporaryFolder folder;
  const auto open = [&](const std::vector<std::uint32_t>& dimensions) {
    const auto path = folder.write("x-images-idx3-ubyte", encode_idx(dimensions, counting_bytes(3 * area)));
    return open_dataset(path, DatasetPart::test, 1);
  };
  expect_file_error([&] { open({4, 4, 3}); }, "shorter or longer");
  expect_file_error([&] { open({2, 4, 3}); }, "shorter or longer");
  expect_file_error([&] { open({0xffffffff, 16384, 4096}); }, "shorter or longer");
  expect_file_error([&] { open({0xffffffff, 0xffffffff, 0xffffffff}); }, "at most 16384 pixels a side");
  expect_file_error([&] { open({3, 0, 3}); }, "0 × 3 pixels");
  expect_file_error([&] { open({1, 16384, 16384}); }, "64 million");
}

TEST(Idx, LabelsThatDoNotFitAreRefused) {
  const TemporaryFolder folder;
  const auto path = folder.write("t-images-idx3-ubyte", three_images());
  folder.write("t-labels-idx1-ubyte", encode_idx({2}, counting_bytes(2)));
  expect_file_error([&] { open_dataset(path, DatasetPart::test, 1); },
                    "one label for each of the 3 pictures");
  folder.write("t-labels-idx1-ubyte", counting_bytes(11));
  expect_file_error([&] { open_dataset(path, DatasetPart::test, 1); }, "no IDX file of labels");
  const auto labels = three_labels();
  for (std::size_t length = 0; length < labels.size(); ++length) {
    folder.write("t-labels-idx1-ubyte", Bytes(labels).first(length));
    expect_file_error([&] { open_dataset(path, DatasetPart::test, 1); }, "t-labels-idx1-ubyte");
  }
}

TEST(Gzip, DamageIsFoundByTheChecksum) {
  auto packed = encode_gzip(three_images());
  packed[packed.size() - 6] ^= 1;
  expect_file_error([&] { unpack_gzip(packed, "damaged.gz"); }, "damaged.gz is a damaged or truncated");
}

TEST(Gzip, LargerThanOneStepComesBackWhole) {
  const auto bytes = counting_bytes((std::size_t{3} << 20) + 17);
  EXPECT_EQ(unpack_gzip(encode_gzip(bytes), "large.gz"), bytes);
}

TEST(Cifar, RecordsAreLabelThenRedGreenBlue) {
  const TemporaryFolder folder;
  const auto path = folder.write("test_batch.bin", two_cifar_records());
  const LabelledPicture second = load_picture(path.string() + "[1]", 3);
  EXPECT_EQ(second.label, 9);
  EXPECT_EQ(second.picture.channels, 3);
  EXPECT_EQ(second.picture.height, 32);
  EXPECT_EQ(second.picture.width, 32);
  const auto all = two_cifar_records();
  EXPECT_EQ(second.picture.bytes, std::vector<std::uint8_t>(all.begin() + 3074, all.end()));
  EXPECT_EQ(open_dataset(folder.path(), DatasetPart::test, 3)->size(), 2U);
}

TEST(Cifar, ColourBecomesLuma) {
  const TemporaryFolder folder;
  const auto path = folder.write("batch.bin", two_cifar_records());
  const Picture colour = load_picture(path, 3).picture;
  const Picture grey = load_picture(path, 1).picture;
  ASSERT_EQ(grey.bytes.size(), 1024U);
  for (std::size_t i = 0; i < 1024; ++i) {
    const double luma =
        0.299 * colour.bytes[i] + 0.587 * colour.bytes[1024 + i] + 0.114 * colour.bytes[2048 + i];
    EXPECT_NEAR(grey.bytes[i], luma, 0.51);
  }
}

TEST(Cifar, HundredClassesAreRead) {
  const TemporaryFolder folder;
  auto bytes = two_cifar_records();
  bytes[3073] = 99;
  const auto set = open_dataset(folder.write("cifar100.bin", bytes), DatasetPart::test, 3);
  EXPECT_EQ(set->at(1).label, 99);
  EXPECT_EQ(set->at(1).picture.bytes, std::vector<std::uint8_t>(bytes.begin() + 3074, bytes.end()));
}

TEST(Cifar, ALabelOutOfRangeIsNamedWithItsRecord) {
  const TemporaryFolder folder;
  auto bytes = two_cifar_records();
  bytes[3073] = 100;
  const auto path = folder.write("bad.bin", bytes);
  expect_file_error([&] { load_picture(path, 3); }, "bad.bin");
  expect_file_error([&] { load_picture(path, 3); }, "record 1 (from 0) has the label 100");
  bytes[0] = 255;
  folder.write("bad.bin", bytes);
  expect_file_error([&] { load_picture(path, 3); }, "record 0 (from 0) has the label 255");
}

TEST(Cifar, OtherSizesAreNotCifar) {
  const TemporaryFolder folder;
  auto bytes = two_cifar_records();
  bytes.pop_back();
  expect_file_error([&] { load_picture(folder.write("bad.bin", bytes), 3); }, "no pictures that can be read");
}

TEST(Cifar, RecordsWithTwoLabelsAreRefusedByName) {
  const TemporaryFolder folder;
  const auto path = folder.write("train.bin", std::vector<std::uint8_t>(3 * 3074));
  expect_file_error([&] { load_picture(path, 3); }, "CIFAR-100");
  expect_file_error([&] { open_dataset(path, DatasetPart::training, 3); },
                    "leave out the first byte of each 3074");
}

TEST(FashionMnist, DebianPackageIsReadWhenInstalled) {
  const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "Debian package dataset-fashion-mnist is not installed";
  const auto set = open_dataset(folder, DatasetPart::test, 1);
  ASSERT_EQ(set->size(), 10000U);
  std::array<int, 10> count{};
  for (std::size_t i = 0; i < set->size(); ++i)
    ++count.at(static_cast<std::size_t>(set->at(i).label.value()));
  for (const int pictures : count) EXPECT_EQ(pictures, 1000);
  EXPECT_EQ(set->at(0).label, 9);  // an ankle boot
}

}  // namespace
}  // namespace privquant
