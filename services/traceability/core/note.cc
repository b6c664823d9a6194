// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/note.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

constexpr char kAlgorithmEd25519 = 0x01;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kKeyNameBytesMax = 256;
constexpr std::size_t kExtensionsMax = 16;
constexpr std::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // an em dash and a space
constexpr std::string_view kPrivatePrefix = "PRIVATE+KEY+";

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using KeyContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

absl::Status BadNote(std::string_view message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "NOTE_INVALID", message);
}
absl::Status BadCheckpoint(std::string_view message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "CHECKPOINT_INVALID", message);
}
absl::Status BadKey(std::string_view message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "LOG_KEY_INVALID", message);
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Our own names are plain: a note's rule (no spaces, no plus) restricted to visible ASCII and
// UTF-8 above it.
bool KeyNameOk(std::string_view name) {
  if (name.empty() || name.size() > kKeyNameBytesMax) return false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '+') return false;
  }
  return true;
}

// Well-formed UTF-8 without control characters other than newline.
bool TextOk(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      if ((lead < 0x20 && lead != '\n') || lead == 0x7f) return false;
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i < length) return false;
    char32_t code = lead & (0xffu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      if ((byte & 0xc0) != 0x80) return false;
      code = (code << 6) | (byte & 0x3f);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    i += length;
  }
  return true;
}

// Base64 in its one right form: padded, no spaces, no stray bits.
bool DecodeBase64(std::string_view text, std::string* bytes) {
  auto decoded = common::Base64Decode(text);
  if (!decoded.ok()) return false;
  *bytes = *std::move(decoded);
  return common::Base64Encode(*bytes) == text;
}

std::optional<std::uint32_t> ParseKeyId(std::string_view hex) {
  std::uint32_t id = 0;
  if (hex.size() != 8 || !absl::SimpleHexAtoi(Abs(hex), &id) ||
      absl::StrFormat("%08x", id) != hex) {
    return std::nullopt;
  }
  return id;
}

std::string PutKeyId(std::uint32_t id) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((id >> shift) & 0xff));
  }
  return bytes;
}

std::uint32_t TakeKeyId(std::string_view bytes) {
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) id = (id << 8) | static_cast<unsigned char>(bytes[i]);
  return id;
}

absl::StatusOr<NoteSignature> ParseSignature(std::string_view line) {
  if (!ConsumeStart(line, kSignaturePrefix)) {
    return BadNote("a signature line of the note does not begin with an em dash and a space.");
  }
  const std::size_t space = line.find(' ');
  std::string bytes;
  if (space == std::string_view::npos || !KeyNameOk(line.substr(0, space)) ||
      !DecodeBase64(line.substr(space + 1), &bytes) || bytes.size() < 5) {
    return BadNote("a signature line of the note is not a key name and base64.");
  }
  return NoteSignature{std::string(line.substr(0, space)), TakeKeyId(bytes), bytes.substr(4)};
}

// "<name>+<hex id>+<base64>" into its name, id and key bytes.
struct KeyText {
  std::string name;
  std::uint32_t id = 0;
  std::string key;
};

absl::StatusOr<KeyText> ParseKeyText(std::string_view text) {
  const std::vector<std::string_view> parts = Split(text, '+', 2);
  if (parts.size() != 3 || !KeyNameOk(parts[0])) {
    return BadKey("a key has the form <name>+<hash>+<base64>.");
  }
  const auto id = ParseKeyId(parts[1]);
  std::string key;
  if (!id || !DecodeBase64(parts[2], &key) || key.size() != kKeyBytes + 1) {
    return BadKey("the key's hash is not 8 hex digits, or the key itself is not 33 base64 bytes.");
  }
  if (key[0] != kAlgorithmEd25519) return BadKey("the key is not an Ed25519 key (algorithm 1).");
  return KeyText{std::string(parts[0]), *id, key.substr(1)};
}

}  // namespace

absl::StatusOr<Note> ParseNote(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) return BadNote("a note has at most 64 KiB.");
  if (!TextOk(bytes)) return BadNote("a note is UTF-8 text without control characters.");
  const std::size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos || bytes.back() != '\n') {
    return BadNote("a note is a text, an empty line and signature lines that end in a newline.");
  }
  Note note;
  note.text = std::string(bytes.substr(0, split + 1));
  std::string_view lines = bytes.substr(split + 2);
  if (lines.empty()) return BadNote("the note has no signature line.");
  lines.remove_suffix(1);
  for (const std::string_view line : Split(lines, '\n')) {
    if (note.signatures.size() == kNoteSignaturesMax) {
      return BadNote("a note has at most 64 signatures.");
    }
    auto signature = ParseSignature(line);
    if (!signature.ok()) return signature.status();
    note.signatures.push_back(*std::move(signature));
  }
  return note;
}

std::string FormatSignature(const NoteSignature& signature) {
  return Cat(kSignaturePrefix, signature.name, " ",
             common::Base64Encode(PutKeyId(signature.key_id) + signature.bytes), "\n");
}

std::string FormatNote(const Note& note) {
  std::string bytes = Cat(note.text, "\n");
  for (const NoteSignature& signature : note.signatures) bytes += FormatSignature(signature);
  return bytes;
}

std::uint32_t Ed25519KeyId(std::string_view name, std::string_view public_key) {
  const Hash hash = Sha256(Cat(name, "\n", std::string_view(&kAlgorithmEd25519, 1), public_key));
  return TakeKeyId(HashBytes(hash));
}

absl::StatusOr<NoteVerifier> NoteVerifier::FromKey(std::string_view name,
                                                   std::string_view public_key) {
  if (!KeyNameOk(name) || public_key.size() != kKeyBytes) {
    return BadKey("a key has a name without spaces and plus signs, and 32 bytes.");
  }
  NoteVerifier verifier;
  verifier.name_ = std::string(name);
  verifier.key_id_ = Ed25519KeyId(name, public_key);
  verifier.public_key_ = std::string(public_key);
  return verifier;
}

absl::StatusOr<NoteVerifier> NoteVerifier::Parse(std::string_view vkey) {
  auto text = ParseKeyText(Trimmed(vkey));
  if (!text.ok()) return text.status();
  auto verifier = FromKey(text->name, text->key);
  if (!verifier.ok()) return verifier.status();
  if (verifier->key_id_ != text->id) return BadKey("the key's hash does not belong to the key.");
  return verifier;
}

std::string NoteVerifier::Vkey() const {
  return absl::StrFormat(
      "%s+%08x+%s", name_, key_id_,
      common::Base64Encode(Cat(std::string_view(&kAlgorithmEd25519, 1), public_key_)));
}

bool NoteVerifier::Signed(const Note& note) const {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key_),
                                            public_key_.size()),
                &EVP_PKEY_free);
  if (!key) return false;
  for (const NoteSignature& signature : note.signatures) {
    if (signature.name != name_ || signature.key_id != key_id_) continue;
    const KeyContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.get(), Bytes(signature.bytes), signature.bytes.size(),
                         Bytes(note.text), note.text.size()) == 1) {
      return true;
    }
  }
  return false;
}

NoteSigner::NoteSigner(std::string seed, NoteVerifier verifier)
    : seed_(std::move(seed)), verifier_(std::move(verifier)) {}

NoteSigner::~NoteSigner() { OPENSSL_cleanse(seed_.data(), seed_.size()); }

absl::StatusOr<NoteSigner> NoteSigner::Generate(std::string_view name) {
  std::string seed(kKeyBytes, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(seed.data()), kKeyBytes) != 1) {
    return common::Error(absl::StatusCode::kInternal, "CRYPTO_FAILED",
                         "the system gave no random bytes for a new key.");
  }
  return FromSeed(name, seed);
}

absl::StatusOr<NoteSigner> NoteSigner::FromSeed(std::string_view name, std::string_view seed) {
  if (seed.size() != kKeyBytes) return BadKey("the seed of an Ed25519 key has 32 bytes.");
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), seed.size()),
                &EVP_PKEY_free);
  std::string public_key(kKeyBytes, '\0');
  std::size_t size = public_key.size();
  if (!key || EVP_PKEY_get_raw_public_key(
                  key.get(), reinterpret_cast<unsigned char*>(public_key.data()), &size) != 1) {
    return common::Error(absl::StatusCode::kInternal, "CRYPTO_FAILED",
                         "the public key could not be computed from the seed.");
  }
  auto verifier = NoteVerifier::FromKey(name, public_key);
  if (!verifier.ok()) return verifier.status();
  return NoteSigner(std::string(seed), *std::move(verifier));
}

absl::StatusOr<NoteSigner> NoteSigner::Parse(std::string_view skey) {
  skey = Trimmed(skey);
  if (!ConsumeStart(skey, kPrivatePrefix)) {
    return BadKey("a private key begins with PRIVATE+KEY+.");
  }
  auto text = ParseKeyText(skey);
  if (!text.ok()) return text.status();
  auto signer = FromSeed(text->name, text->key);
  if (!signer.ok()) return signer.status();
  if (signer->verifier_.key_id() != text->id) {
    return BadKey("the private key's hash does not belong to the key.");
  }
  return signer;
}

std::string NoteSigner::Skey() const {
  return absl::StrFormat("%s%s+%08x+%s", kPrivatePrefix, verifier_.name(), verifier_.key_id(),
                         common::Base64Encode(Cat(std::string_view(&kAlgorithmEd25519, 1), seed_)));
}

absl::StatusOr<Note> NoteSigner::Sign(std::string_view text) const {
  if (text.empty() || text.back() != '\n' || !TextOk(text) || text.size() > kNoteBytesMax / 2) {
    return BadNote("only UTF-8 text of at most 32 KiB that ends in a newline can be signed.");
  }
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed_), seed_.size()),
                &EVP_PKEY_free);
  const KeyContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string signature(64, '\0');
  std::size_t size = signature.size();
  if (!key || !context ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Bytes(text), text.size()) != 1) {
    return common::Error(absl::StatusCode::kInternal, "CRYPTO_FAILED", "signing failed.");
  }
  return Note{std::string(text), {{verifier_.name(), verifier_.key_id(), signature}}};
}

absl::StatusOr<Note> OpenNote(std::string_view bytes, const NoteVerifier& verifier) {
  auto note = ParseNote(bytes);
  if (!note.ok()) return note.status();
  if (!verifier.Signed(*note)) {
    return common::Error(
        absl::StatusCode::kDataLoss, "NOTE_UNSIGNED",
        Cat("the note carries no valid signature of the key ", verifier.Vkey(), "."));
  }
  return note;
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  std::string text = Cat(checkpoint.origin, "\n", checkpoint.size, "\n",
                         common::Base64Encode(HashBytes(checkpoint.root)), "\n");
  for (const std::string& line : checkpoint.extensions) text += Cat(line, "\n");
  return text;
}

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text) {
  if (text.empty() || text.back() != '\n') return BadCheckpoint("it ends in no newline.");
  const std::vector<std::string_view> lines = Split(text.substr(0, text.size() - 1), '\n');
  if (lines.size() < 3 || lines.size() > 3 + kExtensionsMax) {
    return BadCheckpoint("a checkpoint is three lines and at most 16 extension lines.");
  }
  Checkpoint checkpoint;
  checkpoint.origin = std::string(lines[0]);
  if (lines[0].empty()) return BadCheckpoint("the origin line is empty.");
  if (!absl::SimpleAtoi(Abs(lines[1]), &checkpoint.size) || Cat(checkpoint.size) != lines[1] ||
      checkpoint.size > kTreeSizeMax) {
    return BadCheckpoint("the second line is no log size in plain decimal digits.");
  }
  std::string root;
  if (!DecodeBase64(lines[2], &root) || root.size() != kKeyBytes) {
    return BadCheckpoint("the third line is no base64 of 32 bytes.");
  }
  checkpoint.root = *HashFromBytes(root);
  for (std::size_t i = 3; i < lines.size(); ++i) {
    if (lines[i].empty()) return BadCheckpoint("an extension line is empty.");
    checkpoint.extensions.emplace_back(lines[i]);
  }
  return checkpoint;
}

}  // namespace loopdock::traceability
