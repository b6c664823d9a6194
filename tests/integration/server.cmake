add_library(loopdock_server_process STATIC ${CMAKE_CURRENT_SOURCE_DIR}/integration/server_process.cc)
loopdock_settings(loopdock_server_process)
target_link_libraries(loopdock_server_process PUBLIC loopdock_base)

if(TARGET loopdockd)
  loopdock_test(guard_test LABEL integration
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/integration/guard_test.cc
    DEPS loopdock_server loopdock_server_process)
  add_dependencies(guard_test loopdockd loopdock-vision)
endif()
