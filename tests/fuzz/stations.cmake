# What comes from scanners, scales and the disk of a station.
loopdock_fuzz(receive_input_fuzz
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/receive_input_fuzz.cc
  DEPS loopdock_cli)
loopdock_fuzz(scale_line_fuzz
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/scale_line_fuzz.cc
  DEPS loopdock_client)
loopdock_fuzz(scan_journal_fuzz
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/scan_journal_fuzz.cc
  DEPS loopdock_client)
