# How a target of ours is built: one function for libraries, one for programs, one for tests.
# Generated code is exempt from our warnings; it lives in the target loopdock_protos.

# A designated initializer leaves the other members at their defaults on purpose.
set(LOOPDOCK_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  -Wno-missing-field-initializers)

function(loopdock_settings target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${LOOPDOCK_WARNINGS})
  set_property(GLOBAL APPEND PROPERTY LOOPDOCK_TARGETS ${target})
endfunction()

# Whether a target of ours links another, directly or through others of ours.
function(loopdock_links out target wanted)
  set(${out} FALSE PARENT_SCOPE)
  get_target_property(linked ${target} LINK_LIBRARIES)
  foreach(library ${linked})
    set(found FALSE)
    if(library STREQUAL wanted)
      set(found TRUE)
    elseif(library MATCHES "^loopdock_" AND TARGET ${library})
      loopdock_links(found ${library} ${wanted})
    endif()
    if(found)
      set(${out} TRUE PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# The record's headers cost most of the time of a file that includes them, and gRPC's with them: all
# targets that link loopdock_server share one precompiled header, the others that link
# loopdock_inventory_core share one without gRPC. The preset `lint` builds without them, so that no
# file relies on what it happens to include.
function(loopdock_precompile name)
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.cc "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE loopdock_protos)
  # With the same flags as its users: -Wpedantic takes away a macro, and g++ checks that.
  target_compile_options(${name} PRIVATE ${LOOPDOCK_WARNINGS})
  target_precompile_headers(${name} PRIVATE <functional> <map> <memory> <string> <vector>
    <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/synchronization/mutex.h>
    <absl/time/time.h> ${ARGN})
endfunction()

function(loopdock_share_precompiled_headers)
  loopdock_precompile(loopdock_precompiled
    <grpcpp/grpcpp.h> <loopdock/inventory/v1/inventory_service.grpc.pb.h>)
  loopdock_precompile(loopdock_precompiled_record
    <absl/container/flat_hash_map.h> <loopdock/inventory/v1/inventory_service.pb.h>)
  get_property(targets GLOBAL PROPERTY LOOPDOCK_TARGETS)
  foreach(target ${targets})
    loopdock_links(uses_grpc ${target} loopdock_server)
    loopdock_links(uses_record ${target} loopdock_inventory_core)
    if(uses_grpc)
      target_precompile_headers(${target} REUSE_FROM loopdock_precompiled)
    elseif(uses_record OR target STREQUAL loopdock_inventory_core)
      target_precompile_headers(${target} REUSE_FROM loopdock_precompiled_record)
    endif()
  endforeach()
endfunction()

# loopdock_library(name SOURCES a.cc b.cc DEPS x y)
function(loopdock_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  loopdock_settings(${name})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
endfunction()

# loopdock_program(name SOURCES main.cc DEPS x y)
function(loopdock_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  loopdock_settings(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
endfunction()

# loopdock_server_malloc(name...): programs that give memory from thread to thread all the time, as a
# server does, use jemalloc; the sanitizers bring an allocator of their own.
function(loopdock_server_malloc)
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    return()
  endif()
  foreach(name ${ARGN})
    target_link_libraries(${name} PRIVATE PkgConfig::JEMALLOC)
  endforeach()
endfunction()

# loopdock_test(name LABEL unit SOURCES a_test.cc DEPS x y [TIMEOUT seconds]): one GoogleTest
# program that ctest runs as one test; the programs under test are found through LOOPDOCK_BIN_DIR.
function(loopdock_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS;ARGS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  loopdock_settings(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "LOOPDOCK_BIN_DIR=${CMAKE_BINARY_DIR}/bin;LOOPDOCK_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endfunction()

# loopdock_fuzz(name SOURCES a_fuzz.cc DEPS x y): with clang a libFuzzer program; else one that runs
# the seeds of tests/fuzz/corpus/<name> and a fixed number of changed ones, as a unit test.
function(loopdock_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    loopdock_program(${name} SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_property(GLOBAL APPEND PROPERTY LOOPDOCK_FUZZ_TARGETS ${name})
    return()
  endif()
  loopdock_program(${name}
    SOURCES ${ARG_SOURCES} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc
    DEPS ${ARG_DEPS})
  add_test(NAME ${name} COMMAND ${name} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
