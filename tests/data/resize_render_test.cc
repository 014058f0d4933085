#include "data/picture.h"
#include "encode.h"
#include "expect_error.h"

namespace privquant {
namespace {

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

TEST(Resize, SameSizeIsTheSamePicture) {
  const Picture picture{3, 5, 7, counting_bytes(3 * 5 * 7)};
  EXPECT_EQ(resize(picture, 5, 7).bytes, picture.bytes);
}

TEST(Resize, HalvingAveragesBlocks) {
  const Picture picture{1, 2, 4, {10, 20, 100, 200, 30, 40, 100, 200}};
  EXPECT_EQ(resize(picture, 1, 2).bytes, (std::vector<std::uint8_t>{25, 150}));
}

TEST(Resize, DoublingUsesHalfPixelCentres) {
  const Picture picture{1, 1, 2, {0, 100}};
  EXPECT_EQ(resize(picture, 1, 4).bytes, (std::vector<std::uint8_t>{0, 25, 75, 100}));
}

TEST(Resize, ChannelsStayApart) {
  const Picture picture{3, 1, 1, {1, 2, 3}};
  EXPECT_EQ(resize(picture, 1, 2).bytes, (std::vector<std::uint8_t>{1, 1, 2, 2, 3, 3}));
}

TEST(Resize, SizesBeyondTheLimitAreRefused) {
  expect_file_error([] { resize({1, 1, 1, {0}}, 20000, 1); }, "at most 16384");
}

TEST(Render, TwoRowsToALine) {
  const Picture picture{1, 3, 2, {0, 255, 255, 255, 255, 0}};
  EXPECT_EQ(render_blocks(picture, false), "▄█\n▀ \n");
}

TEST(Render, ColoursOfBothHalves) {
  const Picture picture{3, 2, 1, {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(render_blocks(picture, true), "\x1b[38;2;1;3;5m\x1b[48;2;2;4;6m▀\x1b[0m\n");
}

TEST(Render, GreysAreDitheredInProportion) {
  const Picture picture{1, 32, 32, std::vector<std::uint8_t>(1024, 64)};
  const std::string text = render_blocks(picture, false);
  const std::size_t lit = occurrences(text, "▀") + occurrences(text, "▄") + 2 * occurrences(text, "█");
  EXPECT_NEAR(static_cast<double>(lit), 256, 24);
}

}  // namespace
}  // namespace privquant
