// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_SIGNALS_H_
#define LOOPDOCK_SERVICES_COMMON_SIGNALS_H_

// SIGTERM and SIGINT: the handler only writes to an eventfd; a thread reads it.
// Thread safety: safe from any thread. Call BlockUntilSignal once a process.

namespace loopdock::common {

// Waits for the first SIGTERM or SIGINT. From then on a second one ends the process at once with
// status 130. SIGPIPE is ignored.
void BlockUntilSignal();

// Installs the handler; signals that come before BlockUntilSignal are kept.
void CatchSignals();

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_SIGNALS_H_
