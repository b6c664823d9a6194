// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_HOSTILE_INPUTS_H_
#define LOOPDOCK_TESTS_TOOLS_HOSTILE_INPUTS_H_

// Inputs that must be refused with an error, and never bring a process down. Made when a test runs,
// so that nothing hostile lies in the repository.
//
// Thread safety: none of the functions keeps state; call them from any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace loopdock::testing {

// A valid grey PNG of one colour; 20000 x 20000 takes about 400 KB and 400 MB once decoded. Rows
// are compressed as they are made, so the memory needed is that of the result. `random_share` of
// the rows, spread evenly, hold random bytes, which makes the file larger.
std::string PngBomb(int width_px, int height_px, double random_share = 0);

// The first `share` of `bytes`.
std::string Truncated(const std::string& bytes, double share);

// `size` bytes, the same for the same seed.
std::string RandomBytes(size_t size, uint64_t seed);

// A PNG whose header claims the size, with a right checksum, and whose picture data is missing.
std::string PngHeaderOnly(uint32_t width_px, uint32_t height_px);

struct HostileInput {
  std::string name;
  std::string bytes;
};

// Pictures that no decoder may accept: empty, zero-size, truncated at several places, random bytes
// behind each known magic number, wrong checksums, headers with absurd sizes. `good_picture` is an
// encoded picture that the truncated and damaged ones are made from.
std::vector<HostileInput> HostilePictures(const std::string& good_picture, uint64_t seed);

// Texts that a scan must survive: 1 MB of one letter, invalid UTF-8, embedded NUL, a label of
// separators only, a million brackets.
std::vector<HostileInput> HostileTexts();

}  // namespace loopdock::testing

#endif  // LOOPDOCK_TESTS_TOOLS_HOSTILE_INPUTS_H_
