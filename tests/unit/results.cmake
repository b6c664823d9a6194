# Result files: the readers and the key functions.
loopdock_test(results_test LABEL unit
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/results_files_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/results_functions_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/results_problems_test.cc
  DEPS loopdock_grading_results)
# The service between an inventory and an evidence store of the test.
loopdock_test(results_service_test LABEL unit
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/results_fsck_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/results_service_test.cc
  DEPS loopdock_grading)
