#include "data/png.h"

#include "encode.h"
#include "expect_error.h"
#include "temporary_folder.h"

namespace privquant {
namespace {

TEST(Png, GreyComesBackByteForByte) {
  const auto pixels = counting_bytes(7 * 5);
  const Picture picture = decode_png(encode_png(PNG_FORMAT_GRAY, 7, 5, pixels), "grey.png");
  EXPECT_EQ(picture.channels, 1);
  EXPECT_EQ(picture.width, 7);
  EXPECT_EQ(picture.height, 5);
  EXPECT_EQ(picture.bytes, pixels);
}

TEST(Png, ColourIsOrderedChannelByChannel) {
  const Picture picture =
      decode_png(encode_png(PNG_FORMAT_RGB, 2, 1, {10, 20, 30, 40, 50, 60}), "colour.png");
  EXPECT_EQ(picture.channels, 3);
  EXPECT_EQ(picture.bytes, (std::vector<std::uint8_t>{10, 40, 20, 50, 30, 60}));
}

TEST(Png, TransparentPartsAreLaidOverBlack) {
  const Picture picture =
      decode_png(encode_png(PNG_FORMAT_RGBA, 2, 1, {200, 100, 50, 255, 200, 100, 50, 0}), "alpha.png");
  EXPECT_EQ(picture.bytes, (std::vector<std::uint8_t>{200, 0, 100, 0, 50, 0}));
}

TEST(Png, EveryTruncationIsOneErrorOrHarmless) {
  const auto pixels = counting_bytes(16 * 16);
  const auto bytes = encode_png(PNG_FORMAT_GRAY, 16, 16, pixels);
  // The checksum of the data and the end mark (4 + 12 bytes) carry no pixels; libpng may do without them.
  const std::size_t last_pixel = bytes.size() - 16;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto decode = [&] { return decode_png(Bytes(bytes).first(length), "cut.png"); };
    if (length < last_pixel) {
      expect_file_error(decode, "cut.png");
    } else {
      try {
        EXPECT_EQ(decode().bytes, pixels);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::file);
      }
    }
  }
}

TEST(Png, EveryFlippedByteIsAnErrorOrAPicture) {
  const auto whole = encode_png(PNG_FORMAT_RGB, 9, 6, counting_bytes(9 * 6 * 3));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto bytes = whole;
    bytes[at] ^= 0x55;
    try {
      const Picture picture = decode_png(bytes, "flipped.png");
      EXPECT_EQ(picture.bytes.size(),
                static_cast<std::size_t>(picture.channels * picture.width * picture.height));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::file);
    }
  }
}

TEST(Png, SizesBeyondTheLimitAreRefusedBeforeAnyPixelIsRead) {
  expect_file_error(
      [] { decode_png(encode_png(PNG_FORMAT_GRAY, 16385, 1, counting_bytes(16385)), "wide.png"); },
      "wide.png has 1 × 16385 pixels");
}

}  // namespace
}  // namespace privquant
