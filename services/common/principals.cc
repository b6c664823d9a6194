// SPDX-License-Identifier: Apache-2.0
#include "services/common/principals.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/log.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/common/toml.h"

namespace loopdock::common {
namespace {

constexpr size_t kPrincipalsMax = 10'000;
constexpr std::int64_t kTokenBytesMax = 4096;

absl::Status Invalid(const std::string& path, std::int64_t line, const std::string& why) {
  return Error(absl::StatusCode::kInvalidArgument, "PRINCIPALS_INVALID",
               absl::StrCat(path, ":", line, ": ", why),
               {{"path", path}, {"line", absl::StrCat(line)}});
}

// What tells one version of a file from another; "" when it is not there.
std::string VersionOf(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return "";
  return absl::StrCat(info.st_ino, ":", info.st_size, ":", info.st_mtim.tv_sec, ":",
                      info.st_mtim.tv_nsec);
}

absl::StatusOr<std::vector<std::string>> Strings(const toml::table& entry, std::string_view key) {
  std::vector<std::string> values;
  const toml::array* array = entry[key].as_array();
  if (array == nullptr || array->empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", std::string(key), "' must be a list of at least one string"));
  }
  for (const toml::node& node : *array) {
    const auto value = node.value<std::string>();
    if (!value) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", std::string(key), "' must hold strings only"));
    }
    values.push_back(*value);
  }
  return values;
}

absl::Status CheckKeys(const toml::table& entry) {
  for (const auto& [key, value] : entry) {
    const std::string_view name = key.str();
    if (name != "name" && name != "roles" && name != "sites" && name != "token_sha256") {
      return absl::InvalidArgumentError(absl::StrCat("unknown key '", std::string(name),
                                                     "': use name, roles, sites and token_sha256"));
    }
  }
  return absl::OkStatus();
}

struct Entry {
  Principal principal;
  std::string digest;
};

absl::StatusOr<Entry> ParseEntry(const toml::table& table) {
  if (absl::Status keys = CheckKeys(table); !keys.ok()) return keys;
  Entry entry;
  entry.principal.name = table["name"].value_or(std::string());
  if (!IsValidId(entry.principal.name)) {
    return absl::InvalidArgumentError("'name' must be 1 to 63 letters, digits, '-', '_' or '.'");
  }
  auto roles = Strings(table, "roles");
  if (!roles.ok()) return roles.status();
  for (const std::string& name : *roles) {
    auto role = ParseRole(name);
    if (!role.ok()) return role.status();
    entry.principal.roles.Add(*role);
  }
  auto sites = Strings(table, "sites");
  if (!sites.ok()) return sites.status();
  for (const std::string& site : *sites) {
    if (site != "*" && !IsValidSite(site)) {
      return absl::InvalidArgumentError(absl::StrCat("'", site, "' is not a site or \"*\""));
    }
  }
  entry.principal.sites = *std::move(sites);
  auto digest = HexDecode(table["token_sha256"].value_or(std::string()));
  if (!digest.ok() || digest->size() != kSha256Bytes) {
    return absl::InvalidArgumentError("'token_sha256' must be 64 hexadecimal digits");
  }
  entry.digest = *std::move(digest);
  return entry;
}

// The lock of one folder's first start; waits for the other process.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : descriptor_(::open(absl::StrCat(folder, "/.first-start.lock").c_str(),
                           O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    held_ = descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX) == 0;
  }
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return held_; }

 private:
  int descriptor_;
  bool held_ = false;
};

std::string EntryText(std::string_view name, std::string_view roles, const std::string& token) {
  return absl::StrCat("[[principal]]\nname = \"", std::string(name), "\"\nroles = [",
                      std::string(roles), "]\nsites = [\"*\"]\ntoken_sha256 = \"", Sha256Hex(token),
                      "\"\n\n");
}

std::string NewToken() { return absl::StrCat("ld_", HexEncode(RandomBytes(32))); }

}  // namespace

std::string RoleName(v1::Role role) {
  std::string name = v1::Role_Name(role);
  constexpr std::string_view kPrefix = "ROLE_";
  if (name.rfind(kPrefix, 0) == 0) name.erase(0, kPrefix.size());
  return absl::AsciiStrToLower(name);
}

absl::StatusOr<v1::Role> ParseRole(std::string_view name) {
  v1::Role role = v1::ROLE_UNSPECIFIED;
  const std::string value = absl::StrCat("ROLE_", absl::AsciiStrToUpper(std::string(name)));
  if (v1::Role_Parse(value, &role) && role != v1::ROLE_UNSPECIFIED) return role;
  return Error(absl::StatusCode::kInvalidArgument, "PRINCIPALS_INVALID",
               absl::StrCat("'", std::string(name.substr(0, 40)),
                            "' is not a role: use dock, grader, supervisor, dpr, erp, auditor, "
                            "admin or service"));
}

absl::StatusOr<std::unique_ptr<Principals>> Principals::Load(std::string path, const Clock& clock) {
  std::unique_ptr<Principals> principals(new Principals(std::move(path), clock));
  absl::MutexLock lock(&principals->mutex_);
  if (absl::Status read = principals->Read(); !read.ok()) return read;
  principals->next_look_ = clock.Now() + absl::Seconds(1);
  return principals;
}

absl::StatusOr<Principals::Table> Principals::Parse(const std::string& path,
                                                    const std::string& text) {
  auto root = ParseToml(path, text);
  if (!root.ok()) return root.status();
  for (const auto& [key, value] : *root) {
    if (key.str() != "principal") {
      return Invalid(path, key.source().begin.line,
                     absl::StrCat("unknown key '", std::string(key.str()), "': use [[principal]]"));
    }
  }
  Table table;
  const toml::array* entries = (*root)["principal"].as_array();
  if (entries == nullptr) return Invalid(path, 1, "there is no [[principal]]");
  if (entries->size() > kPrincipalsMax) return Invalid(path, 1, "more than 10,000 principals");
  for (const toml::node& node : *entries) {
    const std::int64_t line = node.source().begin.line;
    if (!node.is_table()) return Invalid(path, line, "a principal must be a table");
    auto entry = ParseEntry(*node.as_table());
    if (!entry.ok()) return Invalid(path, line, std::string(entry.status().message()));
    auto principal = std::make_shared<const Principal>(std::move(entry->principal));
    if (!table.emplace(entry->digest, std::move(principal)).second) {
      return Invalid(path, line, "two principals have the same token");
    }
  }
  return table;
}

absl::Status Principals::Read() {
  std::string version = VersionOf(path_);
  auto text = ReadFile(path_);
  if (!text.ok()) return text.status();
  auto table = Parse(path_, *text);
  if (!table.ok()) return table.status();
  table_ = *std::move(table);
  version_ = std::move(version);
  return absl::OkStatus();
}

void Principals::ReloadIfChanged() {
  const absl::Time now = clock_.Now();
  if (now < next_look_) return;
  next_look_ = now + absl::Seconds(1);
  const std::string version = VersionOf(path_);
  if (version == version_) return;
  if (const absl::Status read = Read(); !read.ok()) {
    LogError("principals_refused", {{"path", path_}, {"message", std::string(read.message())}});
    version_ = version;  // said once for each version
    return;
  }
  LogInfo("principals_loaded", {{"path", path_}, {"count", table_.size()}});
}

absl::StatusOr<std::shared_ptr<const Principal>> Principals::Find(std::string_view token) {
  const std::string digest = Sha256(token);
  absl::MutexLock lock(&mutex_);
  ReloadIfChanged();
  const auto found = table_.find(digest);
  if (found != table_.end()) return found->second;
  return Error(absl::StatusCode::kUnauthenticated, "UNAUTHENTICATED",
               "the token is not known: use one whose SHA-256 is in the principals file");
}

absl::Status PrepareFirstStart(const std::string& data_dir, const std::string& principals,
                               const std::string& service_token) {
  if (absl::Status made = MakeDirectories(data_dir, 0700); !made.ok()) return made;
  FolderLock lock(data_dir);
  if (!lock.held()) {
    return Error(absl::StatusCode::kUnavailable, "FILE_UNWRITABLE",
                 absl::StrCat("cannot lock ", data_dir, ": check its rights"),
                 {{"path", data_dir}});
  }
  std::error_code ignored;
  if (std::filesystem::exists(principals, ignored)) return absl::OkStatus();
  const std::string admin = NewToken();
  const std::string service = NewToken();
  const std::string admin_path = absl::StrCat(data_dir, "/admin.token");
  const std::string text = absl::StrCat(
      "# Who may call Loopdock; read again when it changes. See "
      "docs/operating/configuration.md.\n\n",
      EntryText("admin", R"("dock", "grader", "supervisor", "dpr", "erp", "auditor", "admin")",
                admin),
      EntryText("service", R"("service")", service));
  // The principals come last: while they are missing, the next start makes everything anew.
  for (const auto& [path, content] :
       {std::pair{admin_path, absl::StrCat(admin, "\n")},
        std::pair{service_token, absl::StrCat(service, "\n")}, std::pair{principals, text}}) {
    if (absl::Status wrote = WriteFileAtomically(path, content, 0600); !wrote.ok()) return wrote;
  }
  LogInfo("first_start", {{"admin_file", admin_path}, {"principals", principals}});
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  auto text = ReadFile(path, kTokenBytesMax);
  if (!text.ok()) return text.status();
  return std::string(absl::StripAsciiWhitespace(*text));
}

}  // namespace loopdock::common
