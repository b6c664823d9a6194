// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_CALLBACK_QUEUE_H_
#define LOOPDOCK_SERVICES_COMMON_CALLBACK_QUEUE_H_

// gRPC 1.51 serves the callback API of a whole process from one counted queue. When the last server
// or channel that uses it goes, the queue is torn down, and that teardown races with its own
// threads: now and then the process aborts on "assertion failed: prior > 0".
// Thread safety: a free function, safe from any thread.

namespace loopdock::common {

// Keeps the queue for the life of the process, so that the teardown never runs. Once is enough;
// call it before the first server or stub of the callback API goes away.
void HoldCallbackQueue();

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_CALLBACK_QUEUE_H_
