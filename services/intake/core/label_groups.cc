// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/label_groups.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "services/common/hash.h"
#include "services/intake/core/device_ids.h"
#include "services/intake/core/label_shapes.h"
#include "services/intake/core/layout.h"
#include "services/intake/core/scan_record.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

using inventory::v1::RawSymbol;

// Symbols no farther apart than so many of their heights may be lines of one label whose bare
// values compete.
constexpr double kTightHeights = 1.5;
// Beyond so many, two identities of different kinds are not taken for those of one device.
constexpr double kNearHeights = 4;
// A symbol is surely of its label when the next label is farther by this factor.
constexpr double kClearlyFarther = 1.25;
constexpr double kSerialShapeMin = 0.5;

struct Point {
  double x = 0, y = 0;
};
using Quad = std::array<Point, 4>;

double SquaredToSegment(const Point& p, const Point& a, const Point& b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length = dx * dx + dy * dy;
  const double along =
      length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0;
  const double x = a.x + along * dx - p.x;
  const double y = a.y + along * dy - p.y;
  return x * x + y * y;
}

// Between the outlines; where one stands in the other they say the same thing twice or are of one
// label in any case.
double Gap(const Quad& a, const Quad& b) {
  double best = SquaredToSegment(a[0], b[0], b[1]);
  for (const auto& [from, to] : {std::pair{&a, &b}, {&b, &a}}) {
    for (const Point& corner : *from) {
      for (std::size_t side = 0; side < 4; ++side) {
        best = std::min(best, SquaredToSegment(corner, (*to)[side], (*to)[(side + 1) % 4]));
      }
    }
  }
  return std::sqrt(best);
}

double Length(const Point& a, const Point& b) { return std::hypot(a.x - b.x, a.y - b.y); }

// Of the bars or the matrix. Decoders may give bars that they read along one line only: no bars are
// longer than eight times their height.
double HeightOf(const Quad& quad) {
  const double across = (Length(quad[0], quad[1]) + Length(quad[2], quad[3])) / 2;
  const double down = (Length(quad[1], quad[2]) + Length(quad[3], quad[0])) / 2;
  return std::max({std::min(across, down), std::max(across, down) / 8, 1.0});
}

std::optional<Quad> QuadOf(const RawSymbol& symbol) {
  if (symbol.corners_size() != 8) return std::nullopt;
  Quad quad;
  for (int i = 0; i < 4; ++i) {
    quad[static_cast<std::size_t>(i)] = {static_cast<double>(symbol.corners(2 * i)),
                                         static_cast<double>(symbol.corners(2 * i + 1))};
  }
  return quad;
}

using Values = std::set<std::string>;

// What symbols say of whose they are.
struct Claims {
  Values serials;     // that something names so
  Values bare;        // that only their shape makes serial numbers
  Values bare_kinds;  // symbology and length of these
  Values imeis;       // their first 14 digits
  Values ssccs, tags, macs, eids, gtins, parts;
  bool second_imei = false;  // one of the IMEIs is said to be the second

  bool identity() const {
    return !serials.empty() || !bare.empty() || !imeis.empty() || !ssccs.empty() || !tags.empty() ||
           !macs.empty();
  }
  bool any() const { return identity() || !eids.empty() || !gtins.empty() || !parts.empty(); }
  void Add(const Claims& other) {
    for (const auto& [to, from] : {std::pair{&serials, &other.serials},
                                   {&bare, &other.bare},
                                   {&bare_kinds, &other.bare_kinds},
                                   {&imeis, &other.imeis},
                                   {&ssccs, &other.ssccs},
                                   {&tags, &other.tags},
                                   {&macs, &other.macs},
                                   {&eids, &other.eids},
                                   {&gtins, &other.gtins},
                                   {&parts, &other.parts}}) {
      to->insert(from->begin(), from->end());
    }
    second_imei = second_imei || other.second_imei;
  }
};

void TakeElement(const Parsed& parsed, const Element& element, Claims* claims) {
  const bool gs1 = parsed.kind == LabelKind::kGs1 || parsed.kind == LabelKind::kDigitalLink ||
                   AllDigits(element.id);
  const std::string_view id = element.id;
  const std::string value = NormalizeSerial(element.value);
  if (value.empty()) return;
  if (id == "serial") {
    if (parsed.confidence >= 0.9) claims->serials.insert(value);
  } else if (id == "tag" || id == "asset_tag" || (gs1 && id == "8004")) {
    claims->tags.insert(value);
  } else if (id == "imei" || id == "imeisv" || (gs1 && (id == "8040" || id == "8041"))) {
    claims->imeis.insert(value.substr(0, 14));
  } else if (id == "mac" || id == "23S") {
    claims->macs.insert(value);
  } else if (id == "sscc" || (gs1 && id == "00")) {
    claims->ssccs.insert(value.size() == 20 ? value.substr(2) : value);
  } else if (id == "eid" || id == "iccid" || (gs1 && id == "8042")) {
    claims->eids.insert(value);
  } else if (gs1 && id == "21") {
    claims->serials.insert(value);
  } else if (gs1 && id == "01" && value.size() == 14) {
    // The carton's number and the piece's differ in the first digit and the last.
    claims->gtins.insert(value.substr(1, 12));
  } else if (id == "S" || id == "1S") {
    claims->serials.insert(value);
  } else if (id == "part_number" || id == "1P" || id == "P" || id == "30P") {
    claims->parts.insert(value);
  }
}

Claims ClaimsOf(const RawSymbol& symbol, const ParseOptions& options) {
  const Parsed parsed = ParseSymbol(symbol, options);
  Claims claims;
  if (!parsed.error.ok()) return claims;
  for (const Element& element : parsed.elements) TakeElement(parsed, element, &claims);
  claims.second_imei = !claims.imeis.empty() && SaysSecondImei(symbol.content());
  if (parsed.kind == LabelKind::kSerial && claims.serials.empty() && parsed.elements.size() == 1) {
    const std::string_view written = Strip(parsed.elements[0].value);
    const ShapeGuess guess = GuessByShape(written, parsed.maker_hint);
    if (guess.serial >= kSerialShapeMin) {
      claims.bare.insert(parsed.normalized);
      claims.bare_kinds.insert(Cat(symbol.format(), " ", std::to_string(written.size())));
    } else if (guess.part_number > 0) {
      claims.parts.insert(parsed.normalized);
    }
  }
  return claims;
}

bool Disjoint(const Values& a, const Values& b) {
  return !a.empty() && !b.empty() &&
         std::none_of(a.begin(), a.end(), [&](const std::string& one) { return b.contains(one); });
}

// A machine type may stand before a serial number.
bool EndsAlike(const std::string& a, const std::string& b) {
  constexpr std::size_t kEndMin = 6;
  return std::min(a.size(), b.size()) >= kEndMin && (EndsWith(a, b) || EndsWith(b, a));
}

bool SerialsDiffer(const Values& a, const Values& b) {
  return Disjoint(a, b) && std::none_of(a.begin(), a.end(), [&](const std::string& one) {
           return std::any_of(b.begin(), b.end(),
                              [&](const std::string& other) { return EndsAlike(one, other); });
         });
}

Values AllSerials(const Claims& claims) {
  Values all = claims.serials;
  all.insert(claims.bare.begin(), claims.bare.end());
  return all;
}

bool AlikeBare(const Claims& a, const Claims& b) {
  return SerialsDiffer(a.bare, b.bare) && !Disjoint(a.bare_kinds, b.bare_kinds);
}

std::size_t ImeisTogether(const Claims& a, const Claims& b) {
  Values all = a.imeis;
  all.insert(b.imeis.begin(), b.imeis.end());
  return all.size();
}

constexpr std::size_t kImeisOfADevice = 2;

// The first IMEI of one and the second of the other may be of one phone.
bool AreTwoPhones(const Claims& a, const Claims& b) {
  return Disjoint(a.imeis, b.imeis) &&
         (a.second_imei == b.second_imei || ImeisTogether(a, b) > kImeisOfADevice);
}

// No device has both.
bool CannotBeOne(const Claims& a, const Claims& b) {
  return SerialsDiffer(a.serials, b.serials) || Disjoint(a.ssccs, b.ssccs) ||
         Disjoint(a.tags, b.tags) || ImeisTogether(a, b) > kImeisOfADevice ||
         (Disjoint(a.imeis, b.imeis) && AlikeBare(a, b));
}

// Lines of one label may compete so, labels that stand apart are of two devices.
bool AreTwoWhenApart(const Claims& a, const Claims& b) {
  return AreTwoPhones(a, b) || SerialsDiffer(AllSerials(a), AllSerials(b)) ||
         Disjoint(a.macs, b.macs) || Disjoint(a.eids, b.eids) || Disjoint(a.gtins, b.gtins) ||
         Disjoint(a.parts, b.parts);
}

// Whether two labels name two devices in one way: only then is a picture one of several.
bool NameTwo(const Claims& a, const Claims& b) {
  return SerialsDiffer(a.serials, b.serials) || Disjoint(a.ssccs, b.ssccs) ||
         Disjoint(a.tags, b.tags) || AreTwoPhones(a, b) || AlikeBare(a, b);
}

bool Meet(const Values& a, const Values& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& one) { return b.contains(one); });
}

// What joins two labels at any distance: the same identity twice, or a phone's two IMEIs.
bool NameOne(const Claims& a, const Claims& b) {
  const bool one_phone = Disjoint(a.imeis, b.imeis) && !AreTwoPhones(a, b);
  return one_phone || Meet(AllSerials(a), AllSerials(b)) || Meet(a.imeis, b.imeis) ||
         Meet(a.ssccs, b.ssccs) || Meet(a.tags, b.tags) || Meet(a.macs, b.macs);
}

class Grouper {
 public:
  Grouper(const std::vector<RawSymbol>& symbols, const ParseOptions& options)
      : count_(symbols.size()), label_of_(count_), order_(ReadingOrder(symbols)) {
    std::iota(label_of_.begin(), label_of_.end(), std::size_t{0});
    for (const RawSymbol& symbol : symbols) {
      quads_.push_back(*QuadOf(symbol));
      claims_.push_back(ClaimsOf(symbol, options));
    }
    own_ = claims_;
  }

  LabelGroups Group() {
    MeasureGaps();
    Join();
    if (!SeveralDevices()) return {{order_}};
    LabelGroups groups;
    std::vector<std::size_t> places(count_, count_);
    for (const std::size_t symbol : order_) {
      std::size_t& place = places[label_of_[symbol]];
      if (place == count_) {
        place = groups.labels.size();
        groups.labels.emplace_back();
      }
      groups.labels[place].push_back(symbol);
    }
    groups.certain = IsCertain();
    return groups;
  }

 private:
  struct Pair {
    std::size_t a = 0, b = 0;
    double gap = 0;      // pixels
    double heights = 0;  // the gap in heights of the larger one
  };

  void MeasureGaps() {
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = a + 1; b < count_; ++b) {
        const double gap = Gap(quads_[a], quads_[b]);
        const double height = std::max(HeightOf(quads_[a]), HeightOf(quads_[b]));
        pairs_.push_back({a, b, gap, gap / height});
      }
    }
    std::stable_sort(pairs_.begin(), pairs_.end(),
                     [](const Pair& a, const Pair& b) { return a.gap < b.gap; });
  }

  void Join() {
    for (const Pair& pair : pairs_) {
      const std::size_t into = label_of_[pair.a];
      const std::size_t from = label_of_[pair.b];
      if (into == from || AreTwo(claims_[into], claims_[from], pair.heights)) continue;
      claims_[into].Add(claims_[from]);
      std::replace(label_of_.begin(), label_of_.end(), from, into);
    }
  }

  static bool AreTwo(const Claims& a, const Claims& b, double heights) {
    return CannotBeOne(a, b) || (heights > kTightHeights && AreTwoWhenApart(a, b)) ||
           (heights > kNearHeights && a.identity() && b.identity() && !NameOne(a, b));
  }

  bool IsLabel(std::size_t symbol) const { return label_of_[symbol] == symbol; }

  bool SeveralDevices() const {
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = a + 1; IsLabel(a) && b < count_; ++b) {
        if (IsLabel(b) && NameTwo(claims_[a], claims_[b])) return true;
      }
    }
    return false;
  }

  // Each symbol that says something and stands beside others on its label is clearly nearer to
  // these than to any other label.
  bool IsCertain() const {
    std::vector<double> own(count_, -1);
    std::vector<double> other(count_, -1);
    for (const Pair& pair : pairs_) {
      auto& nearest = label_of_[pair.a] == label_of_[pair.b] ? own : other;
      for (const std::size_t symbol : {pair.a, pair.b}) {
        if (nearest[symbol] < 0) nearest[symbol] = pair.gap;
      }
    }
    for (std::size_t symbol = 0; symbol < count_; ++symbol) {
      if (!own_[symbol].any() || own[symbol] < 0 || other[symbol] < 0) continue;
      if (own[symbol] * kClearlyFarther > other[symbol]) return false;
    }
    return true;
  }

  const std::size_t count_;
  std::vector<std::size_t> label_of_;  // The first joined symbol of each symbol's label.
  const std::vector<std::size_t> order_;
  std::vector<Quad> quads_;
  std::vector<Claims> own_;     // of each symbol
  std::vector<Claims> claims_;  // of each label, at its first symbol
  std::vector<Pair> pairs_;     // the nearest first
};

LabelGroups OneLabel(std::size_t count) {
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return {{std::move(all)}};
}

}  // namespace

LabelGroups GroupByLabel(const std::vector<RawSymbol>& symbols, const ParseOptions& options) {
  const bool placed = symbols.size() <= kGroupedSymbolsMax &&
                      std::all_of(symbols.begin(), symbols.end(), [](const RawSymbol& symbol) {
                        return QuadOf(symbol).has_value();
                      });
  if (symbols.size() < 2 || !placed) return OneLabel(symbols.size());
  return Grouper(symbols, options).Group();
}

bool SaysSecondImei(std::string_view content) {
  const std::string upper = Upper(content);
  return Contains(upper, "IMEI2") || Contains(upper, "IMEI 2");
}

std::string LabelDigest(const std::vector<RawSymbol>& symbols) {
  Values contents;
  for (const RawSymbol& symbol : symbols) contents.insert(symbol.content());
  std::string all = "label 1\n";
  for (const std::string& content : contents) {
    Append(&all, std::to_string(content.size()), ":", content);
  }
  return common::Sha256Hex(all).substr(0, 16);
}

}  // namespace loopdock::intake
