loopdock_test(cli_catalog_test
  LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/cli_catalog_test.cc
  DEPS loopdock_cli_lists)
