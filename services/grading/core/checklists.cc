// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/checklists.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/common/toml.h"

namespace loopdock::grading {
namespace {

constexpr size_t kTextBytesMax = 1 << 20;
constexpr size_t kQuestionsMax = 200;
constexpr size_t kAnswersMax = 16;
constexpr int kCountMax = 1'000'000;

absl::Status Invalid(const toml::source_region& where, const std::string& what) {
  return common::TomlError("CHECKLIST_INVALID", where, what);
}

absl::Status ReadText(const toml::table& table, const char* key, std::string& out) {
  const auto value = table[key].value_exact<std::string>();
  if (!value || value->empty()) {
    return Invalid(table.source(), absl::StrCat("'", key, "' is missing or no text"));
  }
  out = *value;
  return absl::OkStatus();
}

// "hazard", "missing:cosmetic", "attests:unused".
absl::Status ReadEffect(const toml::node& node, Checklists::Answer& answer) {
  using Effect = Checklists::Effect;
  static const auto* const kEffects = new std::map<std::string, std::pair<Effect, Condition>>{
      {"none", {Effect::kNone, Condition::kNone}},
      {"hazard", {Effect::kHazard, Condition::kNone}},
      {"damaged", {Effect::kDamaged, Condition::kNone}},
      {"stains_permanent", {Effect::kStains, Condition::kNone}},
      {"missing:cosmetic", {Effect::kMissing, Condition::kCosmetic}},
      {"missing:critical", {Effect::kMissing, Condition::kCritical}},
      {"latch:cosmetic", {Effect::kLatch, Condition::kCosmetic}},
      {"latch:critical", {Effect::kLatch, Condition::kCritical}}};
  const auto word = node.value_exact<std::string>();
  constexpr std::string_view kAttests = "attests:";
  if (word && word->starts_with(kAttests) && word->size() > kAttests.size()) {
    answer.effect = Effect::kAttests;
    answer.attests = word->substr(kAttests.size());
    return absl::OkStatus();
  }
  const auto effect = word ? kEffects->find(*word) : kEffects->end();
  if (effect == kEffects->end()) {
    std::vector<std::string> words;
    for (const auto& [known, meaning] : *kEffects) words.push_back(known);
    return Invalid(node.source(), absl::StrCat("an answer means one of ",
                                               absl::StrJoin(words, ", "), " or attests:WORD"));
  }
  answer.effect = effect->second.first;
  answer.condition = effect->second.second;
  return absl::OkStatus();
}

absl::Status ReadAnswers(const toml::node& node, Checklists::Question& question) {
  const toml::array* answers = node.as_array();
  if (answers == nullptr || answers->empty() || answers->size() > kAnswersMax) {
    return Invalid(node.source(), "'answers' is a list of 1 to 16 pairs [\"yes\", \"hazard\"]");
  }
  std::set<std::string> words;
  for (const toml::node& item : *answers) {
    const toml::array* pair = item.as_array();
    if (pair == nullptr || pair->size() != 2) {
      return Invalid(item.source(), "an answer is a pair of its word and what it means");
    }
    Checklists::Answer answer;
    answer.word = (*pair)[0].value_exact<std::string>().value_or("");
    if (answer.word.empty() || !words.insert(answer.word).second) {
      return Invalid(item.source(), "every answer has a word of its own");
    }
    if (auto s = ReadEffect((*pair)[1], answer); !s.ok()) return s;
    question.answers.push_back(std::move(answer));
  }
  return absl::OkStatus();
}

absl::StatusOr<Checklists::Question> ReadQuestion(const toml::table& table) {
  auto s = common::OnlyTomlKeys("CHECKLIST_INVALID", table,
                                {"id", "text", "categories", "answers", "counts", "required"});
  if (!s.ok()) return s;
  Checklists::Question question;
  if (s = ReadText(table, "id", question.id); !s.ok()) return s;
  if (s = ReadText(table, "text", question.text); !s.ok()) return s;
  if (const toml::node* node = table.get("categories")) {
    const toml::array* categories = node->as_array();
    if (categories == nullptr || categories->empty()) {
      return Invalid(node->source(), "'categories' is a list of words");
    }
    for (const toml::node& item : *categories) {
      const auto word = item.value_exact<std::string>();
      if (!word || word->empty()) return Invalid(item.source(), "a category is a word");
      question.categories.push_back(*word);
    }
  }
  if (const toml::node* node = table.get("required")) {
    const auto value = node->value_exact<bool>();
    if (!value) return Invalid(node->source(), "'required' is true or false");
    question.required = *value;
  }
  const toml::node* counts = table.get("counts");
  const toml::node* answers = table.get("answers");
  if ((counts == nullptr) == (answers == nullptr)) {
    return Invalid(table.source(), "a question has 'answers' or 'counts', not both");
  }
  if (counts != nullptr) {
    if (counts->value_exact<std::string>() == "dead_pixels") return question;
    return Invalid(counts->source(), "'counts' can only be \"dead_pixels\"");
  }
  if (s = ReadAnswers(*answers, question); !s.ok()) return s;
  return question;
}

absl::Status ReadFaces(const toml::node& node, std::vector<vision::v1::Face>& faces) {
  const toml::array* words = node.as_array();
  if (words == nullptr || words->empty()) return Invalid(node.source(), "give a list of faces");
  for (const toml::node& item : *words) {
    const std::string word = item.value_exact<std::string>().value_or("");
    vision::v1::Face face = vision::v1::FACE_UNSPECIFIED;
    if (!vision::v1::Face_Parse("FACE_" + absl::AsciiStrToUpper(word), &face) ||
        face == vision::v1::FACE_UNSPECIFIED) {
      return Invalid(item.source(), "a face is one of display, back, side");
    }
    faces.push_back(face);
  }
  return absl::OkStatus();
}

bool IsAsked(const Checklists::Question& question, std::string_view category) {
  return question.categories.empty() ||
         std::find(question.categories.begin(), question.categories.end(), category) !=
             question.categories.end();
}

absl::Status AnswerInvalid(const std::string& what) {
  return common::Error(absl::StatusCode::kInvalidArgument, "ANSWER_INVALID", what);
}

// Of several answers the worst holds.
void Take(const Checklists::Question& question, const Checklists::Answer& answer,
          Answered& answered) {
  using Effect = Checklists::Effect;
  Checklist& checklist = answered.checklist;
  switch (answer.effect) {
    case Effect::kNone:
      return;
    case Effect::kHazard:
      checklist.hazard = true;
      absl::StrAppend(&answered.hazard, answered.hazard.empty() ? "" : "; ", question.text, " ",
                      answer.word);
      return;
    case Effect::kDamaged:
      checklist.damaged = true;
      return;
    case Effect::kMissing:
      checklist.missing_parts = std::max(checklist.missing_parts, answer.condition);
      return;
    case Effect::kLatch:
      checklist.latch_damage = std::max(checklist.latch_damage, answer.condition);
      return;
    case Effect::kStains:
      checklist.stains_permanent = true;
      return;
    case Effect::kAttests:
      checklist.attestations.insert(answer.attests);
      return;
  }
}

}  // namespace

absl::StatusOr<Checklists> Checklists::Parse(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "CHECKLIST_INVALID",
                         "A file of checklists is at most 1 MiB of text.");
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) return Invalid(parsed.error().source(), std::string(parsed.error().description()));
  const toml::table& table = parsed.table();
  if (auto s = common::OnlyTomlKeys("CHECKLIST_INVALID", table, {"question", "faces"}); !s.ok()) {
    return s;
  }
  const toml::array* questions = table["question"].as_array();
  if (questions == nullptr || questions->empty() || questions->size() > kQuestionsMax) {
    return Invalid(table.source(), "there must be 1 to 200 tables [[question]]");
  }
  Checklists checklists;
  std::set<std::string> ids;
  for (const toml::node& node : *questions) {
    if (!node.is_table()) return Invalid(node.source(), "a question is a table");
    auto question = ReadQuestion(*node.as_table());
    if (!question.ok()) return question.status();
    if (!ids.insert(question->id).second) {
      return Invalid(node.source(),
                     absl::StrCat("question '", question->id, "' stands there twice"));
    }
    checklists.questions_.push_back(*std::move(question));
  }
  if (const toml::node* node = table.get("faces")) {
    if (!node->is_table()) return Invalid(node->source(), "[faces] is a table");
    for (const auto& [category, words] : *node->as_table()) {
      auto s = ReadFaces(words, checklists.faces_[std::string(category.str())]);
      if (!s.ok()) return s;
    }
  }
  checklists.sha256_ = common::Sha256Hex(text);
  return checklists;
}

std::vector<const Checklists::Question*> Checklists::For(std::string_view category) const {
  std::vector<const Question*> asked;
  for (const Question& question : questions_) {
    if (IsAsked(question, category)) asked.push_back(&question);
  }
  return asked;
}

bool Checklists::Knows(std::string_view category) const {
  return faces_.contains(category) ||
         std::any_of(questions_.begin(), questions_.end(), [&](const Question& question) {
           return std::find(question.categories.begin(), question.categories.end(), category) !=
                  question.categories.end();
         });
}

std::vector<vision::v1::Face> Checklists::FacesOf(std::string_view category) const {
  const auto faces = faces_.find(category);
  return faces == faces_.end() ? std::vector<vision::v1::Face>() : faces->second;
}

absl::StatusOr<Answered> Checklists::Read(
    std::string_view category,
    const google::protobuf::RepeatedPtrField<v1::ChecklistAnswer>& answers) const {
  Answered answered;
  std::set<std::string> given;
  for (const v1::ChecklistAnswer& answer : answers) {
    const auto question =
        std::find_if(questions_.begin(), questions_.end(),
                     [&](const Question& q) { return q.id == answer.question(); });
    if (question == questions_.end()) {
      return AnswerInvalid(absl::StrCat("There is no question '", answer.question(),
                                        "'. loopdock inspect checklist names them."));
    }
    if (!given.insert(question->id).second) {
      return AnswerInvalid(absl::StrCat("'", question->id, "' is answered twice."));
    }
    if (question->answers.empty()) {
      int count = 0;
      if (!absl::SimpleAtoi(answer.answer(), &count) || count < 0 || count > kCountMax) {
        return AnswerInvalid(absl::StrCat("'", question->id, "' asks for a count."));
      }
      answered.checklist.dead_pixels = count;
      continue;
    }
    const auto chosen = std::find_if(question->answers.begin(), question->answers.end(),
                                     [&](const Answer& a) { return a.word == answer.answer(); });
    if (chosen == question->answers.end()) {
      std::vector<std::string> words;
      for (const Answer& possible : question->answers) words.push_back(possible.word);
      return AnswerInvalid(absl::StrCat("'", question->id, "' is answered with one of ",
                                        absl::StrJoin(words, ", "), "."));
    }
    Take(*question, *chosen, answered);
  }
  for (const Question* question : For(category)) {
    if (question->required && !given.contains(question->id)) {
      answered.open.push_back(question->text);
    }
  }
  return answered;
}

std::vector<v1::Checklist> Checklists::Lists(std::string_view category) const {
  std::set<std::string> categories = {std::string(category)};
  if (category.empty()) {
    for (const Question& question : questions_) {
      categories.insert(question.categories.begin(), question.categories.end());
    }
  }
  std::vector<v1::Checklist> lists;
  for (const std::string& one : categories) {
    v1::Checklist& list = lists.emplace_back();
    list.set_category(one);
    for (const Question* question : For(one)) {
      v1::ChecklistQuestion* shown = list.add_questions();
      shown->set_id(question->id);
      shown->set_text(question->text);
      shown->set_required(question->required);
      for (const Answer& answer : question->answers) {
        shown->add_answers(answer.word);
        if (answer.effect == Effect::kHazard) shown->add_hazard_answers(answer.word);
      }
    }
  }
  return lists;
}

}  // namespace loopdock::grading
