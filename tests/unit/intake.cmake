loopdock_test(intake_scan_test LABEL unit
  SOURCES
    unit/intake_picture_symbols_test.cc
    unit/intake_scan_record_test.cc
    unit/intake_scan_work_test.cc
    unit/intake_station_queue_test.cc
  DEPS loopdock_intake)
