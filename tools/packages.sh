# shellcheck shell=bash disable=SC2034
# The Debian packages, by what needs them. docs/dependencies.md says why each was chosen.

build_packages=(g++ cmake ninja-build ccache pkg-config libsodium-dev libssl-dev libhwy-dev libasio-dev
  libprotobuf-dev protobuf-compiler libpng-dev libjpeg62-turbo-dev zlib1g-dev libcli11-dev libfmt-dev
  libspdlog-dev nlohmann-json3-dev libonnx-dev coinor-libcbc-dev)
data_packages=(dataset-fashion-mnist)
lint_packages=(clang-format clang-tidy shellcheck python3)
test_packages=(libgtest-dev libgmock-dev librapidcheck-dev openssl git)
bench_packages=(libbenchmark-dev)
fuzz_packages=(clang-14 libclang-rt-14-dev)
training_packages=(libtorch-dev libopenblas0-pthread)
tutorial_packages=(python3-torch)
