// SPDX-License-Identifier: Apache-2.0
// The North American coupon codes of AI 8110 and AI 8112, described as a row of fields: each step
// of the tables below reads one field and names what is broken when it cannot.

#include <cstddef>

#include "services/intake/core/gs1_rules.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

// One field: first a digit of `allowed` (empty: no such digit), then `fixed` digits, or as many
// digits as the first says plus `fixed` when `counted`. A first digit of 9 counts as none where
// `nine_is_none` (the company prefix is left out).
struct Field {
  std::string_view allowed;
  bool counted;
  std::size_t fixed;
  bool nine_is_none;
  std::string_view missing, invalid, truncated;
};

class Reader {
 public:
  explicit Reader(std::string_view digits) : rest_(digits) {}

  bool done() const { return rest_.empty(); }
  bool Option(char digit) {
    if (rest_.empty() || rest_[0] != digit) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view Read(const Field& field) {
    std::size_t length = field.fixed;
    if (!field.allowed.empty()) {
      if (rest_.empty()) return field.missing;
      const char first = rest_[0];
      if (!Contains(field.allowed, first)) return field.invalid;
      rest_.remove_prefix(1);
      if (field.counted) length += static_cast<std::size_t>(first - '0');
      if (field.nine_is_none && first == '9') length = 0;
    }
    if (rest_.size() < length) return field.truncated;
    value_ = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return "";
  }
  std::string_view value() const { return value_; }
  template <std::size_t kCount>
  std::string_view ReadAll(const Field (&fields)[kCount]) {
    for (const Field& field : fields) {
      if (const std::string_view broken = Read(field); !broken.empty()) return broken;
    }
    return "";
  }

 private:
  std::string_view rest_;
  std::string_view value_;
};

constexpr std::string_view kAny = "0123456789";
constexpr Field kSerial = {
    kAny, true, 6, false, "COUPON_MISSING_SERIAL_NUMBER_VLI", "", "COUPON_TRUNCATED_SERIAL_NUMBER"};
constexpr Field kOfferCode = {"", false, 6, false, "", "", "COUPON_TRUNCATED_OFFER_CODE"};

constexpr Field kPrimary[] = {
    {"0123456", true, 6, false, "COUPON_MISSING_GCP_VLI", "COUPON_INVALID_GCP_LENGTH",
     "COUPON_TRUNCATED_GCP"},
    kOfferCode,
    {"12345", true, 0, false, "COUPON_MISSING_SAVE_VALUE_VLI", "COUPON_INVALID_SAVE_VALUE_LENGTH",
     "COUPON_TRUNCATED_SAVE_VALUE"},
    {"12345", true, 0, false, "COUPON_MISSING_1ST_PURCHASE_REQUIREMENT_VLI",
     "COUPON_INVALID_1ST_PURCHASE_REQUIREMENT_LENGTH", "COUPON_TRUNCATED_1ST_PURCHASE_REQUIREMENT"},
    {"012349", false, 0, false, "COUPON_MISSING_1ST_PURCHASE_REQUIREMENT_CODE",
     "COUPON_INVALID_1ST_PURCHASE_REQUIREMENT_CODE", ""},
    {"", false, 3, false, "", "", "COUPON_TRUNCATED_1ST_PURCHASE_FAMILY_CODE"},
};
constexpr Field kSecond[] = {
    {"0123", false, 0, false, "COUPON_MISSING_ADDITIONAL_PURCHASE_RULES_CODE",
     "COUPON_INVALID_ADDITIONAL_PURCHASE_RULES_CODE", ""},
    {"12345", true, 0, false, "COUPON_MISSING_2ND_PURCHASE_REQUIREMENT_VLI",
     "COUPON_INVALID_2ND_PURCHASE_REQUIREMENT_LENGTH", "COUPON_TRUNCATED_2ND_PURCHASE_REQUIREMENT"},
    {"012349", false, 0, false, "COUPON_MISSING_2ND_PURCHASE_REQUIREMENT_CODE",
     "COUPON_INVALID_2ND_PURCHASE_REQUIREMENT_CODE", ""},
    {"", false, 3, false, "", "", "COUPON_TRUNCATED_2ND_PURCHASE_FAMILY_CODE"},
    {"01234569", true, 6, true, "COUPON_MISSING_2ND_PURCHASE_GCP_VLI",
     "COUPON_INVALID_2ND_PURCHASE_GCP_LENGTH", "COUPON_TRUNCATED_2ND_PURCHASE_GCP"},
};
constexpr Field kThird[] = {
    {"12345", true, 0, false, "COUPON_MISSING_3RD_PURCHASE_REQUIREMENT_VLI",
     "COUPON_INVALID_3RD_PURCHASE_REQUIREMENT_LENGTH", "COUPON_TRUNCATED_3RD_PURCHASE_REQUIREMENT"},
    {"012349", false, 0, false, "COUPON_MISSING_3RD_PURCHASE_REQUIREMENT_CODE",
     "COUPON_INVALID_3RD_PURCHASE_REQUIREMENT_CODE", ""},
    {"", false, 3, false, "", "", "COUPON_TRUNCATED_3RD_PURCHASE_FAMILY_CODE"},
    {"01234569", true, 6, true, "COUPON_MISSING_3RD_PURCHASE_GCP_VLI",
     "COUPON_INVALID_3RD_PURCHASE_GCP_LENGTH", "COUPON_TRUNCATED_3RD_PURCHASE_GCP"},
};
constexpr Field kExpiry = {"", false, 6, false, "", "", "COUPON_TOO_SHORT_FOR_EXPIRATION_DATE"};
constexpr Field kStart = {"", false, 6, false, "", "", "COUPON_TOO_SHORT_FOR_START_DATE"};
constexpr Field kRetailer[] = {
    {"1234567", true, 6, false, "COUPON_MISSING_RETAILER_GCP_OR_GLN_VLI",
     "COUPON_INVALID_RETAILER_GCP_OR_GLN_LENGTH", "COUPON_TRUNCATED_RETAILER_GCP_OR_GLN"},
};
constexpr Field kMiscellaneous[] = {
    {"01256", false, 0, false, "COUPON_MISSING_SAVE_VALUE_CODE", "COUPON_INVALID_SAVE_VALUE_CODE",
     ""},
    {"012", false, 0, false, "COUPON_MISSING_SAVE_VALUE_APPLIES_TO_ITEM",
     "COUPON_INVALID_SAVE_VALUE_APPLIES_TO_ITEM", ""},
    {kAny, false, 0, false, "COUPON_MISSING_STORE_COUPON_FLAG", "", ""},
    {"01", false, 0, false, "COUPON_MISSING_DONT_MULTIPLY_FLAG",
     "COUPON_INVALID_DONT_MULTIPLY_FLAG", ""},
};
constexpr Field kOffer[] = {
    {"01", false, 0, false, "COUPON_MISSING_FORMAT_CODE", "COUPON_INVALID_FORMAT_CODE", ""},
    {"0123456", true, 6, false, "COUPON_MISSING_FUNDER_VLI", "COUPON_INVALID_FUNDER_LENGTH",
     "COUPON_TRUNCATED_FUNDER"},
    kOfferCode,
    kSerial,
};

std::string_view ReadDates(Reader& reader) {
  std::string_view expiry;
  if (reader.Option('3')) {
    if (const auto broken = reader.Read(kExpiry); !broken.empty()) return broken;
    expiry = reader.value();
    // The published name of this rule is spelt so.
    if (!CheckDate(expiry, false).empty()) return "COUPON_INVALID_EXIPIRATION_DATE";
  }
  if (!reader.Option('4')) return "";
  if (const auto broken = reader.Read(kStart); !broken.empty()) return broken;
  if (!CheckDate(reader.value(), false).empty()) return "COUPON_INVALID_START_DATE";
  return !expiry.empty() && expiry < reader.value() ? "COUPON_EXPIRATION_BEFORE_START" : "";
}

}  // namespace

std::string_view CheckCoupon(std::string_view part) {
  if (!AllDigits(part)) return "NON_DIGIT_CHARACTER";
  Reader reader(part);
  std::string_view broken = reader.ReadAll(kPrimary);
  if (broken.empty() && reader.Option('1')) broken = reader.ReadAll(kSecond);
  if (broken.empty() && reader.Option('2')) broken = reader.ReadAll(kThird);
  if (broken.empty()) broken = ReadDates(reader);
  if (broken.empty() && reader.Option('5')) broken = reader.Read(kSerial);
  if (broken.empty() && reader.Option('6')) broken = reader.ReadAll(kRetailer);
  if (broken.empty() && reader.Option('9')) broken = reader.ReadAll(kMiscellaneous);
  if (!broken.empty()) return broken;
  return reader.done() ? "" : "COUPON_EXCESS_DATA";
}

std::string_view CheckOffer(std::string_view part) {
  if (!AllDigits(part)) return "NON_DIGIT_CHARACTER";
  Reader reader(part);
  const std::string_view broken = reader.ReadAll(kOffer);
  if (!broken.empty()) return broken;
  return reader.done() ? "" : "COUPON_EXCESS_DATA";
}

}  // namespace loopdock::intake
