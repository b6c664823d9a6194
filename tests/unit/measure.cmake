loopdock_test(measure_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/measure_lines_test.cc ${CMAKE_CURRENT_LIST_DIR}/measure_lit_test.cc ${CMAKE_CURRENT_LIST_DIR}/measure_masks_test.cc ${CMAKE_CURRENT_LIST_DIR}/measure_test.cc ${CMAKE_CURRENT_LIST_DIR}/measure_skeleton_test.cc
  DEPS loopdock_vision_measure loopdock_test_pictures)

loopdock_test(screens_roc_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/screens_roc_test.cc ${PROJECT_SOURCE_DIR}/tests/accuracy/screens_roc.cc)
