#include "search/bit_search.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <numeric>
#include <stdexcept>

#include "base/error.h"
#include "search/random_problem.h"

namespace privquant {
namespace {

std::string refusal_of(const SearchProblem& problem) {
  try {
    (void)search_widths(problem);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.what();
  }
  return "";
}

constexpr std::uint64_t seeds = 80;

class RandomProblems : public testing::TestWithParam<Neighbourhood> {};

TEST_P(RandomProblems, AreSolvedToTheOptimum) {
  int feasible = 0;
  int infeasible = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    RandomProblem random(seed, GetParam());
    const auto best = random.try_all();
    if (!best.sensitivity) {
      ++infeasible;
      const std::string refusal = refusal_of(random.problem());
      EXPECT_NE(refusal.find(" cost " + fmt::format("{}", best.smallest_price) + ":"), std::string::npos)
          << "seed " << seed << ": " << refusal << ", not " << best.smallest_price;
      continue;
    }
    ++feasible;
    const SearchResult result = search_widths(random.problem());
    EXPECT_NEAR(result.sensitivity, *best.sensitivity, 1e-6) << "seed " << seed;
    EXPECT_LE(result.price, random.problem().most);
    EXPECT_EQ(result.price, random.price(result.widths));
    EXPECT_NEAR(result.model_error, 0, 1e-6);
    EXPECT_EQ(result.gap, 0) << "seed " << seed;
  }
  EXPECT_GT(feasible, 10);
  EXPECT_GT(infeasible, 5);
}

TEST_P(RandomProblems, AreNoBetterByOrder) {
  int worse = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    RandomProblem random(seed, GetParam());
    try {
      const SearchResult order = search_by_order(random.problem());
      const SearchResult program = search_widths(random.problem());
      EXPECT_LE(order.price, random.problem().most);
      EXPECT_EQ(order.price, random.price(order.widths));
      EXPECT_LE(program.sensitivity, order.sensitivity + 1e-6) << "seed " << seed;
      if (program.sensitivity < order.sensitivity - 1e-6) ++worse;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
    }
  }
  EXPECT_GT(worse, 5);
}

TEST_P(RandomProblems, KeepTheBoundUnderAnyPrice) {
  int corrected = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    RandomProblem random(seed, GetParam());
    SearchProblem& problem = random.problem();
    // All layers act together: no sum of pairs.
    problem.price = [&](const NetworkWidths& widths) {
      const double bits = std::accumulate(
          widths.begin(), widths.end(), 0.0,
          [](double sum, const LayerWidths& w) { return sum + w.weight_bits * w.input_bits; });
      return random.price(widths) + bits * std::sqrt(bits) + (static_cast<int>(bits) % 7 == 3 ? 400 : 0);
    };
    const double usual_bits = 40 * static_cast<double>(problem.candidates.size());
    problem.most += usual_bits * std::sqrt(usual_bits);
    const auto best = random.try_all();
    if (!best.sensitivity) continue;
    const SearchResult result = search_widths(problem);
    EXPECT_LE(result.price, problem.most);
    EXPECT_EQ(result.price, problem.price(result.widths));
    EXPECT_GE(result.sensitivity, *best.sensitivity - 1e-9);
    if (std::abs(result.model_error) > 1) ++corrected;
  }
  EXPECT_GT(corrected, 3);
}

TEST_P(RandomProblems, HaveOneAnswer) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomProblem random(seed, GetParam());
    if (!random.try_all().sensitivity) continue;
    const SearchResult once = search_widths(random.problem());
    const SearchResult again = search_widths(random.problem());
    EXPECT_EQ(once.widths, again.widths);
    EXPECT_EQ(once.evaluations, again.evaluations);
  }
}

INSTANTIATE_TEST_SUITE_P(Neighbourhoods, RandomProblems,
                         testing::Values(Neighbourhood::chain, Neighbourhood::residual),
                         [](const auto& test) {
                           return test.param == Neighbourhood::chain ? "Chain" : "Residual";
                         });

TEST(BitSearch, TakesOneLayerOfOneCandidate) {
  SearchProblem problem{{{{4, 5}}}, {{0.5}}, {}, [](const NetworkWidths&) { return 10.0; }, 10, 0, {}};
  const SearchResult result = search_widths(problem);
  EXPECT_EQ(result.widths, (NetworkWidths{{4, 5}}));
  EXPECT_EQ(result.sensitivity, 0.5);
  EXPECT_EQ(result.price, 10);
  EXPECT_EQ(result.gap, 0);
  EXPECT_EQ(search_by_order(problem).widths, result.widths);
  problem.most = 9;
  EXPECT_THROW((void)search_by_order(problem), Error);
  problem.price_text = [](double price) { return fmt::format("{:.0f} apples", price); };
  EXPECT_EQ(refusal_of(problem),
            "no widths were found at a price of at most 9 apples; the cheapest widths that there are cost 10 "
            "apples: allow that much or more");
}

TEST(BitSearch, ChoosesAmongOneLayersCandidates) {
  const SearchProblem problem{{{{8, 8}, {4, 8}, {2, 8}}},
                              {{0.1, 0.2, 0.9}},
                              {},
                              [](const NetworkWidths& widths) { return widths[0].weight_bits * 100.0; },
                              799,
                              0,
                              {}};
  EXPECT_EQ(search_widths(problem).widths, (NetworkWidths{{4, 8}}));
}

TEST(BitSearch, TellsWidthsApartThatDifferByLittle) {
  // 20 layers whose sensitivities span nine orders of magnitude.
  SearchProblem problem;
  for (int layer = 0; layer < 20; ++layer) {
    problem.candidates.push_back({{8, 8}, {4, 8}, {2, 8}});
    const double unit = std::pow(10.0, -layer % 10);
    problem.sensitivity.push_back({0, unit, 5 * unit});
    if (layer > 0) problem.neighbours.emplace_back(layer - 1, layer);
  }
  problem.price = [](const NetworkWidths& widths) {
    double price = 0;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      price += 1e6 * widths[i].weight_bits;
      if (i > 0) price += 1e4 * widths[i].weight_bits * widths[i - 1].weight_bits;
    }
    return price;
  };
  problem.most = 20 * 6e6;
  const SearchResult result = search_widths(problem);
  EXPECT_LE(result.price, problem.most);
  EXPECT_LE(result.sensitivity, search_by_order(problem).sensitivity);
  EXPECT_LT(result.gap, 1e-3);
}

extern "C" void on_interrupt(int /*signal*/) {}

TEST(BitSearch, IsSilentAndLeavesTheInterruptAlone) {
  RandomProblem random(3, Neighbourhood::chain);
  const auto before = std::signal(SIGINT, on_interrupt);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  (void)search_widths(random.problem());
  random.problem().most = 0;
  EXPECT_NE(refusal_of(random.problem()), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(std::signal(SIGINT, before), on_interrupt);
}

TEST(BitSearch, RefusesABoundThatIsNoNumber) {
  const SearchProblem problem{{{{4, 5}}},   {{0.5}}, {}, [](const NetworkWidths&) { return 10.0; },
                              std::nan(""), 0,       {}};
  EXPECT_NE(refusal_of(problem), "");
}

TEST(BitSearch, HandsOnWhatThePriceThrows) {
  const SearchProblem problem{{{{4, 5}, {5, 5}}},
                              {{0.5, 0.4}},
                              {},
                              [](const NetworkWidths&) -> double { fail(ErrorCode::model, "no such plan"); },
                              1,
                              0,
                              {}};
  EXPECT_THROW((void)search_widths(problem), Error);
}

/// Ends the search at its poll number `last`; how many prices were asked for until then.
std::size_t prices_until(SearchProblem problem, int last) {
  std::atomic<std::size_t> prices = 0;
  problem.price = [&prices, price = problem.price](const NetworkWidths& widths) {
    ++prices;
    return price(widths);
  };
  int polls = 0;
  problem.poll = [&] {
    if (++polls == last) throw std::runtime_error("that is enough");
  };
  EXPECT_THROW((void)search_widths(problem), std::runtime_error) << last;
  return prices;
}

TEST(BitSearch, EndsWhereAPollThrows) {
  RandomProblem random(3, Neighbourhood::chain);
  int polls = 0;
  random.problem().poll = [&] { ++polls; };
  const SearchResult whole = search_widths(random.problem());
  EXPECT_GT(polls, 3);
  EXPECT_EQ(prices_until(random.problem(), 1), 0U);
  // Within sampling, and after the last price: around the solver.
  EXPECT_LT(prices_until(random.problem(), 2), whole.evaluations);
  EXPECT_LE(prices_until(random.problem(), polls), whole.evaluations);
}

TEST(BitSearch, ByOrderEndsWhereAPollThrows) {
  RandomProblem random(3, Neighbourhood::chain);
  random.problem().most = 0.7 * random.problem().most;
  int prices = 0;
  random.problem().price = [&prices, price = random.problem().price](const NetworkWidths& widths) {
    ++prices;
    return price(widths);
  };
  random.problem().poll = [&] {
    if (prices == 2) throw std::runtime_error("that is enough");
  };
  EXPECT_THROW((void)search_by_order(random.problem()), std::runtime_error);
  EXPECT_EQ(prices, 2);
}

TEST(BitSearch, FindsTheSameWithAnyNumberOfThreads) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    RandomProblem random(seed, Neighbourhood::residual);
    random.problem().most = 1e6;
    random.problem().threads = 1;
    const SearchResult one = search_widths(random.problem());
    random.problem().threads = 3;
    const SearchResult three = search_widths(random.problem());
    EXPECT_EQ(one.widths, three.widths) << seed;
    EXPECT_EQ(one.evaluations, three.evaluations) << seed;
  }
}

}  // namespace
}  // namespace privquant
