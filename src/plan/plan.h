// A plan: the protocols that evaluate a public graph, step by step. Read this header first.
//
// Both parties compile the same plan from the same public contract and options; the handshake compares its
// hash. A plan holds public numbers only: shapes, ring widths, shifts, clips.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mpc/clip_window.h"
#include "mpc/convolve.h"
#include "mpc/extend.h"
#include "mpc/lattice_layer.h"
#include "mpc/pool.h"
#include "mpc/requantise.h"
#include "nn/graph.h"
#include "nn/model_file.h"
#include "ot/ot_extension.h"
#include "ring/width.h"

namespace privquant {

/// The greatest worth of a round, in bytes: more than any link carries while a message travels.
inline constexpr std::size_t max_round_bytes = std::size_t{1} << 40;

/// What the client learns of the output.
enum class Reveal { logits, top_k, best_class };

/// What linear layers are prepared with: oblivious transfer; lattices, where they can (docs/lattice.md); or layer by
/// layer whatever takes fewer bytes, less PlanOptions::ot_layers.
enum class LinearPreparation { ot, lattice, automatic };
inline constexpr std::array linear_preparations{LinearPreparation::ot, LinearPreparation::lattice,
                                                LinearPreparation::automatic};

/// "ot", "lattice", "auto".
std::string_view name_of(LinearPreparation linear);
/// @throws Error(usage) for any other name.
LinearPreparation linear_preparation_named(std::string_view name);

struct PlanOptions {
  std::string profile = "privquant";  ///< which system's protocol choices the plan follows (passes.h)
  Reveal reveal = Reveal::logits;
  int top_k = 5;                  ///< for Reveal::top_k
  std::set<std::string> without;  ///< names of the profile's passes that are switched off
  /// What makes the correlations. The profile `sirnn` stays with IKNP, whatever is asked for.
  OtExtension extension = OtExtension::iknp;
  /// What a round is worth, in bytes (ProtocolChoices::round_bytes); round_bytes_of() a link says it. None: what
  /// hardly any link is too slow for, nothing with IKNP. At most max_round_bytes. The profile `sirnn` weighs bytes
  /// alone.
  std::optional<std::size_t> round_bytes = std::nullopt;
  /// Of the profile `hybrid`; the others stay with OTs.
  LinearPreparation linear = LinearPreparation::automatic;
  /// Of LinearPreparation::automatic: linear layers that stay with OTs even so, since lattices would take more time
  /// on the server's machine and link (choose_linear.h). A plan holds only nodes that are linear layers.
  std::set<NodeId> ot_layers = {};
  bool operator==(const PlanOptions&) const = default;
};

/// "logits", "top5", "class". @throws Error(usage) on anything else.
std::string to_string(Reveal reveal, int top_k);
void parse_reveal(const std::string& text, PlanOptions& options);

using ValueId = std::size_t;

/// A shared tensor during the evaluation.
struct PlanValue {
  Width width;
  std::size_t size;
};

namespace step {

/// The client's input becomes a sharing (server's share 0): no message.
struct ShareInput {};
/// Convolution or linear layer with the server's weights; it adds the bias.
struct Convolve {
  Convolution convolution;
};
/// The same by what lattices prepared, in the operand's ring.
struct MaskedConvolve {
  LatticeLayer layer;
  LatticePlan lattice;
};
/// Adds a public constant.
struct AddConstant {
  std::uint64_t constant;
};
struct Extend {
  bool is_signed;  ///< how the operand is read
  KnownMsb msb;
};
/// ⟨x⟩ · 2^shift: local, in the same ring or in one that is wider by no more than the shift.
struct ShiftLeft {
  int shift;
};
struct Add {};
struct TruncateReduce {
  int shift;
};
/// ⌊x / 2^shift⌋ of the signed reading, in the same ring.
struct Truncate {
  int shift;
  KnownMsb msb;
};
/// Into the operand's ring or a narrower one.
struct Relu {};
/// Shift, clip and extension at once: into any ring.
struct Requantise {
  Requantisation requantisation;
};
/// Clips on both sides, to 2^bits consecutive numbers, into the operand's ring or a narrower one.
struct ClipToWindow {
  ClipWindow window;
};
/// min(x, 2^(l−1) − 1) for 0 ≤ x ≤ 2^(l−1) in Z_{2^l}.
struct Saturate {};
struct ClipAbove {
  std::int64_t high;
};
struct ClipBelow {
  std::int64_t low;
};
/// Same value, narrower ring: local.
struct Narrow {};
struct MaxPool {
  PoolShape shape;
};
struct SumPool {
  PoolShape shape;
};
struct Concat {};
/// Zeros, which both parties know, before and after the operand's values: local.
struct PadChannels {
  std::size_t before, after;  ///< values
};
/// Opens to the client: the tensor, the greatest value's index, or the indices of the k greatest in falling
/// order.
struct RevealLogits {};
struct RevealArgMax {};
struct RevealTopK {
  int k;
};

}  // namespace step

using StepOperation =
    std::variant<step::ShareInput, step::Convolve, step::MaskedConvolve, step::AddConstant, step::Extend,
                 step::ShiftLeft, step::Add, step::TruncateReduce, step::Truncate, step::Relu,
                 step::ClipToWindow, step::Requantise, step::Saturate, step::ClipAbove, step::ClipBelow,
                 step::Narrow, step::MaxPool, step::SumPool, step::Concat, step::PadChannels,
                 step::RevealLogits, step::RevealArgMax, step::RevealTopK>;

struct Step {
  NodeId node;  ///< the graph node that it serves
  StepOperation operation;
  std::vector<ValueId> inputs;
  std::optional<ValueId> output;  ///< none for the reveal
};

/// What the planner weighed for one decision, and what it took: the fewest bytes, rounds at their worth, of what is allowed.
struct Candidate {
  std::string name;
  double bytes;  ///< both ways, preparation included, conversions of the operand included
  std::string why;
  std::uint64_t rounds;  ///< online
};
struct Choice {
  NodeId node;
  std::string subject;
  std::vector<Candidate> candidates;
  std::size_t chosen;
};

struct Plan {
  PlanOptions options;  ///< `linear` and `ot_layers` are what the profile makes of them
  ProtocolChoices protocol_choices;
  std::vector<PlanValue> values;
  std::vector<Step> steps;
  /// Where a node's result is shared exactly as the plaintext executor has it; none where fusion never forms
  /// it.
  std::vector<std::optional<ValueId>> value_of_node;
  std::vector<Choice> choices;  ///< for reports; no part of the plan's text
};

/// @throws Error(model) naming the layer if a width is impossible, Error(usage) for an unknown profile.
Plan make_plan(const Graph& graph, const PlanOptions& options);

/// Whether the graph has such a node, and it is a Conv2d or Linear.
bool is_linear_layer(const Graph& graph, NodeId node);

/// The plan's MaskedConvolve steps, in order.
std::vector<std::size_t> lattice_steps(const Plan& plan);
/// The keys of a session that runs the plan.
LatticeKeyDemand lattice_keys_of(const Plan& plan);

/// "convolve", "truncate_reduce", …: the functionality that a step runs, as in reports.
std::string functionality_name(const StepOperation& operation);

/// One line a step, complete: equal texts mean equal plans.
std::string to_text(const Plan& plan);
/// SHA-256 of to_text.
Hash plan_hash(const Plan& plan);

}  // namespace privquant
