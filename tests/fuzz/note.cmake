# Fuzzing needs libFuzzer, which comes with clang.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  loopdock_program(note_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/note_fuzz.cc
    DEPS loopdock_traceability_core)
  target_link_options(note_fuzz PRIVATE -fsanitize=fuzzer)
endif()
