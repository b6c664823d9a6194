// SPDX-License-Identifier: Apache-2.0
// ASC X12 856, ship notice: envelopes, the hierarchy of shipment, order, tare, pack and item, and
// what each item says. The separators are those that ISA declares.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "services/intake/core/manifest_claims.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

constexpr std::size_t kIsaBytes = 106;
constexpr std::size_t kIsaElements = 17;
constexpr std::size_t kElementsMax = 64;

// Product qualifiers of LIN and SLN. Of several models the first of this table is taken.
constexpr std::pair<std::string_view, ManifestField> kQualifiers[] = {
    {"SN", kSerial}, {"MG", kModel}, {"MN", kModel}, {"VP", kModel},
    {"BP", kModel},  {"PN", kModel}, {"MF", kMaker}, {"UK", kGtin},
    {"EN", kGtin},   {"UP", kGtin},  {"EO", kGtin},  {"PO", kPurchaseOrder}};

constexpr std::string_view kPieceUnits[] = {"EA", "PC", "UN", "PCS", "EACH", ""};
constexpr std::pair<std::string_view, std::string_view> kMassUnits[] = {
    {"KG", "kg"}, {"LB", "lb"}, {"GR", "g"}, {"OZ", "oz"}};

struct Segment {
  std::int64_t number = 0;
  std::vector<std::string_view> elements;  // the first is its name

  std::string_view name() const { return elements.front(); }
  std::string_view at(std::size_t i) const {
    return i < elements.size() ? Strip(elements[i]) : std::string_view();
  }
  // "LIN03".
  std::string ref(std::size_t i) const { return Cat(name(), i < 10 ? "0" : "", std::to_string(i)); }
};

std::int64_t Whole(std::string_view text) {
  std::int64_t value = 0;
  return absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &value) ? value : -1;
}

// A value and the element that it stands in; owned, as the claim only points.
struct Element {
  std::string text;
  std::string ref;
};

// An item, or a sub-item that names its own part.
struct Item {
  std::int64_t line = 0;
  std::array<Element, kManifestFieldCount> fields;
  std::array<std::size_t, kManifestFieldCount> ranks = {};  // place in kQualifiers, from 1
  std::vector<Element> serials;
};

struct Level {
  std::string parent;
  std::string code;
  Element purchase_order;
  Element container;
};

class X12Manifest {
 public:
  X12Manifest(std::string_view text, ManifestBuilder* builder) : text_(text), builder_(*builder) {}

  void Read() {
    if (text_.size() < kIsaBytes || !text_.starts_with("ISA")) {
      builder_.Report(1, "ISA", "Is no interchange header of 106 characters.");
      return;
    }
    element_separator_ = text_[3];
    component_separator_ = text_[104];
    terminator_ = text_[105];
    const auto header = Split(text_.substr(0, kIsaBytes - 1), std::string_view(&text_[3], 1));
    const std::string marks = {element_separator_, component_separator_, terminator_};
    const bool distinct = marks[0] != marks[1] && marks[1] != marks[2] && marks[0] != marks[2];
    if (header.size() != kIsaElements || !distinct ||
        std::any_of(marks.begin(), marks.end(), IsAlnum)) {
      builder_.Report(1, "ISA", "Does not have its 16 elements at their places of 106 characters.");
      return;
    }
    while (!stopped_ && NextSegment()) Take();
    if (stopped_) return;
    FlushItem();
    if (in_set_) Wrong(0, "SE is missing: the file is cut off.");
    if (in_group_) Wrong(0, "GE is missing: the file is cut off.");
    if (in_interchange_) Wrong(0, "IEA is missing: the file is cut off.");
    if (sets_ == 0) builder_.Report(0, "", "Holds no transaction set 856.");
  }

 private:
  void Wrong(std::size_t element, std::string_view problem) {
    builder_.Report(segment_.number,
                    element == 0 ? std::string(segment_.name()) : segment_.ref(element), problem,
                    element == 0 ? std::string_view() : segment_.at(element));
  }

  bool NextSegment() {
    constexpr std::string_view kLineEnds = "\r\n \t";
    const std::size_t begin = text_.find_first_not_of(kLineEnds, at_);
    if (begin == std::string_view::npos) return false;
    std::size_t end = text_.find(terminator_, begin);
    ++segment_.number;
    if (end == std::string_view::npos) {
      end = text_.size();
      builder_.Report(segment_.number, "", "Ends without the segment terminator.",
                      text_.substr(begin));
    }
    const char separator[] = {element_separator_, '\0'};
    segment_.elements = Split(text_.substr(begin, end - begin), separator, kElementsMax + 1);
    at_ = std::min(end + 1, text_.size());
    if (segment_.elements.size() > kElementsMax) Wrong(0, "Has more than 64 elements.");
    for (std::size_t i = 0; i < segment_.elements.size(); ++i) {
      if (segment_.elements[i].size() <= kManifestFieldBytesMax) continue;
      Wrong(i, "Has more than 8192 bytes.");
      segment_.elements[i] = {};
    }
    return true;
  }

  void Take() {
    ++set_segments_;
    using Handler = void (X12Manifest::*)();
    struct Row {
      std::string_view name;
      Handler handler;
      bool in_set;
    };
    static constexpr Row kRows[] = {
        {"ISA", &X12Manifest::Isa, false}, {"IEA", &X12Manifest::Iea, false},
        {"GS", &X12Manifest::Gs, false},   {"GE", &X12Manifest::Ge, false},
        {"ST", &X12Manifest::St, false},   {"SE", &X12Manifest::Se, true},
        {"BSN", &X12Manifest::Bsn, true},  {"HL", &X12Manifest::Hl, true},
        {"PRF", &X12Manifest::Prf, true},  {"MAN", &X12Manifest::Man, true},
        {"LIN", &X12Manifest::Lin, true},  {"SN1", &X12Manifest::Sn1, true},
        {"SLN", &X12Manifest::Sln, true},  {"REF", &X12Manifest::Ref, true},
        {"MEA", &X12Manifest::Mea, true},  {"PID", &X12Manifest::Pid, true},
        {"TD1", &X12Manifest::Td1, true},  {"CTT", &X12Manifest::Ctt, true},
    };
    const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                   [this](const Row& one) { return one.name == segment_.name(); });
    const bool known = row != std::end(kRows);
    const bool needs_set = !known || row->in_set;
    if (needs_set && !in_set_) return Wrong(0, "Stands outside of a transaction set.");
    if (known) (this->*row->handler)();
  }

  void Isa() {
    if (segment_.number == 1) {
      interchange_ = std::string(segment_.at(13));
      in_interchange_ = true;
    } else {
      Wrong(0, "A second interchange begins; send one a file.");
      stopped_ = true;
    }
  }
  void Iea() {
    if (in_group_) Wrong(0, "The group before it has no GE.");
    if (Whole(segment_.at(1)) != groups_) {
      Wrong(1, Cat("Counts another number of groups than the ", std::to_string(groups_),
                   " of the interchange."));
    }
    if (segment_.at(2) != interchange_) Wrong(2, "Is not the control number of ISA13.");
    in_interchange_ = false;
  }
  void Gs() {
    if (segment_.at(1) != "SH") Wrong(1, "Is not SH, a group of ship notices.");
    group_ = std::string(segment_.at(6));
    in_group_ = true;
    group_sets_ = 0;
    ++groups_;
  }
  void Ge() {
    if (in_set_) Wrong(0, "The transaction set before it has no SE.");
    if (Whole(segment_.at(1)) != group_sets_) {
      Wrong(1, Cat("Counts another number of transaction sets than the ",
                   std::to_string(group_sets_), " of the group."));
    }
    if (segment_.at(2) != group_) Wrong(2, "Is not the control number of GS06.");
    in_group_ = in_set_ = false;
  }
  void St() {
    if (in_set_) Wrong(0, "The transaction set before it has no SE.");
    if (!in_group_) Wrong(0, "Stands outside of a group.");
    if (segment_.at(1) != "856") Wrong(1, "Is not 856, a ship notice.");
    FlushItem();
    in_set_ = true;
    set_ = std::string(segment_.at(2));
    set_segments_ = 1;
    levels_.clear();
    level_ = {};
    hl_count_ = shipped_ = 0;
    bsn_seen_ = false;
    ++group_sets_;
    ++sets_;
  }
  void Se() {
    FlushItem();
    if (!bsn_seen_) Wrong(0, "The transaction set has no BSN.");
    if (Whole(segment_.at(1)) != set_segments_) {
      Wrong(1, Cat("Counts another number of segments than the ", std::to_string(set_segments_),
                   " of the transaction set."));
    }
    if (segment_.at(2) != set_) Wrong(2, "Is not the control number of ST02.");
    in_set_ = false;
  }
  void Bsn() {
    bsn_seen_ = true;
    if (segment_.at(2).empty()) Wrong(2, "The ship notice has no number.");
  }

  void Hl() {
    FlushItem();
    ++hl_count_;
    const std::string id(segment_.at(1));
    level_ = id;
    if (id.empty()) return Wrong(1, "The level has no number.");
    if (levels_.contains(id)) return Wrong(1, "The number of the level stands twice.");
    if (levels_.size() >= static_cast<std::size_t>(kManifestFileLinesMax)) {
      Wrong(0, "The file has more than 100000 levels; what follows was not read.");
      stopped_ = true;
      return;
    }
    const std::string parent(segment_.at(2));
    Level level{parent, std::string(segment_.at(3)), {}, {}};
    const auto found = levels_.find(parent);
    if (found != levels_.end()) {
      level.purchase_order = found->second.purchase_order;
      level.container = found->second.container;
    } else if (!parent.empty()) {
      Wrong(2, "Names a level that does not stand before it.");
    } else if (level.code != "S") {
      Wrong(2, "Only the shipment has no level above it.");
    }
    const bool is_item = level.code == "I";
    levels_.emplace(id, std::move(level));
    if (is_item) BeginItem();
  }

  Level* Current() {
    const auto found = levels_.find(level_);
    return found == levels_.end() ? nullptr : &found->second;
  }

  void BeginItem() {
    if (open_) return;
    open_ = true;
    item_ = {};
    item_.line = segment_.number;
    subs_.clear();
  }

  static Element ElementOf(const Segment& segment, std::size_t i) {
    return {std::string(segment.at(i)), segment.ref(i)};
  }

  void Prf() {
    if (Level* level = Current()) level->purchase_order = ElementOf(segment_, 1);
  }

  void Man() {
    const std::string_view kind = segment_.at(1);
    if (kind != "GM" && kind != "CP" && kind != "UC" && kind != "AA") return;
    Element mark = ElementOf(segment_, 2);
    if (kind == "GM") {
      std::string_view digits = mark.text;
      if (digits.size() == 20) ConsumePrefix(&digits, "00");
      if (digits.size() != 18 || !CheckDigitHolds(digits)) {
        return Wrong(2, "Is no SSCC: 18 digits of which the last checks the others.");
      }
      mark.text = std::string(digits);
    }
    if (Level* level = Current()) level->container = std::move(mark);
  }

  // Pairs of qualifier and value from element `first` on. True when they name a part.
  bool TakePairs(std::size_t first, Item* item, std::vector<Element>* serials) {
    bool names_part = false;
    for (std::size_t i = first; i < segment_.elements.size(); i += 2) {
      if (segment_.at(i).empty() && segment_.at(i + 1).empty()) continue;
      if (segment_.at(i + 1).empty()) {
        Wrong(i + 1, "Has a qualifier before it and no value.");
        continue;
      }
      const auto* row = std::find_if(std::begin(kQualifiers), std::end(kQualifiers),
                                     [&](const auto& one) { return one.first == segment_.at(i); });
      if (row == std::end(kQualifiers)) continue;
      Element value = ElementOf(segment_, i + 1);
      if (row->second == kSerial) {
        serials->push_back(std::move(value));
        continue;
      }
      const auto rank = static_cast<std::size_t>(row - std::begin(kQualifiers)) + 1;
      names_part = names_part || row->second == kModel || row->second == kGtin;
      if (item->ranks[row->second] != 0 && item->ranks[row->second] <= rank) continue;
      item->ranks[row->second] = rank;
      item->fields[row->second] = std::move(value);
    }
    return names_part;
  }

  // LIN and SN1 outside of an item's level open one: some write them right into the pack.
  void Lin() {
    if (open_ && item_named_) FlushItem();
    BeginItem();
    item_named_ = true;
    item_.line = segment_.number;
    TakePairs(2, &item_, &item_.serials);
  }

  void TakeQuantity(std::size_t at, std::size_t unit, Item* item) {
    item->fields[kQuantity] = ElementOf(segment_, at);
    if (const std::int64_t pieces = ParsePieces(segment_.at(at)); pieces > 0) shipped_ += pieces;
    const std::string_view code = segment_.at(unit);
    if (std::find(std::begin(kPieceUnits), std::end(kPieceUnits), code) == std::end(kPieceUnits)) {
      Wrong(unit, "Does not count pieces: EA, PC or UN.");
    }
  }
  void Sn1() {
    BeginItem();
    TakeQuantity(2, 3, &item_);
  }

  void Sln() {
    if (!open_) return Wrong(0, "Stands outside of an item.");
    Item sub;
    sub.line = segment_.number;
    std::vector<Element> serials;
    const bool names_part = TakePairs(9, &sub, &serials);
    if (!names_part) {
      item_.serials.insert(item_.serials.end(), std::make_move_iterator(serials.begin()),
                           std::make_move_iterator(serials.end()));
      return;
    }
    // A part of its own, in its own number; the hash total of CTT counts items only.
    const std::int64_t counted = shipped_;
    if (!segment_.at(4).empty()) TakeQuantity(4, 5, &sub);
    shipped_ = counted;
    sub.serials = std::move(serials);
    subs_.push_back(std::move(sub));
  }

  void Ref() {
    if (segment_.at(1) != "SE") return;
    if (!open_) return Wrong(0, "A serial number stands outside of an item.");
    if (segment_.at(2).empty()) return Wrong(2, "The serial number is missing.");
    item_.serials.push_back(ElementOf(segment_, 2));
  }

  // A mass as text with its unit, or empty after a report.
  Element MassOf(std::size_t value, std::size_t unit) {
    // The first part of a composite.
    const std::string_view code =
        Split(segment_.at(unit), std::string_view(&component_separator_, 1)).front();
    const auto* row = std::find_if(std::begin(kMassUnits), std::end(kMassUnits),
                                   [&](const auto& one) { return one.first == code; });
    if (row == std::end(kMassUnits)) {
      Wrong(unit, "Is no unit of mass: KG, LB, GR or OZ.");
      return {};
    }
    return {Cat(segment_.at(value), " ", row->second), segment_.ref(value)};
  }
  // Net wins over gross. Levels above the item are weighed at the dock, not claimed.
  void Mea() {
    const std::string_view kind = segment_.at(2);
    const bool weight = segment_.at(1) == "PD" || segment_.at(1) == "WT";
    if (!open_ || !weight || (kind != "G" && kind != "N")) return;
    const std::size_t rank = kind == "N" ? 1 : 2;
    if (item_.ranks[kMass] != 0 && item_.ranks[kMass] <= rank) return;
    item_.ranks[kMass] = rank;
    item_.fields[kMass] = MassOf(3, 4);
  }
  void Td1() {
    if (segment_.at(7).empty()) return;
    const Element mass = MassOf(7, 8);
    if (!mass.text.empty() && ParseMass(mass.text, 1, '.') < 0) Wrong(7, "Is no mass.");
  }
  void Pid() {
    if (open_ && item_.fields[kDescription].text.empty()) {
      item_.fields[kDescription] = ElementOf(segment_, 5);
    }
  }

  void Ctt() {
    FlushItem();
    if (Whole(segment_.at(1)) != hl_count_) {
      Wrong(1, Cat("Counts another number of levels than the ", std::to_string(hl_count_),
                   " of the ship notice."));
    }
    if (!segment_.at(2).empty() && ParsePieces(segment_.at(2)) != shipped_) {
      Wrong(2, Cat("Is another sum than the ", std::to_string(shipped_),
                   " pieces of the SN1 segments."));
    }
  }

  void FlushItem() {
    if (!open_) return;
    open_ = item_named_ = false;
    if (Level* level = Current()) {
      for (const auto& [field, inherited] : {std::pair{kPurchaseOrder, &level->purchase_order},
                                             std::pair{kContainer, &level->container}}) {
        if (item_.fields[field].text.empty()) item_.fields[field] = *inherited;
      }
    }
    Claim(item_);
    for (Item& sub : subs_) {
      for (const ManifestField field : {kMaker, kPurchaseOrder, kContainer}) {
        if (sub.fields[field].text.empty()) sub.fields[field] = item_.fields[field];
      }
      Claim(sub);
    }
  }

  void Claim(const Item& item) {
    if (stopped_) return;
    ManifestClaim claim;
    claim.line = item.line;
    claim.counts_pieces = true;
    for (std::size_t i = 0; i < kManifestFieldCount; ++i) {
      claim.fields[i] = {item.fields[i].text, item.fields[i].ref};
    }
    if (claim.fields[kQuantity].column.empty()) claim.fields[kQuantity].column = "SN102";
    for (const Element& serial : item.serials) claim.serials.push_back({serial.text, serial.ref});
    stopped_ = !builder_.Add(claim);
  }

  const std::string_view text_;
  ManifestBuilder& builder_;
  char element_separator_ = '*';
  char component_separator_ = ':';
  char terminator_ = '~';
  std::size_t at_ = 0;
  Segment segment_;
  bool stopped_ = false;
  bool in_interchange_ = false;
  bool in_group_ = false;
  bool in_set_ = false;
  bool bsn_seen_ = false;
  std::string interchange_, group_, set_;  // control numbers
  std::int64_t groups_ = 0;
  std::int64_t group_sets_ = 0;
  std::int64_t sets_ = 0;
  std::int64_t set_segments_ = 0;
  std::int64_t hl_count_ = 0;
  std::int64_t shipped_ = 0;
  std::map<std::string, Level> levels_;
  std::string level_;  // id of the one that is open
  bool open_ = false;
  bool item_named_ = false;
  Item item_;
  std::vector<Item> subs_;
};

}  // namespace

void ReadManifestX12(std::string_view text, ManifestBuilder* builder) {
  X12Manifest(text, builder).Read();
}

}  // namespace loopdock::intake
