#include <gtest/gtest.h>

#include "data/picture.h"

namespace privquant {
namespace {

/// Two planes; each pixel says where it was: 10·row + column, the second plane's 100 more.
LabelledPicture numbered(int height, int width, bool photograph = true) {
  Picture picture{2, height, width, {}};
  for (int plane = 0; plane < 2; ++plane) {
    for (int row = 0; row < height; ++row) {
      for (int column = 0; column < width; ++column)
        picture.bytes.push_back(static_cast<std::uint8_t>(100 * plane + 10 * row + column));
    }
  }
  return {picture, {}, "numbered", photograph};
}

TEST(Fit, TheSameSizeIsTheSamePicture) {
  for (const bool photograph : {false, true}) {
    const LabelledPicture picture = numbered(3, 4, photograph);
    EXPECT_EQ(fit(picture, 3, 4).value().bytes, picture.picture.bytes);
  }
}

TEST(Fit, OfALittleLargerPhotographsTheCentreIsCut) {
  const Picture cut = fit(numbered(8, 9), 7, 7).value();
  EXPECT_EQ(cut.height, 7);
  EXPECT_EQ(cut.width, 7);
  ASSERT_EQ(cut.bytes.size(), 98U);
  EXPECT_EQ(cut.bytes[0], 1) << "one column of two is left out on the left, the one row below";
  EXPECT_EQ(cut.bytes[48], 67);
  EXPECT_EQ(cut.bytes[49], 101);
  EXPECT_EQ(cut.bytes[97], 167);
}

TEST(Fit, LargePhotographsAreScaledToEightSeventhsFirst) {
  // 16×24 becomes 8×12, by averages of four pixels, and 7×7 are cut out of that.
  LabelledPicture stripes{{1, 16, 24, {}}, {}, "stripes", true};
  for (int i = 0; i < 16 * 24; ++i) stripes.picture.bytes.push_back(static_cast<std::uint8_t>(i % 24));
  const Picture cut = fit(stripes, 7, 7).value();
  ASSERT_EQ(cut.bytes.size(), 49U);
  // Column c of the eight-row picture holds (2c + 2c + 1) / 2, rounded; the cut begins at column 2.
  for (std::size_t i = 0; i < 49; ++i) EXPECT_EQ(cut.bytes[i], 2 * (i % 7 + 2) + 1) << i;
}

TEST(Fit, MuchLargerPhotographsAreAveraged) {
  // A checkerboard has no colour but its mean from afar.
  LabelledPicture board{{1, 512, 700, {}}, {}, "board", true};
  for (int row = 0; row < 512; ++row) {
    for (int column = 0; column < 700; ++column)
      board.picture.bytes.push_back((row + column) % 2 == 0 ? 200 : 100);
  }
  const Picture cut = fit(board, 28, 28).value();
  for (const std::uint8_t byte : cut.bytes) EXPECT_EQ(byte, 150);
}

TEST(Fit, SmallerPicturesAndThoseOfSetsOfOneSizeDoNotFit) {
  EXPECT_FALSE(fit(numbered(6, 9), 7, 7));
  EXPECT_FALSE(fit(numbered(9, 6), 7, 7));
  EXPECT_FALSE(fit(numbered(8, 8, false), 7, 7));
}

}  // namespace
}  // namespace privquant
