loopdock_fuzz(filter_fuzz
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/filter_fuzz.cc
  DEPS loopdock_inventory_core)
