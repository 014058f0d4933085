#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/command.h"

namespace privquant {

namespace {

constexpr int failed = 1;
constexpr int wrong_use = 2;

int complain(int status, const std::string& sentence) {
  fmt::print(stderr, "privquant: {}\n", sentence);
  return status;
}

int run(int argc, char** argv) {
  CLI::App app("Private neural-network inference by two-party computation on quantised networks.",
               "privquant");
  app.set_version_flag("--version", "privquant " PRIVQUANT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done, 1 failed, 2 wrong use. `privquant COMMAND --help` lists a command's options.");
  const std::vector<Command> commands{
      add_serve(app),     add_infer(app),       add_import(app),   add_inspect(app),
      add_eval(app),      add_verify(app),      add_cost(app),     add_compare(app),
      add_calibrate(app), add_bench(app),       add_zoo(app),
#ifdef PRIVQUANT_TRAINING
      add_train(app),     add_sensitivity(app), add_quantize(app), add_train_demo(app),
#endif
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked_for_help) {
    return app.exit(asked_for_help);
  } catch (const CLI::ParseError& error) {
    return complain(wrong_use, fmt::format("{}; privquant --help tells how to use it", error.what()));
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) return command.run();
  }
  return wrong_use;
}

}  // namespace

}  // namespace privquant

int main(int argc, char** argv) {
  using privquant::complain, privquant::failed, privquant::wrong_use;
  try {
    return privquant::run(argc, argv);
  } catch (const privquant::Error& error) {
    return complain(error.code() == privquant::ErrorCode::usage ? wrong_use : failed, error.what());
  } catch (const std::bad_alloc&) {
    return complain(failed, "there is too little memory; use a smaller network or a machine with more");
  } catch (const std::exception& error) {
    return complain(failed, fmt::format("failed unexpectedly: {}", error.what()));
  } catch (...) {
    return complain(failed, "failed unexpectedly");
  }
}
