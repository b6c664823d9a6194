loopdock_test(routing_policy_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/routing_policy_test.cc
  DEPS loopdock_routing_core)
loopdock_test(routing_decider_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/routing_decider_test.cc
  DEPS loopdock_routing)
