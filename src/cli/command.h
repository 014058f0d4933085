// The subcommands of `privquant`: one file each. Read this header first.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace privquant {

struct Command {
  const CLI::App* app;       ///< tells whether it was asked for
  std::function<int()> run;  ///< returns the exit status; @throws Error
};

Command add_serve(CLI::App& app);
Command add_infer(CLI::App& app);
Command add_import(CLI::App& app);
Command add_inspect(CLI::App& app);
Command add_eval(CLI::App& app);
Command add_verify(CLI::App& app);
Command add_cost(CLI::App& app);
Command add_compare(CLI::App& app);
Command add_calibrate(CLI::App& app);
Command add_bench(CLI::App& app);
Command add_zoo(CLI::App& app);
#ifdef PRIVQUANT_TRAINING
Command add_sensitivity(CLI::App& app);
Command add_train(CLI::App& app);
Command add_quantize(CLI::App& app);
Command add_train_demo(CLI::App& app);
#endif

}  // namespace privquant
