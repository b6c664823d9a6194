# The whole house through real processes, once in one process and once with one process a service.
if(TARGET loopdockd)
  loopdock_test(e2e_test LABEL e2e TIMEOUT 300
    SOURCES
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/cluster.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/floor.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/grading_test.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/hostile_input_test.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/hostile_stations_test.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/labels_test.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/receiving_test.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/restart_test.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/way_of_a_device_test.cc
    DEPS loopdock_client loopdock_hostile_inputs loopdock_server_process
      loopdock_traceability_core)
  add_dependencies(e2e_test loopdockd loopdock-vision loopdock-demo-pictures)
  add_test(NAME e2e_split_test COMMAND e2e_test)
  get_test_property(e2e_test ENVIRONMENT e2e_environment)
  set_tests_properties(e2e_split_test PROPERTIES LABELS e2e TIMEOUT 300
    ENVIRONMENT "${e2e_environment};LOOPDOCK_E2E_MODE=split")
endif()
# A pallet received at a terminal.
if(TARGET loopdockd AND TARGET loopdock)
  loopdock_test(e2e_receive_test LABEL e2e TIMEOUT 300
    SOURCES
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/cluster.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/floor.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/receive_test.cc
    DEPS loopdock_client loopdock_receive_process loopdock_traceability_core)
  add_dependencies(e2e_receive_test loopdockd loopdock loopdock-vision)
  add_test(NAME e2e_receive_split_test COMMAND e2e_receive_test)
  get_test_property(e2e_receive_test ENVIRONMENT e2e_receive_environment)
  set_tests_properties(e2e_receive_split_test PROPERTIES LABELS e2e TIMEOUT 300
    ENVIRONMENT "${e2e_receive_environment};LOOPDOCK_E2E_MODE=split")
  # A station with its camera's folder.
  loopdock_test(e2e_station_test LABEL e2e TIMEOUT 300
    SOURCES
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/cluster.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/floor.cc
      ${CMAKE_CURRENT_SOURCE_DIR}/e2e/station_test.cc
    DEPS loopdock_client loopdock_receive_process loopdock_traceability_core loopdock_test_render)
  add_dependencies(e2e_station_test loopdockd loopdock loopdock-vision loopdock-demo-pictures)
endif()
