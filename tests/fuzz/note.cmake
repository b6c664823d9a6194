loopdock_fuzz(note_fuzz
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/note_fuzz.cc
  DEPS loopdock_traceability_core)
