# What a store and its group commit cost: the library is the yardstick of `raw/unary/64`.
loopdock_library(loopdock_bench_raw SOURCES bench/raw_write.cc DEPS absl::time absl::status absl::statusor)
target_link_libraries(loopdock_bench_raw PRIVATE RocksDB::rocksdb-shared Threads::Threads)
loopdock_program(loopdock-storage-bench
  SOURCES bench/storage_bench.cc
  DEPS loopdock_bench_raw loopdock_storage)
