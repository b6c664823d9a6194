# How well defects are measured; linked into loopdock-accuracy (vision.cmake).
loopdock_library(loopdock_accuracy_screens
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/screens_accuracy.cc ${CMAKE_CURRENT_LIST_DIR}/screens_roc.cc
  DEPS loopdock_accuracy loopdock_grading_core loopdock_vision)
