loopdock_test(daemon_test
  LABEL unit
  SOURCES unit/daemon_backup_test.cc
  DEPS loopdock_backup)
