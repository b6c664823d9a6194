loopdock_test(demo_pictures_test LABEL unit
  SOURCES unit/tools/demo_pictures_test.cc
  DEPS loopdock_hostile_inputs loopdock_test_pictures nlohmann_json::nlohmann_json)
add_dependencies(demo_pictures_test loopdock-demo-pictures naive-reader)

find_program(NODE NAMES node nodejs REQUIRED)
add_test(NAME tidy_test
  COMMAND ${NODE} ${CMAKE_CURRENT_SOURCE_DIR}/tidy/tidy_test.mjs ${PROJECT_SOURCE_DIR})
set_tests_properties(tidy_test PROPERTIES LABELS unit TIMEOUT 60)
