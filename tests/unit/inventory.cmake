loopdock_test(inventory_guards_test LABEL unit
  SOURCES unit/inventory_guards_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_machine_test LABEL unit
  SOURCES unit/inventory_machine_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_format_test LABEL unit
  SOURCES unit/inventory_format_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_model_test LABEL unit
  SOURCES unit/inventory_model_test.cc
  DEPS loopdock_inventory_core)
