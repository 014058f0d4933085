# Everything comes from Debian; docs/dependencies.md says what for.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)
# Kernels are compiled for SSSE3 (the least that an x86-64 machine must have), SSE4, AVX2, AVX-512 and
# AVX-512 with VAES; the machine that runs them chooses. Without -mssse3 the least would be Highway's scalar
# target, which has no AES rounds.
target_compile_definitions(PkgConfig::hwy INTERFACE HWY_WANT_AVX3_DL)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(PkgConfig::hwy INTERFACE -mssse3)
endif()
find_package(OpenSSL 3 REQUIRED)
add_library(asio INTERFACE)
target_compile_definitions(asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
if(PRIVQUANT_SANITIZE MATCHES "thread")  # which does not know fences; Asio's locks order the same accesses
  target_compile_definitions(asio INTERFACE ASIO_DISABLE_FENCED_BLOCK)
endif()
find_package(Protobuf REQUIRED)
find_package(ONNX REQUIRED)
pkg_check_modules(cbc REQUIRED IMPORTED_TARGET cbc)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
if(PRIVQUANT_TRAINING)
  find_package(Torch REQUIRED)
endif()

# The schemas of proto/ as C++ (generated code is not held to our warnings).
file(GLOB schemas CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/proto/*.proto)
if(schemas)
  add_library(privquant_proto STATIC ${schemas})
  protobuf_generate(TARGET privquant_proto IMPORT_DIRS ${PROJECT_SOURCE_DIR}/proto
    PROTOC_OUT_DIR ${PROJECT_BINARY_DIR}/proto)
  target_include_directories(privquant_proto SYSTEM PUBLIC ${PROJECT_BINARY_DIR}/proto)
  target_link_libraries(privquant_proto PUBLIC protobuf::libprotobuf PRIVATE privquant_sanitize)
else()
  add_library(privquant_proto INTERFACE)
endif()
