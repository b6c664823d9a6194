# What the query index costs and gives on a large store.
loopdock_program(loopdock-index-bench
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/big_store.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/index_bench.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/load.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/scan_commands.cc
  DEPS loopdock_inventory_core loopdock_intake_core loopdock_client)
