#include "quant/channel_classes.h"

#include <gtest/gtest.h>

#include <set>

#include "layered_graph.h"

namespace privquant {
namespace {

using Classes = std::vector<std::size_t>;

constexpr Window three{3, 3, 1, 1, 1, 1, 1, 1, 1, 1};

TEST(ChannelClasses, LayersPartThemAndActivationsHandThemOn) {
  LayeredGraph net({2, 4, 4});
  const NodeId conv = net.add("conv", Conv2d{three, 3, 1, {}}, {0});
  const NodeId relu = net.add("relu", Relu{}, {conv});
  const NodeId clip = net.add("clip", Clip{0, 6}, {relu});
  const NodeId pool = net.add("pool", MaxPool{{2, 2, 2, 2, 1, 1, 0, 0, 0, 0}}, {clip});
  const NodeId flat = net.add("flat", Flatten{}, {pool});
  const NodeId linear = net.add("linear", Linear{2, {}}, {flat});
  const ChannelClasses classes = channel_classes(net.graph);
  const Classes& of = classes.of[conv];
  EXPECT_EQ(std::set<std::size_t>(of.begin(), of.end()).size(), 3U);
  for (const NodeId id : {relu, clip, pool}) EXPECT_EQ(classes.of[id], of);
  // 2×2 pixels of each channel.
  EXPECT_EQ(classes.of[flat],
            (Classes{of[0], of[0], of[0], of[0], of[1], of[1], of[1], of[1], of[2], of[2], of[2], of[2]}));
  for (const std::size_t channel : of) EXPECT_FALSE(classes.pinned[channel]);
  for (const NodeId id : {NodeId{0}, linear}) {
    for (const std::size_t channel : classes.of[id]) EXPECT_TRUE(classes.pinned[channel]);
  }
}

TEST(ChannelClasses, AddJoinsAndConcatAndPadChannelsPlace) {
  LayeredGraph net({2, 4, 4});
  const NodeId a = net.add("a", Conv2d{three, 2, 1, {}}, {0});
  const NodeId b = net.add("b", Conv2d{three, 3, 1, {}}, {0});
  const NodeId both = net.add("both", Concat{}, {a, b});
  const NodeId c = net.add("c", Conv2d{three, 3, 1, {}}, {both});
  const NodeId more = net.add("more", PadChannels{1, 1}, {c});
  const NodeId sum = net.add("sum", Add{}, {both, more});
  net.add("d", Conv2d{three, 1, 1, {}}, {sum});
  const ChannelClasses classes = channel_classes(net.graph);
  EXPECT_EQ(classes.of[both], (Classes{classes.of[a][0], classes.of[a][1], classes.of[b][0], classes.of[b][1],
                                       classes.of[b][2]}));
  EXPECT_EQ(classes.of[sum], classes.of[both]);
  EXPECT_EQ(classes.of[more], classes.of[both]);
  EXPECT_EQ(classes.of[c], (Classes{classes.of[a][1], classes.of[b][0], classes.of[b][1]}));
}

TEST(ChannelClasses, WhatIsNotHomogeneousIsPinned) {
  LayeredGraph net({1, 4, 4});
  const NodeId a = net.add("a", Conv2d{three, 2, 1, {}}, {0});
  const NodeId clip = net.add("clip", Clip{-3, 3}, {a});
  const NodeId b = net.add("b", Conv2d{three, 1, 1, {}}, {clip});
  const NodeId c = net.add("c", Conv2d{three, 1, 1, {}}, {b});
  const NodeId sum = net.add("sum", Add{}, {c, 0});
  net.add("d", Conv2d{three, 1, 1, {}}, {sum});
  const ChannelClasses classes = channel_classes(net.graph);
  for (const std::size_t channel : classes.of[a]) EXPECT_TRUE(classes.pinned[channel]);
  EXPECT_FALSE(classes.pinned[classes.of[b][0]]);
  // Added to the picture.
  EXPECT_TRUE(classes.pinned[classes.of[c][0]]);
}

}  // namespace
}  // namespace privquant
