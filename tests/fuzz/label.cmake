loopdock_fuzz(label_fuzz
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/label_fuzz.cc
  DEPS loopdock_intake_core)
loopdock_fuzz(label_choices_fuzz
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/label_choices_fuzz.cc
  DEPS loopdock_intake_core)
loopdock_fuzz(catalog_lists_fuzz
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/catalog_lists_fuzz.cc
  DEPS loopdock_cli_lists)
