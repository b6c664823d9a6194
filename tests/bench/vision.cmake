# Reading beside plain ZXing; the bench program links the library.
loopdock_library(loopdock_bench_decode
  SOURCES bench/decode_bench.cc
  DEPS loopdock_vision loopdock_base loopdock_protos loopdock_test_pictures)
loopdock_program(bench-plain-zxing
  SOURCES bench/plain_zxing.cc
  DEPS loopdock_plain_reader)
add_dependencies(loopdock_bench_decode bench-plain-zxing loopdock-vision)
# Measuring defects beside plain reading.
loopdock_library(loopdock_bench_grade
  SOURCES bench/grade_bench.cc
  DEPS loopdock_vision loopdock_base loopdock_protos loopdock_test_render)
add_dependencies(loopdock_bench_grade loopdock-vision)
loopdock_library(loopdock_bench_report
  SOURCES bench/report.cc
  DEPS loopdock_base gRPC::grpc++ nlohmann_json::nlohmann_json)
loopdock_program(loopdock-vision-bench
  SOURCES bench/vision_bench_main.cc
  DEPS loopdock_bench_decode loopdock_bench_grade loopdock_bench_report)
