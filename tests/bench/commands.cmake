# The command bench: loopdock-bench drives real servers and the yardstick loopdock-bench-raw, whose
# proto is generated here because nothing but the bench serves it.
set(bench_protos ${CMAKE_CURRENT_SOURCE_DIR}/bench/protos)
set(bench_gen ${CMAKE_CURRENT_BINARY_DIR}/bench-protos)
set(bench_base ${bench_gen}/loopdock/bench/v1/raw)
file(MAKE_DIRECTORY ${bench_gen})
add_custom_command(
  OUTPUT ${bench_base}.pb.cc ${bench_base}.pb.h ${bench_base}.grpc.pb.cc ${bench_base}.grpc.pb.h
  COMMAND protobuf::protoc -I ${bench_protos} -I ${PROJECT_SOURCE_DIR}/protos
    --cpp_out=${bench_gen} --grpc_out=${bench_gen}
    --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin> loopdock/bench/v1/raw.proto
  DEPENDS ${bench_protos}/loopdock/bench/v1/raw.proto
  VERBATIM)
add_library(loopdock_bench_protos STATIC ${bench_base}.pb.cc ${bench_base}.grpc.pb.cc)
target_include_directories(loopdock_bench_protos SYSTEM PUBLIC ${bench_gen})
target_link_libraries(loopdock_bench_protos PUBLIC loopdock_protos)

loopdock_library(loopdock_bench_service
  SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/bench/raw_service.cc
  DEPS loopdock_bench_protos loopdock_server loopdock_storage)
loopdock_program(loopdock-bench-raw
  SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/bench/raw_server_main.cc
  DEPS loopdock_bench_service)
loopdock_library(loopdock_bench_load
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/bench_server.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/big_store.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/load.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/scan_commands.cc
  DEPS loopdock_client loopdock_inventory_core loopdock_server_process)
loopdock_program(loopdock-bench
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/bench_main.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/commands_bench.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/dock_bench.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/grade_service_bench.cc
    ${CMAKE_CURRENT_SOURCE_DIR}/bench/log_bench.cc
  DEPS loopdock_bench_load loopdock_bench_service loopdock_bench_decode loopdock_bench_grade
    loopdock_bench_raw loopdock_bench_report
    loopdock_traceability CLI11::CLI11)
add_dependencies(loopdock-bench loopdock-bench-raw loopdock-vision loopdockd)
# The same figures at different numbers of assets.
loopdock_program(loopdock-scale
  SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/bench/scale_main.cc
  DEPS loopdock_bench_load CLI11::CLI11)
add_dependencies(loopdock-scale loopdockd)
loopdock_server_malloc(loopdock-bench loopdock-bench-raw loopdock-scale)
