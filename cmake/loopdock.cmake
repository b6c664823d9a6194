# How a target of ours is built: one function for libraries, one for programs, one for tests.
# Generated code is exempt from our warnings; it lives in the target loopdock_protos.

# A designated initializer leaves the other members at their defaults on purpose.
set(LOOPDOCK_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  -Wno-missing-field-initializers)

# TEMPORARY while the rooms are being built: a source that is not there yet is left out.
function(loopdock_existing out)
  set(found "")
  foreach(source ${ARGN})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${source} OR EXISTS ${source})
      list(APPEND found ${source})
    else()
      message(WARNING "missing ${source}")
    endif()
  endforeach()
  if(NOT found)
    file(WRITE ${CMAKE_BINARY_DIR}/empty.cc "")
    set(found ${CMAKE_BINARY_DIR}/empty.cc)
  endif()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

function(loopdock_settings target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${LOOPDOCK_WARNINGS})
endfunction()

# loopdock_library(name SOURCES a.cc b.cc DEPS x y [PCH header...])
function(loopdock_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PCH" ${ARGN})
  loopdock_existing(ARG_SOURCES ${ARG_SOURCES})
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
  loopdock_existing(ARG_SOURCES ${ARG_SOURCES})
  add_executable(${name} ${ARG_SOURCES})
  loopdock_settings(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
endfunction()

# loopdock_test(name LABEL unit SOURCES a_test.cc DEPS x y [TIMEOUT seconds]): one GoogleTest
# program that ctest runs as one test; the programs under test are found through LOOPDOCK_BIN_DIR.
function(loopdock_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS;PCH;ARGS" ${ARGN})
  loopdock_existing(ARG_SOURCES ${ARG_SOURCES})
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
