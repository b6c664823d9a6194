// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_CONSOLE_H_
#define LOOPDOCK_CLIENTS_CLI_CONSOLE_H_

// How text is put on a terminal: tables, and foreign text that must not command it.
// Thread safety: free functions are safe from any thread; a Table is for one.

#include <string>
#include <string_view>
#include <vector>

namespace loopdock::cli {

// Control characters as \u001d, bytes that are no UTF-8 as \xff; at most `characters_max`
// characters, then "...".
std::string Visible(std::string_view text, size_t characters_max = 200);

// One line on standard output, at once there for who reads it through a pipe.
void PrintLine(std::string_view line);

// Rows under headings, each column as wide as its widest cell; no line end after the last row.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_CONSOLE_H_
