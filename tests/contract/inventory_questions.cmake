loopdock_test(inventory_questions_test LABEL contract
  SOURCES contract/inventory_questions_test.cc
  DEPS loopdock_inventory)
