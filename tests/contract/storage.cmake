# The suite that every storage driver must pass.
loopdock_test(storage_contract_test
  LABEL contract
  SOURCES contract/committer_contract_test.cc contract/store_contract_test.cc
  DEPS loopdock_storage)
