loopdock_test(traceability_service_test LABEL integration
  SOURCES integration/traceability_service_test.cc
  DEPS loopdock_traceability)
