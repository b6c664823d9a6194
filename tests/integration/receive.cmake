# The receiving terminal at a pseudoterminal.
if(TARGET loopdock)
  loopdock_library(loopdock_receive_process
    SOURCES
      ${CMAKE_CURRENT_SOURCE_DIR}/integration/receive_process.cc
    DEPS loopdock_server_process)
  loopdock_test(receive_terminal_test LABEL integration
    SOURCES
      ${CMAKE_CURRENT_SOURCE_DIR}/integration/receive_terminal_test.cc
    DEPS loopdock_cli loopdock_receive_process)
  add_dependencies(receive_terminal_test loopdock)
endif()
