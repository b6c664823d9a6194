# The pool with real workers, and with one that dies.
loopdock_program(vision-naive-worker
  SOURCES integration/vision_naive_worker.cc
  DEPS loopdock_vision_frame ZXing::ZXing opencv_imgcodecs)
loopdock_test(vision_pool_test LABEL integration
  SOURCES integration/vision_pool_test.cc
  DEPS loopdock_vision loopdock_test_pictures loopdock_hostile_inputs)
add_dependencies(vision_pool_test loopdock-vision vision-naive-worker)
# Pictures taken with a camera.
loopdock_test(vision_capture_test LABEL integration
  SOURCES integration/vision_capture_test.cc tools/rtsp_source.cc
  DEPS loopdock_vision_capture opencv_imgcodecs opencv_videoio)
add_dependencies(vision_capture_test loopdock-vision loopdock-camera)
