# Stores under disks that fail, lose power or rot.
add_library(loopdock_crash_script STATIC
  ${CMAKE_CURRENT_SOURCE_DIR}/crash/faulty_file_system.cc
  ${CMAKE_CURRENT_SOURCE_DIR}/crash/script.cc)
loopdock_settings(loopdock_crash_script)
target_link_libraries(loopdock_crash_script PUBLIC loopdock_storage absl::str_format
  RocksDB::rocksdb-shared)

loopdock_test(io_fault_test LABEL crash TIMEOUT 600
  SOURCES crash/io_fault_test.cc
  DEPS loopdock_crash_script)
loopdock_test(bit_flip_test LABEL crash TIMEOUT 300
  SOURCES crash/bit_flip_test.cc
  DEPS loopdock_crash_script)
