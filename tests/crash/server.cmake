# The crash loop: 25 kills as a test, 1,000 by `make crash`.
if(TARGET loopdockd)
  loopdock_program(loopdock-crash
    SOURCES
      ${CMAKE_CURRENT_SOURCE_DIR}/crash/crash_load.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/crash/crash_main.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/cluster.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/floor.cc
    DEPS loopdock_client loopdock_server_process loopdock_traceability_core)
  add_dependencies(loopdock-crash loopdockd loopdock-vision)
  add_test(NAME crash_test COMMAND loopdock-crash --kills=25)
  set_tests_properties(crash_test PROPERTIES LABELS crash TIMEOUT 600
    ENVIRONMENT "LOOPDOCK_BIN_DIR=${CMAKE_BINARY_DIR}/bin;LOOPDOCK_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endif()
