# The example connector to ERP systems, killed again and again together with the server.
if(TARGET loopdock-erp)
  loopdock_test(e2e_erp_test LABEL e2e TIMEOUT 300
    SOURCES
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/cluster.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/erp_dock.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/erp_expected.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/erp_test.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/floor.cc
    DEPS loopdock_erp loopdock_server_process loopdock_traceability_core)
  add_dependencies(e2e_erp_test loopdockd loopdock-erp loopdock-vision)
endif()
