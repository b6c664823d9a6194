# Marks, planes, lenses, sheets; drawings.
loopdock_test(vision_scale_test LABEL unit
  SOURCES unit/vision/scale_test.cc unit/vision/sheet_pdf_test.cc
  DEPS loopdock_vision_scale loopdock_test_render)
loopdock_test(vision_draw_test LABEL unit
  SOURCES unit/vision/draw_test.cc
  DEPS loopdock_vision_draw)
loopdock_test(vision_kinds_test LABEL unit
  SOURCES unit/vision/kinds_test.cc
  DEPS loopdock_vision_measure loopdock_test_render)
loopdock_test(vision_sizes_test LABEL unit
  SOURCES unit/vision/sizes_test.cc
  DEPS loopdock_vision_measure loopdock_test_render loopdock_test_pictures)
