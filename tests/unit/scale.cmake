# Marks, planes, lenses.
loopdock_test(vision_scale_test LABEL unit
  SOURCES unit/vision/scale_test.cc
  DEPS loopdock_vision_scale loopdock_test_render)
