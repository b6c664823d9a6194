// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/signing_key.h"

#include "services/common/fileio.h"
#include "services/common/status.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

constexpr std::int64_t kKeyFileBytesMax = 4096;

}  // namespace

absl::StatusOr<NoteSigner> LoadSigningKey(const std::string& path, const std::string& origin,
                                          bool may_create) {
  auto text = common::ReadFile(path, kKeyFileBytesMax);
  if (absl::IsNotFound(text.status())) {
    if (!may_create) {
      return common::Error(
          absl::StatusCode::kFailedPrecondition, "LOG_KEY_MISSING",
          Cat("the log has entries but its signing key ", path, " is gone; restore it."),
          {{"path", path}});
    }
    auto signer = NoteSigner::Generate(origin);
    if (!signer.ok()) return signer.status();
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    if (!folder.empty()) {
      if (auto status = common::MakeDirectories(folder); !status.ok()) return status;
    }
    if (auto status = common::WriteFileAtomically(path, signer->Skey() + "\n", 0600);
        !status.ok()) {
      return status;
    }
    return signer;
  }
  if (!text.ok()) return text.status();
  auto signer = NoteSigner::Parse(*text);
  if (!signer.ok()) return signer.status();
  if (signer->verifier().name() != origin) {
    return common::Error(absl::StatusCode::kInvalidArgument, "LOG_KEY_INVALID",
                         Cat("the signing key ", path, " is of the log ", signer->verifier().name(),
                             ", the configuration says traceability.origin is ", origin, "."),
                         {{"path", path}});
  }
  return signer;
}

}  // namespace loopdock::traceability
