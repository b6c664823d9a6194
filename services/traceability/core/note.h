// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_NOTE_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_NOTE_H_

// Signed notes and log checkpoints in the text forms of C2SP (signed-note, tlog-checkpoint), with
// Ed25519 keys.
//
// Thread safety: const members may be called from any thread.
// Ownership: values own their bytes; a Signer holds a private key and wipes it at its end.
// Errors: INVALID_ARGUMENT with NOTE_INVALID, CHECKPOINT_INVALID or LOG_KEY_INVALID for text that
//   is not in its form; DATA_LOSS with NOTE_UNSIGNED when no signature of the asked key holds.
// Limits: a note of 64 KiB, 64 signatures, a key name of 256 bytes, 16 extension lines.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/traceability/core/merkle.h"

namespace loopdock::traceability {

inline constexpr std::size_t kNoteBytesMax = 64 * 1024;
inline constexpr std::size_t kNoteSignaturesMax = 64;

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  std::string bytes;  // without the four bytes of the key id
};

struct Note {
  std::string text;  // ends in a newline
  std::vector<NoteSignature> signatures;
};

// Takes a note apart without judging its signatures.
absl::StatusOr<Note> ParseNote(std::string_view bytes);
// The signature line of one signature, with its newline.
std::string FormatSignature(const NoteSignature& signature);
std::string FormatNote(const Note& note);

// SHA-256(name || "\n" || 0x01 || public key), first four bytes, big-endian.
std::uint32_t Ed25519KeyId(std::string_view name, std::string_view public_key);

// A public key: "<name>+<hex key id>+<base64 of 0x01 and the key>".
class NoteVerifier {
 public:
  static absl::StatusOr<NoteVerifier> Parse(std::string_view vkey);
  static absl::StatusOr<NoteVerifier> FromKey(std::string_view name, std::string_view public_key);

  const std::string& name() const { return name_; }
  std::uint32_t key_id() const { return key_id_; }
  const std::string& public_key() const { return public_key_; }
  std::string Vkey() const;

  // True when one signature of this key is there and holds; signatures of others are ignored.
  bool Signed(const Note& note) const;

 private:
  std::string name_;
  std::uint32_t key_id_ = 0;
  std::string public_key_;
};

// A private key. Its text form is "PRIVATE+KEY+<name>+<hex key id>+<base64 of 0x01 and the seed>".
class NoteSigner {
 public:
  static absl::StatusOr<NoteSigner> Generate(std::string_view name);
  static absl::StatusOr<NoteSigner> FromSeed(std::string_view name, std::string_view seed);
  static absl::StatusOr<NoteSigner> Parse(std::string_view skey);
  NoteSigner(NoteSigner&& other) noexcept = default;
  NoteSigner& operator=(NoteSigner&& other) noexcept = default;
  ~NoteSigner();

  const NoteVerifier& verifier() const { return verifier_; }
  std::string Skey() const;
  // The text (which ends in a newline) with one signature.
  absl::StatusOr<Note> Sign(std::string_view text) const;

 private:
  NoteSigner(std::string seed, NoteVerifier verifier);
  std::string seed_;
  NoteVerifier verifier_;
};

// Parses a note and demands a signature of `verifier`.
absl::StatusOr<Note> OpenNote(std::string_view bytes, const NoteVerifier& verifier);

// What a checkpoint says: this log had this root at this size.
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
  std::vector<std::string> extensions;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

std::string FormatCheckpoint(const Checkpoint& checkpoint);
absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text);

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_NOTE_H_
