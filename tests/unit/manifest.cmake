# Manifest files: the readers, and the import between an inventory and an evidence store of the test;
# labels of containers, and the lines to printers and scales.
loopdock_test(manifest_test LABEL unit
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/manifest_csv_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/manifest_json_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/manifest_x12_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/zpl_test.cc
  DEPS loopdock_intake_core)
loopdock_test(manifest_import_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/manifest_import_test.cc
  DEPS loopdock_intake)
loopdock_test(scale_reader_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/scale_reader_test.cc
  DEPS loopdock_client)
