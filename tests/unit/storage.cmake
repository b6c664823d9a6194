loopdock_test(storage_test
  LABEL unit
  SOURCES unit/storage_disk_reserve_test.cc unit/storage_format_test.cc unit/storage_high_water_test.cc
  DEPS loopdock_storage)
