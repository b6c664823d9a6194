loopdock_fuzz(printed_value_fuzz
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/printed_value_fuzz.cc
  DEPS loopdock_vision_text)
