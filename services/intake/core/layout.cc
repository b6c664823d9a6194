// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/layout.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string_view>

#include "absl/strings/numbers.h"
#include "services/common/hash.h"
#include "services/intake/core/choices.h"
#include "services/intake/core/device_ids.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

using inventory::v1::LabelElement;
using inventory::v1::RawSymbol;

constexpr int kCorners = 8;  // x and y of four

struct Box {
  std::int64_t top = 0, bottom = 0, left = 0;
  bool known = false;
};

Box BoxOf(const RawSymbol& symbol) {
  if (symbol.corners_size() != kCorners) return {};
  Box box{symbol.corners(1), symbol.corners(1), symbol.corners(0), true};
  for (int i = 0; i < kCorners; i += 2) {
    box.left = std::min<std::int64_t>(box.left, symbol.corners(i));
    box.top = std::min<std::int64_t>(box.top, symbol.corners(i + 1));
    box.bottom = std::max<std::int64_t>(box.bottom, symbol.corners(i + 1));
  }
  return box;
}

// 9 a digit, A a letter, the character itself where labels set it between parts, else x.
void AppendShape(std::string_view value, std::string* shape) {
  for (const char c : value) {
    shape->push_back(IsDigit(c)               ? '9'
                     : IsUpper(ToUpper(c))    ? 'A'
                     : Contains("-/.:#_ ", c) ? c
                                              : 'x');
  }
}

bool Says(std::string_view written, const std::string& normalized) {
  return NormalizeSerial(written) == normalized;
}

}  // namespace

std::vector<std::size_t> ReadingOrder(const std::vector<RawSymbol>& symbols) {
  std::vector<std::size_t> order(symbols.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<Box> boxes;
  boxes.reserve(symbols.size());
  for (const RawSymbol& symbol : symbols) boxes.push_back(BoxOf(symbol));
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (boxes[a].known != boxes[b].known) return boxes[a].known;
    return boxes[a].known && boxes[a].top < boxes[b].top;
  });
  // A row holds what begins above the middle of its first symbol.
  for (auto row = order.begin(); row != order.end() && boxes[*row].known;) {
    const std::int64_t middle = (boxes[*row].top + boxes[*row].bottom) / 2;
    const auto end = std::find_if(
        row, order.end(), [&](std::size_t i) { return !boxes[i].known || boxes[i].top > middle; });
    std::stable_sort(row, end,
                     [&](std::size_t a, std::size_t b) { return boxes[a].left < boxes[b].left; });
    row = end;
  }
  return order;
}

std::string LayoutOf(const std::vector<RawSymbol>& symbols) {
  if (symbols.size() < 2) return "";
  std::string shape = "layout 1\n";
  for (const std::size_t index : ReadingOrder(symbols)) {
    const RawSymbol& symbol = symbols[index];
    Append(&shape, symbol.format(), "\x1f", symbol.kind());
    for (const LabelElement& element : symbol.elements()) {
      Append(&shape, "\x1f", element.id(), "=");
      AppendShape(element.value(), &shape);
    }
    shape.push_back('\n');
  }
  return common::Sha256Hex(shape).substr(0, 32);
}

Place PlaceOf(const std::vector<RawSymbol>& symbols, const std::string& value) {
  const std::string normalized = NormalizeSerial(value);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    for (int e = 0; e < symbols[i].elements_size(); ++e) {
      if (Says(symbols[i].elements(e).value(), normalized)) return {static_cast<int>(i), e};
    }
    if (Says(symbols[i].content(), normalized)) return {static_cast<int>(i), 0};
  }
  return {};
}

std::map<std::string, std::string> PlacesOf(const std::map<std::string, std::string>& choices,
                                            const std::vector<RawSymbol>& symbols) {
  std::map<std::string, std::string> places;
  const std::vector<std::size_t> order = ReadingOrder(symbols);
  for (const auto& [field, value] : choices) {
    const Place place = PlaceOf(symbols, value);
    if (place.symbol < 0) continue;
    const auto symbol = static_cast<std::size_t>(place.symbol);
    std::string key = std::to_string(std::find(order.begin(), order.end(), symbol) - order.begin());
    if (symbols[symbol].elements_size() > 1) Append(&key, ".", std::to_string(place.element));
    places[key] = field;
  }
  return places;
}

std::map<std::string, std::string> ChoicesOf(const std::map<std::string, std::string>& places,
                                             const std::vector<RawSymbol>& symbols) {
  std::map<std::string, std::string> choices;
  const std::vector<std::size_t> order = ReadingOrder(symbols);
  for (const auto& [key, field] : places) {
    const std::vector<std::string_view> parts = Split(key, ".", 2);
    std::size_t place = 0;
    int element = 0;
    if (!absl::SimpleAtoi(std::string(parts[0]), &place) || place >= order.size()) continue;
    if (parts.size() > 1 && !absl::SimpleAtoi(std::string(parts[1]), &element)) continue;
    const RawSymbol& symbol = symbols[order[place]];
    if (element < 0 || element >= symbol.elements_size()) continue;
    const std::string& value = symbol.elements(element).value();
    if (ChosenValue(field, value).ok()) choices[field] = value;
  }
  return choices;
}

}  // namespace loopdock::intake
