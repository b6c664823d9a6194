// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_MODEL_COMMAND_H_
#define LOOPDOCK_TESTS_UNIT_MODEL_COMMAND_H_

// A command of a random history as data: a kind and small numbers that choose subjects and values.
// Every sequence of commands is a history, so any part of one may be left out to find the shortest
// that fails. A subject is a slot: "asset 3" is the newest life of the device with serial number 3.
// Thread safety: free functions, safe from any thread.

#include <string>
#include <vector>

namespace loopdock::inventory::model {

// X(kind, what the numbers a to f choose); `a` is the subject.
#define LOOPDOCK_MODEL_COMMANDS(X)                                              \
  X(Wait, "span", "", "", "", "", "")                                           \
  X(Sweep, "", "", "", "", "", "")                                              \
  X(SetRules, "variant", "", "", "", "", "")                                    \
  X(Grant, "level", "expires", "", "", "", "")                                  \
  X(Revoke, "", "", "", "", "", "")                                             \
  X(SetVendor, "vendor", "qualification", "streams", "chain", "", "")           \
  X(CreateLoad, "load", "supplier", "document", "", "", "")                     \
  X(CloseLoad, "load", "", "", "", "", "")                                      \
  X(OpenSession, "session", "load", "location", "", "", "")                     \
  X(CloseSession, "session", "", "", "", "", "")                                \
  X(Scan, "asset", "session", "container", "", "", "")                          \
  X(CreateAsset, "asset", "load", "place", "categorized", "facility", "")       \
  X(MoveAsset, "asset", "place", "etag", "corrects", "", "")                    \
  X(Describe, "asset", "category", "material", "etag", "", "")                  \
  X(Withdraw, "asset", "corrects", "", "", "", "")                              \
  X(Reassign, "asset", "load", "etag", "", "", "")                              \
  X(PlaceHold, "asset", "kind", "", "", "", "")                                 \
  X(ReleaseHold, "asset", "which", "", "", "", "")                              \
  X(Merge, "asset", "absorbed", "etag", "", "", "")                             \
  X(Install, "asset", "host", "etag", "", "", "")                               \
  X(Remove, "asset", "place", "etag", "", "", "")                               \
  X(CreateContainer, "container", "place", "", "", "", "")                      \
  X(SealContainer, "container", "", "", "", "", "")                             \
  X(MoveContainer, "container", "place", "", "", "", "")                        \
  X(OpenStockTake, "take", "place", "", "", "", "")                             \
  X(Count, "take", "asset", "", "", "", "")                                     \
  X(Missing, "take", "asset", "", "", "", "")                                   \
  X(CloseStockTake, "take", "", "", "", "", "")                                 \
  X(Inspect, "asset", "cosmetic", "", "", "", "")                               \
  X(Test, "asset", "result", "", "", "", "")                                    \
  X(Begin, "asset", "process", "etag", "", "", "")                              \
  X(Sanitize, "asset", "method", "verifier", "film", "", "")                    \
  X(Verify, "asset", "verifier", "passed", "etag", "", "")                      \
  X(Reconcile, "asset", "received", "notice", "load", "", "")                   \
  X(Release, "asset", "", "", "", "", "")                                       \
  X(SetApplicability, "asset", "status", "etag", "facility", "evidence", "why") \
  X(Decide, "asset", "next", "etag", "", "", "")                                \
  X(RecordException, "asset", "rule", "span", "of the load", "", "")            \
  X(CreateLot, "lot", "load", "goods", "status", "", "")                        \
  X(UpdateLot, "lot", "change", "location", "why", "", "")                      \
  X(Harvest, "asset", "made", "loss", "", "", "")                               \
  X(TakeApart, "asset", "made", "loss", "", "", "")                             \
  X(Shred, "lot", "made", "loss", "film", "", "")                               \
  X(Ship, "shipment", "stream", "receiver", "asset", "lot", "border")           \
  X(SanitizeMany, "units", "", "", "", "", "")                                  \
  X(SellMany, "units", "", "", "", "", "")                                      \
  X(ConfirmReceipt, "shipment", "", "", "", "", "")                             \
  X(RecordCertificate, "shipment", "asset", "", "", "", "")

enum class Kind {
#define LOOPDOCK_MODEL_KIND(kind, a, b, c, d, e, f) k##kind,
  LOOPDOCK_MODEL_COMMANDS(LOOPDOCK_MODEL_KIND)
#undef LOOPDOCK_MODEL_KIND
};

struct Command {
  Kind kind = Kind::kWait;
  int a = 0;
  int b = 0;
  int c = 0;
  int d = 0;
  int e = 0;
  int f = 0;
};

using History = std::vector<Command>;

// "MoveAsset asset 3, place 1, etag 0, corrects 0".
std::string Words(const Command& command);

// A random history of about that many commands: single ones, and ways that lead to the edges of
// rules. The same seed gives the same history.
History RandomHistory(unsigned seed, size_t length);

}  // namespace loopdock::inventory::model

#endif  // LOOPDOCK_TESTS_UNIT_MODEL_COMMAND_H_
