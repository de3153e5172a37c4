# Every third-party package the build uses. All that is missing is named at once, with what usually
# provides it; jobscripts/packages-debian.txt has Debian's names.

set(FOUNDATION_MISSING "")

# foundation_require(<package> <spack spec> <EasyBuild module> [find_package arguments])
macro(foundation_require package spack module)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    foundation_note_missing("${package} ${ARGN}" "${spack}" "${module}"
      "${${package}_CONSIDERED_VERSIONS}")
  endif()
endmacro()

function(foundation_note_missing what spack module considered)
  string(REGEX REPLACE "([0-9])( |$)" "\\1 or newer\\2" what "${what}")
  string(REPLACE "COMPONENTS" "with" what "${what}")
  string(REPLACE ";" " " what "${what}")
  string(STRIP "${what}" what)
  if(considered)
    string(APPEND what " (found: ${considered})")
  endif()
  list(APPEND FOUNDATION_MISSING "  - ${what}\n      spack install ${spack}   |   module load ${module}")
  set(FOUNDATION_MISSING "${FOUNDATION_MISSING}" PARENT_SCOPE)
endfunction()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  foundation_note_missing("g++ 12 or clang++ 14 for C++20" "gcc@12:" "GCC"
    "g++ ${CMAKE_CXX_COMPILER_VERSION}")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  foundation_note_missing("clang++ 14 or g++ 12 for C++20" "llvm@14:" "Clang"
    "clang++ ${CMAKE_CXX_COMPILER_VERSION}")
endif()

set(HDF5_PREFER_PARALLEL FALSE)
foundation_require(Threads "glibc" "foss")
foundation_require(OpenMP "llvm-openmp" "GCC" COMPONENTS CXX)
foundation_require(MPI "openmpi@4:" "OpenMPI" COMPONENTS C)
foundation_require(HDF5 "hdf5@1.10:" "HDF5" COMPONENTS C)
foundation_require(Boost "boost@1.74:+serialization" "Boost" 1.74 COMPONENTS serialization)
foundation_require(CLI11 "cli11" "CLI11" 2.1)
foundation_require(tomlplusplus "tomlplusplus" "tomlplusplus" 3)
foundation_require(nlohmann_json "nlohmann-json" "nlohmann_json" 3.9)
foundation_require(fmt "fmt@9:" "fmt" 9)
foundation_require(OpenSSL "openssl@1.1.1:" "OpenSSL" 1.1.1 COMPONENTS Crypto)
foundation_require(ZLIB "zlib" "zlib")
foundation_require(spdlog "spdlog+fmt_external" "spdlog" 1.10)
find_path(FOUNDATION_XXHASH_INCLUDE xxhash.h)
if(NOT FOUNDATION_XXHASH_INCLUDE)
  foundation_note_missing("xxhash.h 0.8" "xxhash" "xxHash" "")
endif()

# For one of the formats of `foundation export`. OTF2 has no CMake package.
set(FOUNDATION_HAVE_OTF2 OFF)
if(FOUNDATION_OTF2)
  find_path(FOUNDATION_OTF2_INCLUDE otf2/otf2.h)
  find_library(FOUNDATION_OTF2_LIBRARY NAMES otf2 open-trace-format2)
  set(found "")
  set(header "${FOUNDATION_OTF2_INCLUDE}/otf2/OTF2_GeneralDefinitions.h")
  if(EXISTS "${header}")
    file(STRINGS "${header}" found REGEX "^#define OTF2_VERSION[ ]+\"")
    string(REGEX MATCH "[0-9]+[.][0-9.]+" found "${found}")
  endif()
  if(FOUNDATION_OTF2_LIBRARY AND found VERSION_GREATER_EQUAL 3)
    set(FOUNDATION_HAVE_OTF2 ON)
    add_library(foundation_otf2 INTERFACE)
    target_include_directories(foundation_otf2 SYSTEM INTERFACE "${FOUNDATION_OTF2_INCLUDE}")
    target_link_libraries(foundation_otf2 INTERFACE "${FOUNDATION_OTF2_LIBRARY}")
  elseif(NOT FOUNDATION_OTF2 STREQUAL "AUTO")
    foundation_note_missing("otf2/otf2.h 3" "otf2@3:" "OTF2" "${found}")
  else()
    message(STATUS "Without OTF2 3: traces cannot be exported in that format")
  endif()
endif()

if(FOUNDATION_BUILD_TESTS)
  foundation_require(GTest "googletest+gmock" "googletest" 1.12)
  # Debian's own interpreter comes first: it is the one that has h5py and pandas there.
  find_program(FOUNDATION_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
  find_program(FOUNDATION_PYTHON NAMES python3)
  if(NOT FOUNDATION_PYTHON)
    foundation_note_missing("python3 3.8" "python" "Python" "")
  endif()
endif()

if(FOUNDATION_MISSING)
  string(REPLACE ";" "\n" FOUNDATION_MISSING "${FOUNDATION_MISSING}")
  message(FATAL_ERROR "Missing or too old:\n${FOUNDATION_MISSING}\n"
    "On Debian and Ubuntu, jobscripts/install-dependencies.sh installs all of it. Packages in a "
    "folder of their own are found through CMAKE_PREFIX_PATH.")
endif()

# mpi.h would otherwise bring in the C++ bindings that MPI 3 removed, and ask for their library.
target_compile_definitions(MPI::MPI_C INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
