# What a station asks of the worker.
loopdock_test(vision_station_test LABEL integration
  SOURCES integration/vision_station_test.cc
  DEPS loopdock_vision loopdock_test_render)
add_dependencies(vision_station_test loopdock-vision)
