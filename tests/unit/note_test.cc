// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/note.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "services/common/hash.h"
#include "services/common/status.h"

namespace loopdock::traceability {
namespace {

constexpr std::string_view kPublishedVkey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

NoteSigner TestSigner() {
  return *NoteSigner::FromSeed("loopdock.example/main", std::string(32, '\x07'));
}

TEST(Note, PublishedKeyIsReadAndWrittenBack) {
  auto verifier = NoteVerifier::Parse(kPublishedVkey);
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  EXPECT_EQ(verifier->name(), "example.com/foo");
  EXPECT_EQ(verifier->key_id(), 0x530d903au);
  EXPECT_EQ(verifier->key_id(), Ed25519KeyId("example.com/foo", verifier->public_key()));
  EXPECT_EQ(verifier->Vkey(), kPublishedVkey);
}

// RFC 8032 section 7.1, test 1: the public key of a known seed.
TEST(Note, KnownKeyPair) {
  const std::string seed =
      *common::HexDecode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  auto signer = NoteSigner::FromSeed("k", seed);
  ASSERT_TRUE(signer.ok());
  EXPECT_EQ(common::HexEncode(signer->verifier().public_key()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

// Our own vector: Ed25519 is deterministic, so these bytes never change.
TEST(Note, GoldenNote) {
  const NoteSigner signer = TestSigner();
  auto note =
      signer.Sign("loopdock.example/main\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
  ASSERT_TRUE(note.ok());
  const std::string bytes = FormatNote(*note);
  EXPECT_EQ(common::Sha256Hex(bytes),
            "8964944ebbe3f8c47b6f07244c2a6299f489a5e43d8ea39d05dbc1bf055a7106");
  EXPECT_EQ(signer.verifier().Vkey(),
            "loopdock.example/main+d7bb39d6+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs");
  ASSERT_TRUE(OpenNote(bytes, signer.verifier()).ok());
}

TEST(Note, SignsAndRefusesWhatWasChanged) {
  const NoteSigner signer = TestSigner();
  auto note = signer.Sign("a text\nwith lines\n\nand an empty one\n");
  ASSERT_TRUE(note.ok());
  const std::string bytes = FormatNote(*note);
  auto opened = OpenNote(bytes, signer.verifier());
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->text, "a text\nwith lines\n\nand an empty one\n");
  std::string changed = bytes;
  changed[2] ^= 1;
  EXPECT_EQ(common::ReasonOf(OpenNote(changed, signer.verifier()).status()), "NOTE_UNSIGNED");
  auto other = NoteSigner::Generate("loopdock.example/main");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(common::ReasonOf(OpenNote(bytes, other->verifier()).status()), "NOTE_UNSIGNED");
}

TEST(Note, OtherSignaturesAreIgnored) {
  const NoteSigner signer = TestSigner();
  auto witness = NoteSigner::Generate("witness.example");
  auto note = witness->Sign("text\n");
  for (int i = 0; i < 16; ++i) note->signatures.push_back({"unknown.example", 7u, "xx"});
  note->signatures.push_back(signer.Sign("text\n")->signatures[0]);
  const std::string bytes = FormatNote(*note);
  EXPECT_TRUE(OpenNote(bytes, signer.verifier()).ok());
  EXPECT_TRUE(OpenNote(bytes, witness->verifier()).ok());
}

TEST(Note, PrivateKeyTextRoundTrip) {
  const NoteSigner signer = TestSigner();
  auto again = NoteSigner::Parse(signer.Skey() + "\n");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->verifier().Vkey(), signer.verifier().Vkey());
  EXPECT_FALSE(NoteSigner::Parse(signer.verifier().Vkey()).ok());
}

TEST(Note, BadKeysAreRefused) {
  for (const char* vkey :
       {"", "a", "a+b+c", "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example com+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U"}) {
    EXPECT_EQ(common::ReasonOf(NoteVerifier::Parse(vkey).status()), "LOG_KEY_INVALID") << vkey;
  }
}

TEST(Note, MalformedNotesAreRefused) {
  const std::string good = FormatNote(*TestSigner().Sign("text\n"));
  ASSERT_TRUE(ParseNote(good).ok());
  const std::string line = good.substr(6);
  std::string many = "text\n\n";
  for (int i = 0; i < 65; ++i) many += line;
  for (const std::string& bytes :
       {std::string(), std::string("text\n"), std::string("text\n\n"), std::string("\n\n\n"),
        good.substr(0, good.size() - 1), "text\n" + line, "te\x01xt\n\n" + line,
        "te\xfft\n\n" + line, "te\xc0\xaft\n\n" + line, good + "trailing\n",
        std::string("text\n\n- loopdock.example/main AAAA\n"),
        std::string("text\n\n\xe2\x80\x94 name AAA\n"),
        std::string("text\n\n\xe2\x80\x94 na+me AAAAAAAAAAAA\n"), many,
        std::string(70000, 'x') + "\n\n" + line}) {
    EXPECT_EQ(common::ReasonOf(ParseNote(bytes).status()), "NOTE_INVALID") << bytes.substr(0, 60);
  }
}

TEST(Note, RandomDamageNeverVerifies) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const NoteSigner signer = TestSigner();
  const std::string good = FormatNote(*signer.Sign("loopdock.example/main\n12\nroot\n"));
  for (int i = 0; i < 500; ++i) {
    std::string bytes = good;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    if (bytes == good) continue;
    EXPECT_FALSE(OpenNote(bytes, signer.verifier()).ok()) << bytes;
  }
}

TEST(Checkpoint, RoundTripAndForm) {
  Checkpoint checkpoint{"loopdock.example/main", 42, LeafHash("x"), {}};
  const std::string text = FormatCheckpoint(checkpoint);
  EXPECT_EQ(text.substr(0, 25), "loopdock.example/main\n42\n");
  auto parsed = ParseCheckpoint(text);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, checkpoint);
  checkpoint.extensions = {"more", "lines"};
  EXPECT_EQ(*ParseCheckpoint(FormatCheckpoint(checkpoint)), checkpoint);
  const std::string root = text.substr(25);
  for (const std::string& bad :
       {std::string(), std::string("o\n1\n"), "o\n01\n" + root, "o\n-1\n" + root, "o\n 1\n" + root,
        "\n1\n" + root, "o\n99999999999999999999\n" + root, std::string("o\n1\nAAAA\n"),
        "o\n1\n" + root + "\n", "o\n1\n" + root.substr(0, 44)}) {
    EXPECT_EQ(common::ReasonOf(ParseCheckpoint(bad).status()), "CHECKPOINT_INVALID") << bad;
  }
}

}  // namespace
}  // namespace loopdock::traceability
