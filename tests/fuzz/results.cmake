# One target a form of result files.
foreach(form nwipe blancco csv workbench json)
  string(TOUPPER ${form} form_upper)
  loopdock_fuzz(results_${form}_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/results_fuzz.cc
    DEPS loopdock_grading_results)
  target_compile_definitions(results_${form}_fuzz PRIVATE
    LOOPDOCK_FUZZ_FORMAT=RESULT_FORMAT_${form_upper})
endforeach()
