# How well rendered devices are measured and graded; linked into loopdock-accuracy (vision.cmake).
loopdock_library(loopdock_accuracy_rendered
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/rendered_accuracy.cc ${CMAKE_CURRENT_LIST_DIR}/rendered_run.cc
          ${CMAKE_CURRENT_LIST_DIR}/rendered_grades.cc
          ${CMAKE_CURRENT_LIST_DIR}/rendered_kinds.cc ${CMAKE_CURRENT_LIST_DIR}/rendered_sizes.cc
  DEPS loopdock_accuracy loopdock_accuracy_screens loopdock_grading_core loopdock_vision
       loopdock_test_render)
