// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace loopdock::cli {

Progress::Progress(std::string what, size_t total)
    : what_(std::move(what)), total_(total), terminal_(::isatty(STDOUT_FILENO) == 1) {}

Progress::~Progress() {
  std::printf("%s  %zu of %zu %s\n", terminal_ ? "\r" : "", count_, total_, what_.c_str());
  std::fflush(stdout);
}

void Progress::Add() {
  ++count_;
  if (!terminal_) return;
  std::printf("\r  %zu of %zu %s", count_, total_, what_.c_str());
  std::fflush(stdout);
}

}  // namespace loopdock::cli
