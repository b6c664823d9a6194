loopdock_program(gs1-vectors
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/gs1_dictionary.cc
    ${CMAKE_CURRENT_LIST_DIR}/gs1_vectors.cc
  DEPS loopdock_intake_core)
