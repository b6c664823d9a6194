# Fuzzing needs libFuzzer, which comes with clang.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  loopdock_program(label_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/label_fuzz.cc
    DEPS loopdock_intake_core)
  target_link_options(label_fuzz PRIVATE -fsanitize=fuzzer)
endif()
