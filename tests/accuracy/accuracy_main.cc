// SPDX-License-Identifier: Apache-2.0
// loopdock-accuracy --data DIR [--budgets FILE] [--only PART] [--keep DIR] [--seed N] [--verbose]
// Measures reading and measuring on real pictures and holds the figures against budgets that may
// only rise. Exits with 0 when every budget is held, 1 when one is missed, 2 on wrong arguments.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <string>

#include "tests/accuracy/accuracy.h"
#include "tests/accuracy/decode_accuracy.h"
#include "tests/accuracy/pallet_accuracy.h"
#include "tests/accuracy/rendered_accuracy.h"
#include "tests/accuracy/screens_accuracy.h"
#include "tests/accuracy/tilted_accuracy.h"

int main(int argc, char** argv) {
  using loopdock::accuracy::Budgets;
  CLI::App app("Measures Loopdock on real pictures.");
  std::string data;
  std::string only;
  std::string keep;
  std::string budgets_file = "tests/accuracy/budgets.toml";
  bool verbose = false;
  int at_most = 0;
  uint64_t seed = 0;
  app.add_option("--data", data, "folder with barcodes/ and screens/")->required();
  app.add_option("--budgets", budgets_file, "what must be reached");
  app.add_option("--only", only, "one part")
      ->check(CLI::IsMember({"tilted", "decode", "pallets", "screens", "rendered", "sizes", "small",
                             "repeats", "scratched", "clean", "cracks", "kinds"}));
  app.add_option("--keep", keep, "an existing folder for the pictures that are made");
  app.add_option("--at-most", at_most, "shots of each rendered suite, for a quick look");
  app.add_option("--seed", seed, "added to the seeds of the rendered suites: other renderings");
  app.add_flag("--verbose", verbose, "names every picture that is not right");
  CLI11_PARSE(app, argc, argv);

  const auto budgets = Budgets::Load(budgets_file);
  if (!budgets.ok()) {
    std::fprintf(stderr, "%s\n", std::string(budgets.status().message()).c_str());
    return 2;
  }
  const std::string folder = budgets_file.substr(0, budgets_file.find_last_of('/') + 1);
  const loopdock::accuracy::DecodeRunOptions decode{data, folder, verbose};
  const auto wants = [&only](const char* part) { return only.empty() || only == part; };
  bool ok = true;
  if (wants("tilted")) ok &= loopdock::accuracy::RunTilted({decode, keep}, *budgets).ok;
  if (wants("decode")) ok &= loopdock::accuracy::RunDecode(decode, *budgets).ok;
  if (wants("pallets")) ok &= loopdock::accuracy::RunPallets({verbose, keep}, *budgets).ok;
  const std::string scale_file = folder + "../../models/grading/itad-1.toml";
  if (wants("screens")) {
    ok &= loopdock::accuracy::RunScreens(
              {.data = data, .scale_file = scale_file, .verbose = verbose}, *budgets)
              .ok;
  }
  const bool suite = only == "sizes" || only == "small" || only == "repeats" ||
                     only == "scratched" || only == "clean" || only == "cracks" || only == "kinds";
  if (suite || wants("rendered")) {
    ok &= loopdock::accuracy::RunRendered({.scale_file = scale_file,
                                           .only = suite ? only : "",
                                           .verbose = verbose,
                                           .keep = keep,
                                           .at_most = at_most,
                                           .seed = seed},
                                          *budgets)
              .ok;
  }
  return ok ? 0 : 1;
}
