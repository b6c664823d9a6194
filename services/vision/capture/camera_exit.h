// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_CAPTURE_CAMERA_EXIT_H_
#define LOOPDOCK_SERVICES_VISION_CAPTURE_CAMERA_EXIT_H_

// How `loopdock-camera` says what went wrong, to `loopdock-vision --capture`.
// Thread safety: plain values.

namespace loopdock::vision {

enum CameraExit {
  kCameraNotAsked = 2,
  kCameraNotOpened = 3,
  kCameraNotClosed = 4,
  kCameraSilent = 5,
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_CAPTURE_CAMERA_EXIT_H_
