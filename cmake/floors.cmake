# privquant_floor(NAME USES ...): the static library privquant_NAME from src/NAME/*.cc.
# USES is handed to target_link_libraries. A folder with headers only becomes an interface library.

add_library(privquant_warnings INTERFACE)
target_compile_options(privquant_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror)

add_library(privquant_sanitize INTERFACE)
if(PRIVQUANT_SANITIZE)
  # GCC takes what sanitizers add for paths that leave members of a std::optional unset; Clang has no such warning.
  target_compile_options(privquant_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_compile_options(privquant_sanitize INTERFACE
    -fsanitize=${PRIVQUANT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(privquant_sanitize INTERFACE -fsanitize=${PRIVQUANT_SANITIZE})
endif()

function(privquant_floor name)
  cmake_parse_arguments(FLOOR "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  if(sources)
    add_library(privquant_${name} STATIC ${sources})
    target_include_directories(privquant_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(privquant_${name} ${FLOOR_USES} PRIVATE privquant_warnings PUBLIC privquant_sanitize)
  else()
    add_library(privquant_${name} INTERFACE)
    target_include_directories(privquant_${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    list(TRANSFORM FLOOR_USES REPLACE "^(PUBLIC|PRIVATE)$" "INTERFACE")
    target_link_libraries(privquant_${name} ${FLOOR_USES})
  endif()
endfunction()

# privquant_precompile(TARGET HEADERS...): headers that nearly every file of TARGET reads and that take longer than the
# file itself. Each file includes what it uses all the same: clang-tidy compiles without (tools/lint.sh).
function(privquant_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>) # for ccache
endfunction()
