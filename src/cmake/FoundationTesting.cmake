# ctest is the only entry point of the tests; each test gets a time limit and a folder of its own.
#
# Most of the long tests wait: for programs that sleep, for time-outs, for MPI to start. So what
# ctest counts as processors are hundredths of a core: `ctest --parallel 200` fills two cores
# (tests/run.sh asks for all; the presets for two), and a test claims its LOAD, the CPU time of all
# its processes in percent of the time it takes. 100, one core, is right for what computes, and if
# in doubt. Tests with SECONDS, about how long they take alone, start first, the longest before all.

set(FOUNDATION_TEST_ROOT "${PROJECT_BINARY_DIR}/test-runs")
# Sanitizers stop at the first report of theirs; what Open MPI leaks is listed in tests/sanitizers/.
set(FOUNDATION_TEST_ENVIRONMENT
  "OMP_NUM_THREADS=2"
  "OMPI_ALLOW_RUN_AS_ROOT=1" "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"
  "OMPI_MCA_mpi_yield_when_idle=1"  # more ranks than cores is the normal case of a test
  "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/sanitizers/leaks.txt:print_suppressions=0"
  "TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1"
  "ASAN_OPTIONS=verify_asan_link_order=0"  # a preloaded library comes before the sanitizer's
  "UBSAN_OPTIONS=print_stacktrace=1")

# foundation_test_properties(<test> [TIMEOUT s] [LOAD percent] [SECONDS s] [LABELS ...]
#   [ENVIRONMENT A=1 ...])
function(foundation_test_properties name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;LOAD;SECONDS" "LABELS;ENVIRONMENT")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(NOT arg_LOAD)
    set(arg_LOAD 100)
  endif()
  if(NOT arg_SECONDS)
    set(arg_SECONDS 0)
  endif()
  if(FOUNDATION_SANITIZERS OR FOUNDATION_COVERAGE)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5")
    if(arg_LOAD LESS 100)
      set(arg_LOAD 100)  # hardly any test waits more than it computes then
    endif()
  endif()
  set(folder "${FOUNDATION_TEST_ROOT}/${name}")
  file(MAKE_DIRECTORY "${folder}")
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${arg_TIMEOUT} PROCESSORS ${arg_LOAD} COST ${arg_SECONDS} LABELS "${arg_LABELS}"
    WORKING_DIRECTORY "${folder}" FAIL_REGULAR_EXPRESSION "HDF5-DIAG"
    ENVIRONMENT "${FOUNDATION_TEST_ENVIRONMENT};${arg_ENVIRONMENT}")
endfunction()

# What both kinds of test link. Helpers of other tests are included as "tests/<folder>/<file>.hpp".
add_library(foundation_test_support INTERFACE)
target_include_directories(foundation_test_support INTERFACE "${PROJECT_SOURCE_DIR}")
target_link_libraries(foundation_test_support INTERFACE GTest::gmock foundation_build_flags)

# Parsing GoogleTest and what it includes is a third of the work of compiling a test. A compiler
# cache saves all of it; where there is none, these headers are precompiled once. In the preset
# `tests` only: the others show whether each source includes what it uses.
if(FOUNDATION_PRECOMPILED_TESTS AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/test_headers.cpp" CONTENT "int main() {}\n")
  add_executable(foundation_test_headers "${CMAKE_CURRENT_BINARY_DIR}/test_headers.cpp")
  target_link_libraries(foundation_test_headers PRIVATE foundation_test_support)
  target_precompile_headers(foundation_test_headers PRIVATE
    <gmock/gmock.h> <algorithm> <chrono> <filesystem> <fstream> <ranges> <span>)
endif()
function(foundation_precompile_test name)
  if(TARGET foundation_test_headers)
    target_precompile_headers(${name} REUSE_FROM foundation_test_headers)
    set_target_properties(${name} PROPERTIES PCH_WARN_INVALID OFF)
  endif()
endfunction()

# foundation_add_test(<name> SOURCES ... LINK ... [TIMEOUT s] [LOAD percent] [SECONDS s]
#   [LABELS ...])
# One GoogleTest executable without MPI.
function(foundation_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;LOAD;SECONDS" "SOURCES;LINK;LABELS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gtest_main foundation_test_support)
  foundation_precompile_test(${name})
  add_test(NAME ${name} COMMAND ${name})
  foundation_test_properties(${name} TIMEOUT ${arg_TIMEOUT} LOAD ${arg_LOAD}
    SECONDS ${arg_SECONDS} LABELS ${arg_LABELS})
endfunction()

# foundation_add_mpi_test(<name> SOURCES ... LINK ... NP 1 2 4 [THREADS n] [TIMEOUT s] [LABELS ...])
# One GoogleTest executable with the main of tests/mpi_test_main.cpp, run as <name>.np1, .np2, ...
function(foundation_add_mpi_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;THREADS" "SOURCES;LINK;NP;LABELS")
  if(NOT arg_THREADS)
    set(arg_THREADS 1)
  endif()
  add_executable(${name} ${arg_SOURCES} ${PROJECT_SOURCE_DIR}/tests/mpi_test_main.cpp)
  target_link_libraries(${name} PRIVATE ${arg_LINK} MPI::MPI_C foundation_test_support)
  foreach(np IN LISTS arg_NP)
    add_test(NAME ${name}.np${np}
      COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${np} --oversubscribe --bind-to none
              $<TARGET_FILE:${name}>)
    math(EXPR load "100 * ${np} * ${arg_THREADS}")
    foundation_test_properties(${name}.np${np} TIMEOUT ${arg_TIMEOUT} LOAD ${load}
      LABELS mpi np${np} ${arg_LABELS} ENVIRONMENT "OMP_NUM_THREADS=${arg_THREADS}")
  endforeach()
endfunction()

# Processes of a host that ends lose their parents outside of it; where the first process of the
# machine or container does not reap them, the host would never be gone.
find_program(FOUNDATION_REAPER tini)
mark_as_advanced(FOUNDATION_REAPER)
set(reaping "")
if(FOUNDATION_REAPER)
  set(reaping "${FOUNDATION_REAPER}" -s --)
endif()

# foundation_add_hosts_test(<name> [SLURM] [SCRIPT file] [TIMEOUT s] [LOAD percent] [SECONDS s]
#   [ARGUMENTS ...] [LABELS ...])
# A Python test of the program on several hosts (tests/hosts/hosts_case.py) or, with SLURM, on a
# cluster of them (tests/hosts/slurm.py): hosts.<name> or slurm.<name>. The script is <name>_test.py
# unless given; its arguments are the program, the source folder and ARGUMENTS. Without root it is
# skipped: its output says why.
function(foundation_add_hosts_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SLURM" "SCRIPT;TIMEOUT;LOAD;SECONDS" "ARGUMENTS;LABELS")
  set(label hosts)
  if(arg_SLURM)
    set(label slurm)
  endif()
  if(NOT arg_SCRIPT)
    set(arg_SCRIPT ${name}_test.py)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NOT arg_LOAD)
    set(arg_LOAD 50)
  endif()
  cmake_path(ABSOLUTE_PATH arg_SCRIPT BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  add_test(NAME ${label}.${name} COMMAND ${reaping} "${FOUNDATION_PYTHON}" -B "${arg_SCRIPT}"
    "$<TARGET_FILE:foundation>" "${PROJECT_SOURCE_DIR}" ${arg_ARGUMENTS})
  foundation_test_properties(${label}.${name} TIMEOUT ${arg_TIMEOUT} LOAD ${arg_LOAD}
    SECONDS ${arg_SECONDS} LABELS mpi ${label} ${arg_LABELS}
    ENVIRONMENT "PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/hosts")
  set_tests_properties(${label}.${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()
