loopdock_test(grading_scale_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/scale_test.cc ${CMAKE_CURRENT_LIST_DIR}/scale_words_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/scale_parse_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/scale_grade_line_test.cc ${CMAKE_CURRENT_LIST_DIR}/scale_check_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/checklists_test.cc ${CMAKE_CURRENT_LIST_DIR}/grading_agreement_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/grading_grader_test.cc
  DEPS loopdock_grading_core)

loopdock_test(grading_lights_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/grading_lights_test.cc
  DEPS loopdock_grading_core)
