// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_CHECKLISTS_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_CHECKLISTS_H_

// What graders are asked because no camera sees it, by category, and what their answers mean to a
// scale. The file format is explained in models/grading/checklists.toml.
// Thread safety: never changes after Parse; all methods may be called from any thread.
// Errors: Parse answers INVALID_ARGUMENT CHECKLIST_INVALID with the line; Read answers
// INVALID_ARGUMENT ANSWER_INVALID with what can be answered.
// Limits: 1 MiB of text, 200 questions, 16 answers each.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/grading/v1/grading.pb.h"
#include "services/grading/core/scale.h"

namespace loopdock::grading {

// What a person's answers come to.
struct Answered {
  Checklist checklist;
  // What the hazard is, in words; empty without one.
  std::string hazard;
  // Questions that should have been asked and were not, in words.
  std::vector<std::string> open;
};

class Checklists {
 public:
  // What an answer does.
  enum class Effect { kNone, kHazard, kDamaged, kMissing, kLatch, kStains, kAttests };
  struct Answer {
    std::string word;
    Effect effect = Effect::kNone;
    Condition condition = Condition::kNone;  // of kMissing and kLatch
    std::string attests;                     // of kAttests
  };
  struct Question {
    std::string id;
    std::string text;
    std::vector<std::string> categories;  // empty: every category
    std::vector<Answer> answers;          // empty: a count of dead pixels
    bool required = false;
  };

  static absl::StatusOr<Checklists> Parse(std::string_view toml);

  // Those of a category, in the order of asking.
  std::vector<const Question*> For(std::string_view category) const;
  absl::StatusOr<Answered> Read(
      std::string_view category,
      const google::protobuf::RepeatedPtrField<v1::ChecklistAnswer>& answers) const;
  // The faces that pictures of a device of the category should show; empty when nothing is said.
  std::vector<vision::v1::Face> FacesOf(std::string_view category) const;
  // False for a category that neither has faces nor is asked anything of its own.
  bool Knows(std::string_view category) const;
  // As graders are shown it; every category that a question names, or only one.
  std::vector<v1::Checklist> Lists(std::string_view category) const;
  // Hexadecimal, of the file's text.
  const std::string& sha256() const { return sha256_; }

 private:
  std::vector<Question> questions_;
  std::map<std::string, std::vector<vision::v1::Face>, std::less<>> faces_;
  std::string sha256_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_CHECKLISTS_H_
