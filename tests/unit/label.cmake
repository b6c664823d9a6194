loopdock_test(label_test
  LABEL unit
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/label_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/label_choices_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/label_groups_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/label_gs1_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/label_understanding_test.cc
  DEPS loopdock_intake_core)
