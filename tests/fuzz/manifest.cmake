# Fuzzing needs libFuzzer, which comes with clang. One target a form of manifest files.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  foreach(form csv x12 json)
    string(TOUPPER ${form} form_upper)
    loopdock_program(manifest_${form}_fuzz
      SOURCES ${CMAKE_CURRENT_LIST_DIR}/manifest_fuzz.cc
      DEPS loopdock_intake_core)
    target_compile_definitions(manifest_${form}_fuzz PRIVATE LOOPDOCK_FUZZ_${form_upper})
    target_link_options(manifest_${form}_fuzz PRIVATE -fsanitize=fuzzer)
  endforeach()
endif()
