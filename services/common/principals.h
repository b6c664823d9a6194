// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_PRINCIPALS_H_
#define LOOPDOCK_SERVICES_COMMON_PRINCIPALS_H_

// The principals file: who may call, known by the SHA-256 of a token. TOML, one table a principal:
//   [[principal]]
//   name = "dock-1"
//   roles = ["dock"]
//   sites = ["main"]            # or ["*"]
//   token_sha256 = "<64 hexadecimal digits>"
// Thread safety: every function is safe from any thread.
// Blocking: Find stats the file at most once a second and reads it again when it has changed; a
// changed file that is wrong is logged and the last good one stays in force.
// Errors: INVALID_ARGUMENT PRINCIPALS_INVALID, UNAUTHENTICATED UNAUTHENTICATED.
// Limits: 10,000 principals.

#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/common/caller.h"
#include "services/common/clock.h"

namespace loopdock::common {

struct Principal {
  std::string name;
  RoleSet roles;
  std::vector<std::string> sites;
};

class Principals {
 public:
  static absl::StatusOr<std::unique_ptr<Principals>> Load(std::string path, const Clock& clock);

  absl::StatusOr<std::shared_ptr<const Principal>> Find(std::string_view token);

 private:
  using Table = absl::flat_hash_map<std::string, std::shared_ptr<const Principal>>;

  Principals(std::string path, const Clock& clock) : path_(std::move(path)), clock_(clock) {}
  static absl::StatusOr<Table> Parse(const std::string& path, const std::string& text);
  absl::Status Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReloadIfChanged() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  const Clock& clock_;
  absl::Mutex mutex_;
  Table table_ ABSL_GUARDED_BY(mutex_);          // by raw SHA-256 of the token
  std::string version_ ABSL_GUARDED_BY(mutex_);  // what stat says of the file read last
  absl::Time next_look_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

// "dock" for ROLE_DOCK; roles in files and flags are written so.
absl::StatusOr<v1::Role> ParseRole(std::string_view name);
std::string RoleName(v1::Role role);

// What the first start makes, under a lock so that processes that share the folder agree:
// `principals` with the principals `admin` (every role but service) and `service` (role service),
// and their tokens in `<data_dir>/admin.token` and `service_token`, mode 0600. Nothing is changed
// when `principals` exists.
absl::Status PrepareFirstStart(const std::string& data_dir, const std::string& principals,
                               const std::string& service_token);

// The token in a file, without white space around it.
absl::StatusOr<std::string> ReadToken(const std::string& path);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_PRINCIPALS_H_
