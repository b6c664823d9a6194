loopdock_test(client_test
  LABEL unit
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/client_journal_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/client_scan_client_test.cc
  DEPS loopdock_client loopdock_mocks)
