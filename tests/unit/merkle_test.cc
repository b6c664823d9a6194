// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/merkle.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "services/common/hash.h"

namespace loopdock::traceability {
namespace {

// RFC 6962 section 2.1, written as it stands there: the oracle of every test below.
Hash NaiveRoot(const std::vector<std::string>& leaves, std::size_t begin, std::size_t end) {
  if (begin == end) return EmptyRoot();
  if (end - begin == 1) return LeafHash(leaves[begin]);
  const std::size_t split = begin + std::bit_floor(end - begin - 1);
  return NodeHash(NaiveRoot(leaves, begin, split), NaiveRoot(leaves, split, end));
}

// Complete subtrees computed from the leaves.
class LeafSource : public HashSource {
 public:
  explicit LeafSource(const std::vector<std::string>& leaves) : leaves_(leaves) {}
  absl::StatusOr<Hash> Get(int level, std::uint64_t index) override {
    ++reads;
    const std::size_t begin = static_cast<std::size_t>(index << level);
    return NaiveRoot(leaves_, begin, begin + (std::size_t{1} << level));
  }
  int reads = 0;

 private:
  const std::vector<std::string>& leaves_;
};

std::vector<std::string> Leaves(std::size_t count) {
  std::vector<std::string> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back("leaf " + std::to_string(i));
  return leaves;
}

TEST(Merkle, KnownRoots) {
  std::vector<std::string> leaves;
  for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(*common::HexDecode(hex));
  }
  const std::vector<std::string> roots = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Frontier frontier;
  LeafSource source(leaves);
  EXPECT_EQ(HashToHex(frontier.Root()), roots[0]);
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    frontier.Append(LeafHash(leaves[size - 1]));
    EXPECT_EQ(HashToHex(frontier.Root()), roots[size]) << size;
    EXPECT_EQ(HashToHex(*RootAt(size, source)), roots[size]) << size;
  }
}

TEST(Merkle, FrontierLoadsAndGrowsAtEverySize) {
  const std::vector<std::string> leaves = Leaves(130);
  LeafSource source(leaves);
  for (std::size_t size = 0; size < leaves.size(); ++size) {
    source.reads = 0;
    auto frontier = Frontier::Load(size, source);
    ASSERT_TRUE(frontier.ok());
    EXPECT_LE(source.reads, 8) << size;
    EXPECT_EQ(frontier->Root(), NaiveRoot(leaves, 0, size));
    frontier->Append(LeafHash(leaves[size]));
    EXPECT_EQ(frontier->Root(), NaiveRoot(leaves, 0, size + 1));
  }
}

TEST(Merkle, EveryInclusionProofHoldsAndOnlyForItsLeaf) {
  const std::vector<std::string> leaves = Leaves(130);
  LeafSource source(leaves);
  for (const std::size_t size : {1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 64, 65, 100, 127, 128, 129, 130}) {
    const Hash root = NaiveRoot(leaves, 0, size);
    for (std::size_t index = 0; index < size; ++index) {
      auto proof = InclusionProof(index, size, source);
      ASSERT_TRUE(proof.ok());
      const Hash leaf = LeafHash(leaves[index]);
      ASSERT_TRUE(VerifyInclusion(index, size, leaf, *proof, root).ok()) << index << "/" << size;
      EXPECT_FALSE(VerifyInclusion(index, size, LeafHash("other"), *proof, root).ok());
      if (size > 1) {
        EXPECT_FALSE(VerifyInclusion((index + 1) % size, size, leaf, *proof, root).ok());
        auto broken = *proof;
        broken[index % broken.size()][0] ^= 1;
        EXPECT_FALSE(VerifyInclusion(index, size, leaf, broken, root).ok());
        auto shorter = *proof;
        shorter.pop_back();
        EXPECT_FALSE(VerifyInclusion(index, size, leaf, shorter, root).ok());
      }
      auto longer = *proof;
      longer.push_back(root);
      EXPECT_FALSE(VerifyInclusion(index, size, leaf, longer, root).ok());
    }
  }
}

TEST(Merkle, EveryConsistencyProofHoldsAndOnlyForItsTrees) {
  const std::vector<std::string> leaves = Leaves(66);
  LeafSource source(leaves);
  std::vector<Hash> roots;
  for (std::size_t size = 0; size <= leaves.size(); ++size) {
    roots.push_back(NaiveRoot(leaves, 0, size));
  }
  Hash other = roots[1];
  other[5] ^= 0x40;
  for (std::size_t new_size = 0; new_size <= leaves.size(); ++new_size) {
    for (std::size_t old_size = 0; old_size <= new_size; ++old_size) {
      auto proof = ConsistencyProof(old_size, new_size, source);
      ASSERT_TRUE(proof.ok());
      const auto verify = [&](const Hash& old_root, const Hash& new_root,
                              const std::vector<Hash>& hashes) {
        return VerifyConsistency(old_size, new_size, old_root, new_root, hashes).ok();
      };
      ASSERT_TRUE(verify(roots[old_size], roots[new_size], *proof)) << old_size << " " << new_size;
      EXPECT_FALSE(verify(other, roots[new_size], *proof));
      if (old_size > 0) {
        EXPECT_FALSE(verify(roots[old_size], other, *proof));
      }
      auto longer = *proof;
      longer.push_back(roots[new_size]);
      EXPECT_FALSE(verify(roots[old_size], roots[new_size], longer));
      if (!proof->empty()) {
        auto shorter = *proof;
        shorter.pop_back();
        EXPECT_FALSE(verify(roots[old_size], roots[new_size], shorter));
      }
    }
  }
}

TEST(Merkle, RefusesSizesThatAreNot) {
  const std::vector<std::string> leaves = Leaves(4);
  LeafSource source(leaves);
  EXPECT_FALSE(InclusionProof(4, 4, source).ok());
  EXPECT_FALSE(InclusionProof(0, 0, source).ok());
  EXPECT_FALSE(ConsistencyProof(3, 2, source).ok());
  EXPECT_FALSE(RootAt(kTreeSizeMax + 1, source).ok());
  EXPECT_FALSE(VerifyInclusion(7, 7, EmptyRoot(), {}, EmptyRoot()).ok());
  EXPECT_FALSE(HashFromBytes("short").ok());
}

}  // namespace
}  // namespace loopdock::traceability
