# Backups and restores through the real programs, with one process and with one a service.
if(TARGET loopdockd)
  loopdock_test(backup_test LABEL e2e TIMEOUT 300
    SOURCES
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/backup_test.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/cluster.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/floor.cc
    DEPS loopdock_client loopdock_server_process loopdock_traceability_core)
  add_dependencies(backup_test loopdock loopdockd loopdock-vision)
  add_test(NAME backup_split_test COMMAND backup_test)
  get_test_property(backup_test ENVIRONMENT backup_environment)
  set_tests_properties(backup_split_test PROPERTIES LABELS e2e TIMEOUT 300
    ENVIRONMENT "${backup_environment};LOOPDOCK_E2E_MODE=split")
endif()
