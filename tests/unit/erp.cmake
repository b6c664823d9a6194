# The example ERP connector without a server.
if(TARGET loopdock_erp)
  loopdock_test(erp_test LABEL unit
    SOURCES
      ${CMAKE_CURRENT_SOURCE_DIR}/unit/erp_database_test.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/unit/erp_rows_test.cc
    DEPS loopdock_erp)
endif()
