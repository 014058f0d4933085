// A model as all sessions of a server share it: read-only, with everything that is computed once.
#pragma once

#include <string>

#include "nn/graph.h"
#include "nn/model_file.h"
#include "plan/plan.h"

namespace privquant {

struct ServedModel {
  /// The model must outlive this. @throws Error(usage | model) if there is no such plan.
  ServedModel(const Model& served, const PlanOptions& options)
      : model(served),
        plan(make_plan(served.graph, options)),
        plan_hash(privquant::plan_hash(plan)),
        contract(serialise_contract(served.graph)),
        contract_hash(privquant::contract_hash(served.graph)) {}

  const Model& model;
  Plan plan;
  Hash plan_hash;
  std::string contract;  ///< canonical bytes
  Hash contract_hash;
};

}  // namespace privquant
