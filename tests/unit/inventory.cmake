loopdock_test(inventory_guards_test LABEL unit
  SOURCES unit/inventory_guards_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_rules_test LABEL unit
  SOURCES unit/inventory_rules_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_machine_test LABEL unit
  SOURCES unit/inventory_machine_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_format_test LABEL unit
  SOURCES unit/inventory_format_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_outbound_test LABEL unit
  SOURCES unit/inventory_outbound_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_model_test LABEL unit
  SOURCES unit/inventory_model_test.cc
    unit/model/choices.cc unit/model/command.cc
    unit/model/model.cc unit/model/model_life.cc unit/model/model_outbound.cc
    unit/model/model_rules.cc
    unit/model/subject.cc unit/model/subject_life.cc unit/model/subject_outbound.cc
    unit/model/subject_rules.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_batch_test LABEL unit
  SOURCES unit/inventory_batch_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_life_test LABEL unit
  SOURCES unit/inventory_life_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_receiving_test LABEL unit
  SOURCES unit/inventory_receiving_test.cc
  DEPS loopdock_inventory_core)
loopdock_test(inventory_identity_test LABEL unit
  SOURCES unit/inventory_identity_test.cc
  DEPS loopdock_inventory_core)
