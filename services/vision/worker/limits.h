// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_WORKER_LIMITS_H_
#define LOOPDOCK_SERVICES_VISION_WORKER_LIMITS_H_

// What the worker takes from itself before it looks at the first picture, for good; and the process
// that takes a picture with a camera, once the camera is open.
// Thread safety: for the main thread; holds for all that there are.
// Errors: UNAVAILABLE with the call that failed; the worker must not go on then.
// Limits: address space 1.5 GiB, four open files (the socket, standard output and error, one
// picture), no core file, no file size; system calls only for memory, time, signals and the open
// socket: no open, socket, connect, exec, fork, clone, ptrace; no executable memory. A camera also
// has its device's calls (ioctl), its connection's (send, receive) and waiting.

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace loopdock::vision {

// What is left to do: to look at pictures that are sent, or to take some from an open camera.
enum class Closed { kPictures, kCamera };

absl::Status CloseIn(Closed to);

// The kernel ends the worker when it has used so much more processor time, in whole seconds.
void AllowCpuTime(absl::Duration more);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_WORKER_LIMITS_H_
