# The commands that need no server; they start the worker that lies beside the test.
loopdock_test(cli_test
  LABEL unit
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/cli_discrepancies_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/cli_inspect_watch_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/cli_main_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/cli_parts_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/cli_verbs_test.cc
  DEPS loopdock_cli)
add_dependencies(cli_test loopdock-vision)
# The receiving terminal's logic, with a server that is none.
loopdock_test(cli_receive_test
  LABEL unit
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/cli_receive_open_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/cli_receive_test.cc
  DEPS loopdock_cli)
