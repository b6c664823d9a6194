// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_INSPECTIONS_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_INSPECTIONS_H_

// The commands that change inspections. Every version is kept and none is changed but for the mark
// `recorded` and `placed`; a confirmed or overridden version has an outbox row in the same write,
// and so has a hazard. Thread safety: a command belongs to the committer once submitted; `finished`
// is called on the committer's thread and must not block. Errors: NOT_FOUND INSPECTION_NOT_FOUND;
// ABORTED INSPECTION_CHANGED when another version is the latest; FAILED_PRECONDITION
// INSPECTION_SETTLED, HAZARD_HOLD; ALREADY_EXISTS REQUEST_ID_REUSED.

#include <functional>
#include <optional>
#include <string>

#include "loopdock/grading/v1/grading.pb.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/grading/core/grader.h"
#include "services/storage/command.h"

namespace loopdock::grading {

// SHA-256 of the request without its request id, in protobuf's deterministic form.
std::string RequestHash(const google::protobuf::Message& request);

// The remembered answer to a request: `hash` is compared, `response` is the first answer.
struct RememberedResponse {
  std::string hash;
  std::string response;
};
std::string EncodeResponse(const RememberedResponse& remembered);
absl::StatusOr<RememberedResponse> DecodeResponse(std::string_view row);
// OK with the first answer; ALREADY_EXISTS when the content differs.
absl::StatusOr<v1::Inspection> ReplayResponse(std::string_view row, const std::string& hash);

// Who asks for a change, with the id that makes it happen once.
struct ChangeContext {
  std::string site;  // Id, such as "main".
  std::string actor;
  std::string station;
  std::string request_id;
  std::string request_hash;
};

// A change of inspections: replays a remembered answer or applies itself once.
class InspectionCommand : public storage::Command {
 public:
  using Finished = std::function<void(const absl::Status&, const v1::Inspection&)>;
  InspectionCommand(ChangeContext context, Finished finished)
      : context_(std::move(context)), finished_(std::move(finished)) {}

  void DeclareReads(storage::ReadSet& reads) override;
  absl::Status Apply(storage::View& view, storage::Changes& changes) override;
  void Done(const absl::Status& outcome) override { finished_(outcome, result_); }

 protected:
  virtual void DeclareOwnReads(storage::ReadSet& reads) = 0;
  virtual absl::StatusOr<v1::Inspection> Make(storage::View& view, storage::Changes& changes) = 0;
  // The latest version, which must be `version` and no hazard.
  absl::StatusOr<v1::Inspection> Latest(storage::View& view, const std::string& inspection_id,
                                        std::int32_t version) const;
  // The next version of `inspection`, with who made it and when.
  void Raise(storage::View& view, v1::Inspection& inspection) const;
  // Stores a version as the latest, with its outbox row where inventory has to hear of it.
  void Keep(const v1::Inspection& inspection, storage::Changes& changes) const;

  const ChangeContext context_;

 private:
  const Finished finished_;
  v1::Inspection result_;
};

// A proposed inspection, measured and graded already; it gets its name here.
class ProposeCommand final : public InspectionCommand {
 public:
  ProposeCommand(ChangeContext context, v1::Inspection proposed, Finished finished)
      : InspectionCommand(std::move(context), std::move(finished)),
        proposed_(std::move(proposed)) {}

 private:
  void DeclareOwnReads(storage::ReadSet& reads) override;
  absl::StatusOr<v1::Inspection> Make(storage::View& view, storage::Changes& changes) override;
  const v1::Inspection proposed_;
};

// Confirms (no override) or overrides the latest version.
class SettleCommand final : public InspectionCommand {
 public:
  struct Settlement {
    std::string inspection_id;
    std::int32_t version = 0;
    inventory::v1::Cosmetic override_cosmetic = inventory::v1::COSMETIC_UNSPECIFIED;
    std::string reason;
  };
  SettleCommand(ChangeContext context, Settlement settlement, Finished finished)
      : InspectionCommand(std::move(context), std::move(finished)),
        settlement_(std::move(settlement)) {}

 private:
  void DeclareOwnReads(storage::ReadSet& reads) override;
  absl::StatusOr<v1::Inspection> Make(storage::View& view, storage::Changes& changes) override;
  const Settlement settlement_;
};

// A grader's changes to what was found: a new version, graded anew and proposed again.
class EditCommand final : public InspectionCommand {
 public:
  // The grader outlives the command.
  EditCommand(ChangeContext context, std::string inspection_id, v1::EditInspectionRequest request,
              const Grader* grader, Finished finished)
      : InspectionCommand(std::move(context), std::move(finished)),
        inspection_id_(std::move(inspection_id)),
        request_(std::move(request)),
        grader_(grader) {}

 private:
  void DeclareOwnReads(storage::ReadSet& reads) override;
  absl::StatusOr<v1::Inspection> Make(storage::View& view, storage::Changes& changes) override;
  const std::string inspection_id_;
  const v1::EditInspectionRequest request_;
  const Grader* const grader_;
};

// Inventory has answered for a version: the outbox row goes, and the version is marked if it was
// `recorded` and not overtaken by a later one. The table is kOutboxTable or kHoldTable.
class RecordedCommand final : public storage::Command {
 public:
  RecordedCommand(storage::TableId table, std::string outbox_key, bool recorded,
                  std::function<void(const absl::Status&)> finished)
      : table_(table),
        outbox_key_(std::move(outbox_key)),
        recorded_(recorded),
        finished_(std::move(finished)) {}
  void DeclareReads(storage::ReadSet& reads) override;
  absl::Status Apply(storage::View& view, storage::Changes& changes) override;
  void Done(const absl::Status& outcome) override { finished_(outcome); }

 private:
  const storage::TableId table_;
  const std::string outbox_key_;  // A VersionKey.
  const bool recorded_;
  const std::function<void(const absl::Status&)> finished_;
};

// What inventory is told of a settled version; the request id follows from name and version, so
// that sending it again has no second effect.
inventory::v1::RecordInspectionRequest ToRecordInspection(const v1::Inspection& inspection);
// The hold of a hazard, likewise.
inventory::v1::PlaceHoldRequest ToPlaceHold(const v1::Inspection& inspection);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_INSPECTIONS_H_
