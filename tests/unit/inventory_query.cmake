loopdock_test(inventory_filter_test LABEL unit
  SOURCES unit/inventory_filter_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_index_test LABEL unit
  SOURCES unit/inventory_index_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_export_test LABEL unit
  SOURCES unit/inventory_export_test.cc
  DEPS loopdock_inventory_core)
