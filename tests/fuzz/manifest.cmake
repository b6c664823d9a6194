# One target a form of manifest files.
foreach(form csv x12 json)
  string(TOUPPER ${form} form_upper)
  loopdock_fuzz(manifest_${form}_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/manifest_fuzz.cc
    DEPS loopdock_intake_core)
  target_compile_definitions(manifest_${form}_fuzz PRIVATE LOOPDOCK_FUZZ_${form_upper})
endforeach()
