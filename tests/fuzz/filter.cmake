# Fuzzing needs libFuzzer, which comes with clang.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  loopdock_program(filter_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/filter_fuzz.cc
    DEPS loopdock_inventory_core)
  target_link_options(filter_fuzz PRIVATE -fsanitize=fuzzer)
endif()
