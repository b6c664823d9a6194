// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_DAEMON_FSCK_H_
#define LOOPDOCK_SERVICES_DAEMON_FSCK_H_

// `loopdockd --fsck`: checks every store in the data folder, each by its owner's rules, and prints
// what it found.
// Blocking: reads all data; the server must not be running.

#include "services/common/config.h"

namespace loopdock::daemon {

// True when every store that is there is whole.
bool FsckStores(const common::Config& config);

}  // namespace loopdock::daemon

#endif  // LOOPDOCK_SERVICES_DAEMON_FSCK_H_
