// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_SHAPES_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_SHAPES_H_

// What a value without any identifier may be on a label of several symbols, told by its shape.
// Thread safety: pure functions.

#include <string>
#include <string_view>

namespace loopdock::intake {

// How likely the value is each of these, 0 to 1; 0 where the shape speaks against it.
struct ShapeGuess {
  double serial = 0, part_number = 0, quantity = 0, purchase_order = 0, gtin = 0;
  std::string_view maker;  // whose shape it is, or empty
};

// `value` without blanks around it; `maker` is MakerOfSerial's word for it.
ShapeGuess GuessByShape(std::string_view value, std::string_view maker);

// Whether the value is an order number as Apple prints it, such as "MGYN3D/A".
bool IsAppleOrderNumber(std::string_view value);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_SHAPES_H_
