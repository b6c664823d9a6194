# Grading with real workers.
loopdock_test(grading_service_test LABEL integration
  SOURCES integration/grading_service_test.cc
  DEPS loopdock_grading loopdock_hostile_inputs)
add_dependencies(grading_service_test loopdock-vision)

loopdock_test(station_service_test LABEL integration
  SOURCES integration/station_service_test.cc
  DEPS loopdock_grading)
