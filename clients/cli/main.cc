// SPDX-License-Identifier: Apache-2.0
// loopdock: the command line; docs/reference/cli.md.

#include "clients/cli/cli.h"

int main(int argc, char** argv) { return loopdock::cli::Main(argc, argv); }
