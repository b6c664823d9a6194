# How a target of ours is built: one function for libraries, one for programs, one for tests.
# Generated code is exempt from our warnings; it lives in the target loopdock_protos.

set(LOOPDOCK_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)

function(loopdock_settings target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${LOOPDOCK_WARNINGS})
endfunction()

# loopdock_library(name SOURCES a.cc b.cc DEPS x y [PCH header...])
function(loopdock_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PCH" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  loopdock_settings(${name})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  if(ARG_PCH)
    target_precompile_headers(${name} PRIVATE ${ARG_PCH})
  endif()
endfunction()

# loopdock_program(name SOURCES main.cc DEPS x y)
function(loopdock_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  loopdock_settings(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
endfunction()

# loopdock_test(name LABEL unit SOURCES a_test.cc DEPS x y [TIMEOUT seconds]): one GoogleTest
# program that ctest runs as one test; the programs under test are found through LOOPDOCK_BIN_DIR.
function(loopdock_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS;PCH;ARGS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  loopdock_settings(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  if(ARG_PCH)
    target_precompile_headers(${name} PRIVATE ${ARG_PCH})
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "LOOPDOCK_BIN_DIR=${CMAKE_BINARY_DIR}/bin;LOOPDOCK_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endfunction()
