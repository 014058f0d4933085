// How far a long work is, for whoever shows it.
#pragma once

#include <string>

namespace privquant {

struct StageProgress {
  std::string stage;    ///< "sensitivity", "0.37: training", …
  double fraction = 0;  ///< of the stage, 0..1
  double loss = 0;      ///< 0 where nothing is trained
  double accuracy = 0;  ///< on training pictures as they were seen
};

}  // namespace privquant
