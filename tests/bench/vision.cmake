# Reading beside plain ZXing; the bench program links the library.
loopdock_library(loopdock_bench_decode
  SOURCES bench/decode_bench.cc
  DEPS loopdock_vision loopdock_base loopdock_protos loopdock_test_pictures)
loopdock_program(bench-plain-zxing
  SOURCES bench/plain_zxing.cc
  DEPS loopdock_plain_reader)
add_dependencies(loopdock_bench_decode bench-plain-zxing loopdock-vision)
loopdock_program(loopdock-decode-bench
  SOURCES bench/decode_bench_main.cc
  DEPS loopdock_bench_decode)
