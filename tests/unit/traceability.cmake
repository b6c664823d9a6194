loopdock_test(traceability_merkle_test LABEL unit
  SOURCES unit/merkle_test.cc unit/tiles_test.cc DEPS loopdock_traceability_core)
loopdock_test(traceability_note_test LABEL unit
  SOURCES unit/note_test.cc unit/trace_record_test.cc DEPS loopdock_traceability_core)
loopdock_test(traceability_epcis_test LABEL unit
  SOURCES unit/epcis_test.cc DEPS loopdock_traceability_core)
loopdock_test(traceability_facts_test LABEL unit
  SOURCES unit/facts_table_test.cc DEPS loopdock_traceability_core)
loopdock_test(traceability_log_store_test LABEL unit
  SOURCES unit/trace_log_store_test.cc DEPS loopdock_traceability)
