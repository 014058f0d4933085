// With fixed seeds every byte on the wire is fixed. The digests of both directions are pinned in
// wire_trace.txt, so that a change of the wire format is seen in review: run with PRIVQUANT_PIN=1 to write
// them anew.
#include <gtest/gtest.h>

#include <future>

#include "engine/engine.h"
#include "net/local_transport.h"
#include "nn/zoo.h"
#include "support/pinned_file.h"

namespace privquant {
namespace {

struct Traced {
  std::string name;
  std::string network;
  PlanOptions options;
  unsigned threads = 1;
};

std::string trace(const Traced& what) {
  ZooWidths small_widths;
  small_widths.weight_bits = 4;
  small_widths.activation_bits = 4;
  const Model model = make_zoo_model(what.network, small_widths, 1);
  const Plan plan = make_plan(model.graph, what.options);
  IntegerTensor input{model.graph.input().type, model.graph.input().shape, {}};
  for (std::size_t i = 0; i < input.shape.elements(); ++i)
    input.values.push_back(static_cast<std::int64_t>(i % 16));

  EngineOptions engine_options;
  engine_options.threads = what.threads;
  auto channels = make_local_channels();
  channels.first->trace_sent();
  channels.second->trace_sent();
  Prg server_random(Block{1, 0});
  Prg client_random(Block{2, 0});
  auto serving = std::async(std::launch::async, [&] {
    Engine engine(Role::server, *channels.first, model.graph, plan, &model, server_random, engine_options);
    engine.infer(std::nullopt);
  });
  Engine engine(Role::client, *channels.second, model.graph, plan, nullptr, client_random, engine_options);
  engine.infer(input);
  serving.get();
  return what.name + " server " + channels.first->sent_digest() + "\n" + what.name + " client " +
         channels.second->sent_digest() + "\n";
}

TEST(WireTrace, IsPinned) {
  std::string now;
  for (const Traced& what :
       {Traced{"tiny-logits", "tiny", {"sirnn", Reveal::logits, 0, {}}},
        Traced{"tiny-class", "tiny", {"sirnn", Reveal::best_class, 0, {}}},
        Traced{"tiny-top3", "tiny", {"sirnn", Reveal::top_k, 3, {}}},
        Traced{"tiny-privquant", "tiny", {"privquant", Reveal::logits, 0, {}}},
        Traced{"tiny-without-winograd", "tiny", {"privquant", Reveal::logits, 0, {"winograd"}}},
        Traced{"tiny-without-weight-driven",
               "tiny",
               {"privquant", Reveal::logits, 0, {"weight-driven", "winograd"}}}})
    now += trace(what);
  for (const OtExtension extension : ot_extensions) {
    if (extension == OtExtension::iknp) continue;  // those above
    const std::string name(name_of(extension));
    now += trace({"tiny-" + name, "tiny", {"privquant", Reveal::logits, 0, {}, extension}});
  }
  // Two rounds of Ferret and more.
  now += trace({"minionn-ferret", "minionn", {"privquant", Reveal::logits, 0, {}, OtExtension::ferret}});

  // Lattices, and choices ahead.
  PlanOptions hybrid{"hybrid", Reveal::logits, 0, {}, OtExtension::softspoken4};
  hybrid.linear = LinearPreparation::lattice;
  now += trace({"tiny-lattice", "tiny", hybrid});

  expect_pinned("engine/wire_trace.txt", now);
}

TEST(WireTrace, DoesNotShowThreads) {
  Traced what{"minionn", "minionn", {"privquant", Reveal::logits, 0, {}, OtExtension::ferret}};
  const std::string one = trace(what);
  what.threads = 3;
  EXPECT_EQ(trace(what), one);
}

}  // namespace
}  // namespace privquant
