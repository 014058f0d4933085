// How users write a network of the zoo: NAME, NAME:wW[.W...][aA][rR][eE] or NAME:bFRACTION.
#pragma once

#include <string>
#include <string_view>

#include "nn/zoo.h"

namespace privquant {

struct ZooReference {
  std::string name;
  ZooWidths widths;
};

/// "resnet32:w4a4": weights, activations, residual stream (r) and edges (e), 8 bits where none are given.
/// "tiny:w3.2a6": one width for each inner convolution. "resnet32:b0.37": zoo_budget's.
/// The network's name and the widths' range are for make_zoo_model to check. @throws Error(usage).
ZooReference parse_zoo_reference(std::string_view text);

}  // namespace privquant
