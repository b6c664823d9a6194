loopdock_test(inventory_service_test LABEL contract
  SOURCES contract/inventory_service_test.cc
  DEPS loopdock_inventory)
loopdock_test(inventory_linearizability_test LABEL contract
  SOURCES contract/inventory_linearizability_test.cc
  DEPS loopdock_inventory)
loopdock_test(inventory_retry_test LABEL contract
  SOURCES contract/inventory_retry_test.cc
  DEPS loopdock_inventory)
loopdock_test(inventory_commands_test LABEL contract
  SOURCES contract/inventory_commands_test.cc
  DEPS loopdock_inventory)
