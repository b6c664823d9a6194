loopdock_test(inventory_service_test LABEL contract
  SOURCES contract/inventory_service_test.cc
  DEPS loopdock_inventory)
