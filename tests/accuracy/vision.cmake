# How well pictures are read and measured; `make accuracy` runs it.
loopdock_library(loopdock_accuracy
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/accuracy.cc ${CMAKE_CURRENT_LIST_DIR}/decode_accuracy.cc
          ${CMAKE_CURRENT_LIST_DIR}/decode_counts.cc ${CMAKE_CURRENT_LIST_DIR}/decode_truth.cc
          ${CMAKE_CURRENT_LIST_DIR}/pallet_accuracy.cc ${CMAKE_CURRENT_LIST_DIR}/picture_reading.cc
          ${CMAKE_CURRENT_LIST_DIR}/tilted_accuracy.cc ${CMAKE_CURRENT_LIST_DIR}/tilted_pictures.cc
  DEPS loopdock_intake_core loopdock_vision loopdock_base loopdock_protos loopdock_plain_reader
       loopdock_test_pictures)
loopdock_program(loopdock-accuracy
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/accuracy_main.cc
  DEPS loopdock_accuracy loopdock_accuracy_screens loopdock_accuracy_rendered CLI11::CLI11)
add_dependencies(loopdock-accuracy loopdock-vision)
