loopdock_test(grading_store_test LABEL unit
  SOURCES
    unit/grading_evidence_test.cc
    unit/grading_fsck_test.cc
    unit/grading_inspections_test.cc
    unit/grading_models_test.cc
    unit/grading_outbox_test.cc
  DEPS loopdock_grading)
