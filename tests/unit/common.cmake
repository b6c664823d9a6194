loopdock_test(common_base_test LABEL unit
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_base_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_executor_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_log_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_page_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_reasons_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_status_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_utf8_test.cc
  DEPS loopdock_base)

loopdock_test(common_server_test LABEL unit
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_config_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_guard_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_host_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_monitor_test.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/common_principals_test.cc
  DEPS loopdock_server)
