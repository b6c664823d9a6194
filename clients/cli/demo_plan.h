// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_DEMO_PLAN_H_
#define LOOPDOCK_CLIENTS_CLI_DEMO_PLAN_H_

// What the demonstration takes through the house: the project's own pallet, or real pictures.
// Thread safety: free functions, safe from any thread.
// Errors: FILE_NOT_FOUND and JSON_INVALID when the folder is not of the expected form.

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace loopdock::cli {

// One scan: a picture of a label, or a typed line.
struct DemoScan {
  std::string name;  // for people
  std::string path;  // of the picture; empty for a typed line
  std::string text;
};

// One picture of a device: of the asset that the scan at `scan` has booked.
struct DemoScreen {
  std::string name;
  std::string path;
  size_t scan = 0;
};

struct DemoPlan {
  // The same pictures give the same reference: by it a second run recognises its load.
  std::string external_ref;
  std::vector<DemoScan> scans;
  std::vector<DemoScreen> screens;
  double um_per_px = 0;
};

// The pallet of tests/data/demo: `folder`, or if it is empty the one that comes with the program.
absl::StatusOr<DemoPlan> OwnPallet(const std::string& folder);

// Of a data folder the pictures of six sets that barcodes/manifest.tsv lists, and every picture
// of screens/ as a device that carries its file name as asset tag.
absl::StatusOr<DemoPlan> RealPictures(const std::string& folder);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_DEMO_PLAN_H_
