// Memory for tensors, for commands that train or measure: a setting of the whole process.
#pragma once

namespace privquant {

/// From here on memory that is freed stays with the process: every batch wants as much again, and a page that the system
/// hands out is cleared first. About a fifth of a training's time.
void reuse_memory();

}  // namespace privquant
