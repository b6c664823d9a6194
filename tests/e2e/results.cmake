# Results of other tools through the real programs, with one process and with one a service.
if(TARGET loopdockd AND TARGET loopdock)
  loopdock_test(e2e_results_test LABEL e2e TIMEOUT 300
    SOURCES
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/cluster.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/floor.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/results_test.cc
    DEPS loopdock_client loopdock_server_process loopdock_traceability_core)
  add_dependencies(e2e_results_test loopdockd loopdock loopdock-vision)
  add_test(NAME e2e_results_split_test COMMAND e2e_results_test)
  get_test_property(e2e_results_test ENVIRONMENT e2e_results_environment)
  set_tests_properties(e2e_results_split_test PROPERTIES LABELS e2e TIMEOUT 300
    ENVIRONMENT "${e2e_results_environment};LOOPDOCK_E2E_MODE=split")
endif()
