#include "net/meter.h"

#include <gtest/gtest.h>

#include <thread>

namespace privquant {
namespace {

TEST(Meter, CountsUnderTheInnermostLabel) {
  Meter meter;
  {
    const auto online = meter.phase(Phase::online);
    const auto layer = meter.layer("conv1");
    meter.count_sent(3);
    {
      const auto compare = meter.functionality("millionaires");
      meter.count_sent(5);
      meter.count_received(7);
      meter.count_rounds(2);
    }
    meter.count_received(11);
  }
  meter.count_sent(13);
  const auto& traffic = meter.by_label();
  EXPECT_EQ(traffic.at({Phase::online, "conv1", ""}).bytes_sent, 3U);
  EXPECT_EQ(traffic.at({Phase::online, "conv1", ""}).bytes_received, 11U);
  EXPECT_EQ(traffic.at({Phase::online, "conv1", "millionaires"}).bytes_sent, 5U);
  EXPECT_EQ(traffic.at({Phase::online, "conv1", "millionaires"}).bytes_received, 7U);
  EXPECT_EQ(traffic.at({Phase::online, "conv1", "millionaires"}).rounds, 2U);
  EXPECT_EQ(traffic.at({Phase::setup, "", ""}).bytes_sent, 13U);
  EXPECT_EQ(meter.total().bytes(), 39U);
  EXPECT_EQ(meter.total(Phase::online).bytes(), 26U);
  EXPECT_EQ(meter.total(Phase::preparation).bytes(), 0U);
}

TEST(Meter, ScopesInheritWhatTheyDoNotName) {
  Meter meter;
  const Meter::Scope outer(meter, {Phase::preparation, "conv1", "multiplex"});
  {
    const Meter::Scope inner(meter, {Phase::online, "", "b2a"});
    EXPECT_EQ(meter.label(), (MeterLabel{Phase::online, "conv1", "b2a"}));
    const auto phase = meter.phase(Phase::setup);
    EXPECT_EQ(meter.label(), (MeterLabel{Phase::setup, "conv1", "b2a"}));
  }
  EXPECT_EQ(meter.label(), (MeterLabel{Phase::preparation, "conv1", "multiplex"}));
}

TEST(Meter, CountsTimeUnderTheLabelThatHeld) {
  Meter meter;
  const auto begin = std::chrono::steady_clock::now();
  {
    const auto online = meter.phase(Phase::online);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const double all = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_GE(meter.total(Phase::online).seconds, 0.02);
  EXPECT_LE(meter.total(Phase::online).seconds, all);
  EXPECT_LE(meter.total(Phase::online).seconds, meter.total().seconds);
}

TEST(Meter, ResetForgetsButKeepsTheLabel) {
  Meter meter;
  const auto online = meter.phase(Phase::online);
  meter.count_sent(9);
  meter.reset();
  EXPECT_EQ(meter.total().bytes(), 0U);
  meter.count_sent(1);
  EXPECT_EQ(meter.total(Phase::online).bytes(), 1U);
}

}  // namespace
}  // namespace privquant
