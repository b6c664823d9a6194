// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/merkle.h"

#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <cstddef>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

constexpr std::uint8_t kLeafPrefix = 0x00;
constexpr std::uint8_t kNodePrefix = 0x01;

// The largest power of two smaller than n (n > 1): where RFC 6962 splits a tree.
std::uint64_t Split(std::uint64_t n) { return std::bit_floor(n - 1); }

absl::Status BadSize(std::string_view message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "LOG_SIZE_INVALID", message);
}

absl::Status ProofWrong(std::string_view message) {
  return common::Error(absl::StatusCode::kDataLoss, "LOG_PROOF_INVALID", message);
}

// The root of the leaves [begin, begin + count). `begin` is always a multiple of the power of two
// that is not smaller than `count`, so each complete part is one stored hash.
absl::StatusOr<Hash> RangeRoot(std::uint64_t begin, std::uint64_t count, HashSource& source) {
  std::vector<Hash> parts;
  while (count > 0) {
    const std::uint64_t part = std::bit_floor(count);
    const int level = std::countr_zero(part);
    auto hash = source.Get(level, begin >> level);
    if (!hash.ok()) return hash.status();
    parts.push_back(*hash);
    begin += part;
    count -= part;
  }
  Hash root = parts.back();
  for (std::size_t i = parts.size() - 1; i-- > 0;) root = NodeHash(parts[i], root);
  return root;
}

}  // namespace

Hash Sha256(std::string_view bytes) {
  Hash hash{};
  EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_sha256(), nullptr);
  return hash;
}

Hash EmptyRoot() { return Sha256(""); }

Hash LeafHash(std::string_view data) {
  std::string bytes;
  bytes.reserve(data.size() + 1);
  bytes.push_back(static_cast<char>(kLeafPrefix));
  bytes.append(data);
  return Sha256(bytes);
}

Hash NodeHash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 65> bytes;
  bytes[0] = kNodePrefix;
  std::copy(left.begin(), left.end(), bytes.begin() + 1);
  std::copy(right.begin(), right.end(), bytes.begin() + 33);
  return Sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string HashToHex(const Hash& hash) { return common::HexEncode(HashBytes(hash)); }

std::string_view HashBytes(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

absl::StatusOr<Hash> HashFromBytes(std::string_view bytes) {
  Hash hash{};
  if (bytes.size() != hash.size()) {
    return common::Error(absl::StatusCode::kInvalidArgument, "HASH_INVALID",
                         Cat("a SHA-256 hash has 32 bytes, this one has ", bytes.size(), "."));
  }
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(hash.data()));
  return hash;
}

absl::StatusOr<Frontier> Frontier::Load(std::uint64_t size, HashSource& source) {
  if (size > kTreeSizeMax) return BadSize("the log size is beyond 2^62 entries.");
  Frontier frontier;
  frontier.size_ = size;
  std::uint64_t begin = 0;
  for (std::uint64_t rest = size; rest > 0;) {
    const std::uint64_t part = std::bit_floor(rest);
    const int level = std::countr_zero(part);
    auto hash = source.Get(level, begin >> level);
    if (!hash.ok()) return hash.status();
    frontier.edge_.push_back(*hash);
    begin += part;
    rest -= part;
  }
  return frontier;
}

void Frontier::Append(const Hash& leaf) {
  Hash node = leaf;
  for (std::uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    node = NodeHash(edge_.back(), node);
    edge_.pop_back();
  }
  edge_.push_back(node);
  ++size_;
}

Hash Frontier::Root() const {
  if (edge_.empty()) return EmptyRoot();
  Hash root = edge_.back();
  for (std::size_t i = edge_.size() - 1; i-- > 0;) root = NodeHash(edge_[i], root);
  return root;
}

absl::StatusOr<Hash> RootAt(std::uint64_t size, HashSource& source) {
  if (size > kTreeSizeMax) return BadSize("the log size is beyond 2^62 entries.");
  if (size == 0) return EmptyRoot();
  return RangeRoot(0, size, source);
}

absl::StatusOr<std::vector<Hash>> InclusionProof(std::uint64_t index, std::uint64_t size,
                                                 HashSource& source) {
  if (size > kTreeSizeMax || index >= size) {
    return BadSize(Cat("entry ", index, " is not in a log of ", size, " entries."));
  }
  std::vector<Hash> proof;
  std::uint64_t begin = 0;
  for (std::uint64_t count = size; count > 1;) {
    const std::uint64_t left = Split(count);
    const bool go_left = index - begin < left;
    auto sibling =
        go_left ? RangeRoot(begin + left, count - left, source) : RangeRoot(begin, left, source);
    if (!sibling.ok()) return sibling.status();
    proof.push_back(*sibling);
    if (!go_left) begin += left;
    count = go_left ? left : count - left;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

absl::StatusOr<std::vector<Hash>> ConsistencyProof(std::uint64_t old_size, std::uint64_t new_size,
                                                   HashSource& source) {
  if (new_size > kTreeSizeMax || old_size > new_size) {
    return BadSize(
        Cat("a log of ", old_size, " entries cannot be a prefix of one of ", new_size, "."));
  }
  std::vector<Hash> proof;
  if (old_size == 0 || old_size == new_size) return proof;
  std::uint64_t begin = 0;
  std::uint64_t count = new_size;
  std::uint64_t rest = old_size;
  bool complete = true;  // the old tree is itself a stored subtree, its root is known to the asker
  while (rest != count) {
    const std::uint64_t left = Split(count);
    const bool go_left = rest <= left;
    auto sibling =
        go_left ? RangeRoot(begin + left, count - left, source) : RangeRoot(begin, left, source);
    if (!sibling.ok()) return sibling.status();
    proof.push_back(*sibling);
    if (go_left) {
      count = left;
    } else {
      begin += left;
      rest -= left;
      count -= left;
      complete = false;
    }
  }
  if (!complete) {
    auto hash = RangeRoot(begin, count, source);
    if (!hash.ok()) return hash.status();
    proof.push_back(*hash);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

absl::Status VerifyInclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf_hash,
                             const std::vector<Hash>& proof, const Hash& root) {
  if (size > kTreeSizeMax || index >= size) {
    return BadSize(Cat("entry ", index, " is not in a log of ", size, " entries."));
  }
  // RFC 9162 section 2.1.3.2.
  std::uint64_t fn = index;
  std::uint64_t sn = size - 1;
  Hash hash = leaf_hash;
  for (const Hash& node : proof) {
    if (sn == 0) return ProofWrong("the inclusion proof is too long.");
    if ((fn & 1) != 0 || fn == sn) {
      hash = NodeHash(node, hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = NodeHash(hash, node);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return ProofWrong("the inclusion proof is too short.");
  if (hash != root) {
    return ProofWrong(Cat("entry ", index, " does not lead to the root of the log."));
  }
  return absl::OkStatus();
}

absl::Status VerifyConsistency(std::uint64_t old_size, std::uint64_t new_size, const Hash& old_root,
                               const Hash& new_root, const std::vector<Hash>& proof) {
  if (new_size > kTreeSizeMax || old_size > new_size) {
    return BadSize(
        Cat("a log of ", old_size, " entries cannot be a prefix of one of ", new_size, "."));
  }
  if (old_size == new_size || old_size == 0) {
    if (!proof.empty()) return ProofWrong("the consistency proof is too long.");
    const Hash expected = old_size == 0 ? EmptyRoot() : new_root;
    if (old_root != expected) return ProofWrong("two roots are given for the same log size.");
    return absl::OkStatus();
  }
  // RFC 9162 section 2.1.4.2. A complete old tree is not repeated in the proof.
  std::vector<Hash> path;
  if (std::has_single_bit(old_size)) path.push_back(old_root);
  path.insert(path.end(), proof.begin(), proof.end());
  if (path.empty()) return ProofWrong("the consistency proof is empty.");
  std::uint64_t fn = old_size - 1;
  std::uint64_t sn = new_size - 1;
  while ((fn & 1) != 0) {
    fn >>= 1;
    sn >>= 1;
  }
  Hash old_hash = path.front();
  Hash new_hash = path.front();
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (sn == 0) return ProofWrong("the consistency proof is too long.");
    if ((fn & 1) != 0 || fn == sn) {
      old_hash = NodeHash(path[i], old_hash);
      new_hash = NodeHash(path[i], new_hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      new_hash = NodeHash(new_hash, path[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return ProofWrong("the consistency proof is too short.");
  if (old_hash != old_root) return ProofWrong("the proof does not lead to the old root.");
  if (new_hash != new_root) return ProofWrong("the proof does not lead to the new root.");
  return absl::OkStatus();
}

}  // namespace loopdock::traceability
