# Programs and libraries that only tests use.
find_path(ZINT_INCLUDE_DIR zint.h REQUIRED)
find_library(ZINT_LIBRARY zint REQUIRED)
find_package(ZLIB REQUIRED)

loopdock_library(loopdock_hostile_inputs SOURCES tools/hostile_inputs.cc DEPS ZLIB::ZLIB)

loopdock_library(loopdock_test_pictures
  SOURCES tools/label_painter.cc tools/pallet_painter.cc tools/device_painter.cc
  DEPS opencv_core opencv_imgproc opencv_imgcodecs ${ZINT_LIBRARY})
target_include_directories(loopdock_test_pictures SYSTEM PUBLIC ${ZINT_INCLUDE_DIR})

# Plain ZXing in a child process, for comparison.
loopdock_library(loopdock_plain_reader
  SOURCES tools/plain_reader.cc
  DEPS ZXing::ZXing opencv_core opencv_imgcodecs)
target_compile_definitions(loopdock_plain_reader PRIVATE ZX_USE_UTF8)

loopdock_program(loopdock-demo-pictures
  SOURCES tools/demo_pictures.cc
  DEPS loopdock_test_pictures nlohmann_json::nlohmann_json)

loopdock_program(naive-reader SOURCES tools/naive_reader.cc DEPS ZXing::ZXing opencv_imgcodecs)

# Labels of containers, rendered as printers do and read back.
loopdock_program(zpl-sample SOURCES tools/zpl_sample.cc DEPS loopdock_intake_core)
add_test(NAME zpl_roundtrip_test
  COMMAND ${NODE} ${CMAKE_CURRENT_SOURCE_DIR}/tools/zpl_roundtrip.mjs
    $<TARGET_FILE_DIR:zpl-sample>)
set_tests_properties(zpl_roundtrip_test PROPERTIES LABELS integration TIMEOUT 180)
