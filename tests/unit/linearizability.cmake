loopdock_test(linearizability_test LABEL unit
  SOURCES unit/linearizability_test.cc)
