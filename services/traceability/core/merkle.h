// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_MERKLE_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_MERKLE_H_

// The Merkle tree of RFC 6962: hashes, roots, proofs and their verification.
//
// Thread safety: free functions and const members are safe; Frontier is not.
// Blocking: only as far as the HashSource that is handed in reads something.
// Errors: INVALID_ARGUMENT for a size or position that does not exist; DATA_LOSS when a proof does
//   not hold; a HashSource's error is handed through.
// Limits: trees of at most 2^62 leaves; memory and start-up grow with log2 of the size.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace loopdock::traceability {

using Hash = std::array<std::uint8_t, 32>;

inline constexpr std::uint64_t kTreeSizeMax = std::uint64_t{1} << 62;

Hash Sha256(std::string_view bytes);
// The root of a tree without leaves: SHA-256 of nothing.
Hash EmptyRoot();
// SHA-256(0x00 || data): a leaf can never be taken for a node.
Hash LeafHash(std::string_view data);
// SHA-256(0x01 || left || right).
Hash NodeHash(const Hash& left, const Hash& right);

std::string HashToHex(const Hash& hash);
std::string_view HashBytes(const Hash& hash);
absl::StatusOr<Hash> HashFromBytes(std::string_view bytes);

// Where the hashes of complete subtrees come from: (level, index) covers the leaves
// [index * 2^level, (index + 1) * 2^level).
class HashSource {
 public:
  virtual ~HashSource() = default;
  virtual absl::StatusOr<Hash> Get(int level, std::uint64_t index) = 0;
};

// The right edge of a growing tree: the roots of its complete subtrees, largest first. Enough to
// append and to name the root, never to prove.
class Frontier {
 public:
  Frontier() = default;
  // Reads the edge of a tree of `size` leaves: at most 62 hashes.
  static absl::StatusOr<Frontier> Load(std::uint64_t size, HashSource& source);

  void Append(const Hash& leaf);
  std::uint64_t size() const { return size_; }
  Hash Root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> edge_;  // one hash for each one-bit of size_, highest bit first
};

// The root of the first `size` leaves, also of a tree that has grown since.
absl::StatusOr<Hash> RootAt(std::uint64_t size, HashSource& source);

// The proof that leaf `index` is in the tree of `size` leaves (RFC 6962 section 2.1.1).
absl::StatusOr<std::vector<Hash>> InclusionProof(std::uint64_t index, std::uint64_t size,
                                                 HashSource& source);

// The proof that the tree of `old_size` leaves is a prefix of the tree of `new_size` (section
// 2.1.2); empty when either size makes it trivial.
absl::StatusOr<std::vector<Hash>> ConsistencyProof(std::uint64_t old_size, std::uint64_t new_size,
                                                   HashSource& source);

absl::Status VerifyInclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf_hash,
                             const std::vector<Hash>& proof, const Hash& root);

absl::Status VerifyConsistency(std::uint64_t old_size, std::uint64_t new_size, const Hash& old_root,
                               const Hash& new_root, const std::vector<Hash>& proof);

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_MERKLE_H_
