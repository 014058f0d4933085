#include "data/jpeg.h"

#include <cstdlib>

#include "encode.h"
#include "expect_error.h"
#include "temporary_folder.h"

namespace privquant {
namespace {

std::vector<std::uint8_t> flat_red(unsigned width, unsigned height) {
  std::vector<std::uint8_t> pixels;
  for (unsigned i = 0; i < width * height; ++i) pixels.insert(pixels.end(), {200, 30, 60});
  return pixels;
}

void expect_near(std::uint8_t actual, int expected) { EXPECT_LE(std::abs(actual - expected), 3); }

TEST(Jpeg, ColourIsOrderedChannelByChannel) {
  const Picture picture = decode_jpeg(encode_jpeg(3, 20, 12, flat_red(20, 12)), "red.jpg");
  ASSERT_EQ(picture.channels, 3);
  ASSERT_EQ(picture.width, 20);
  ASSERT_EQ(picture.height, 12);
  ASSERT_EQ(picture.bytes.size(), 720U);
  for (std::size_t i = 0; i < 240; ++i) {
    expect_near(picture.bytes[i], 200);
    expect_near(picture.bytes[240 + i], 30);
    expect_near(picture.bytes[480 + i], 60);
  }
}

TEST(Jpeg, GreyStaysOneChannel) {
  const Picture picture = decode_jpeg(encode_jpeg(1, 8, 8, std::vector<std::uint8_t>(64, 90)), "grey.jpg");
  ASSERT_EQ(picture.channels, 1);
  for (const std::uint8_t byte : picture.bytes) expect_near(byte, 90);
}

TEST(Jpeg, EveryTruncationIsOneErrorOrHarmless) {
  const auto bytes = encode_jpeg(3, 24, 24, counting_bytes(24 * 24 * 3));
  const Picture whole = decode_jpeg(bytes, "whole.jpg");
  // Without the end mark (2 bytes) and a last byte of padding every pixel may still be there.
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto decode = [&] { return decode_jpeg(Bytes(bytes).first(length), "cut.jpg"); };
    if (length + 3 < bytes.size()) {
      expect_file_error(decode, "cut.jpg");
    } else {
      try {
        EXPECT_EQ(decode().bytes, whole.bytes);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::file);
      }
    }
  }
}

TEST(Jpeg, EveryFlippedByteIsAnErrorOrAPicture) {
  const auto whole = encode_jpeg(1, 16, 16, counting_bytes(256));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto bytes = whole;
    bytes[at] ^= 0x55;
    try {
      const Picture picture = decode_jpeg(bytes, "flipped.jpg");
      EXPECT_EQ(picture.bytes.size(),
                static_cast<std::size_t>(picture.channels * picture.width * picture.height));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::file);
    }
  }
}

TEST(Jpeg, SizesBeyondTheLimitAreRefused) {
  expect_file_error([] { decode_jpeg(encode_jpeg(1, 16385, 1, counting_bytes(16385)), "wide.jpg"); },
                    "wide.jpg has 1 × 16385 pixels");
}

}  // namespace
}  // namespace privquant
