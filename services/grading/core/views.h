// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_VIEWS_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_VIEWS_H_

// Several pictures of one device: which show one face, which marks in them are the same one, how
// much of the device was seen, and whether they can be of one device at all.
// Thread safety: free functions, safe from any thread.

#include <string>
#include <vector>

#include "loopdock/grading/v1/grading.pb.h"

namespace loopdock::grading {

// For each picture, its view: pictures of one face are one view. Of sides a device has four, and of
// an unknown face nobody can say which it is: each such picture is a view of its own.
std::vector<size_t> ViewsOf(const v1::Inspection& inspection);

// Gives every defect a note with an id. Pictures of one face are compared: a mark that several show
// counts once, and one that others doubt loses confidence. Only for an inspection
// whose defects have no notes yet.
void NoteDefects(v1::Inspection& inspection);

// The share of the faces that were shown which was inspected, by their area.
double InspectedShare(const v1::Inspection& inspection);

// Those of `expected` that no measured picture shows.
std::vector<vision::v1::Face> FacesMissing(const v1::Inspection& inspection,
                                           const std::vector<vision::v1::Face>& expected);

// Why the pictures cannot all be of one device of its model, by the sizes that were measured and
// what is known of the model's body, in a sentence; empty when they can.
std::string SizesDisagree(const v1::Inspection& inspection);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_VIEWS_H_
