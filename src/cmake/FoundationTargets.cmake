# Helpers that give every target the same language level, warnings and sanitizers.

add_library(foundation_build_flags INTERFACE)
target_compile_features(foundation_build_flags INTERFACE cxx_std_20)
# -ffp-contract=off: results must not depend on fused multiply-add (src/README.md, determinism).
# -fmacro-prefix-map: broken contracts name files below the source tree, wherever that was.
target_compile_options(foundation_build_flags INTERFACE
  -ffp-contract=off
  $<$<COMPILE_LANGUAGE:C,CXX>:-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=>
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor>
  $<$<BOOL:${FOUNDATION_WARNINGS_AS_ERRORS}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarm for "literal" + std::string at -O2 and above (GCC bug 105651).
  target_compile_options(foundation_build_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
target_compile_definitions(foundation_build_flags INTERFACE
  FOUNDATION_CONTRACTS=$<BOOL:${FOUNDATION_CONTRACTS}>)
if(FOUNDATION_SANITIZERS)
  target_compile_options(foundation_build_flags INTERFACE
    -fsanitize=${FOUNDATION_SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(foundation_build_flags INTERFACE -fsanitize=${FOUNDATION_SANITIZERS})
  # Reports name the library of each frame, so libraries must stay loaded until the process ends.
  add_library(foundation_keep_libraries SHARED
    "${PROJECT_SOURCE_DIR}/tests/sanitizers/keep_libraries.c")
  target_link_libraries(foundation_build_flags INTERFACE
    -Wl,--push-state,--no-as-needed foundation_keep_libraries -Wl,--pop-state)
endif()
if(FOUNDATION_COVERAGE)
  target_compile_definitions(foundation_build_flags INTERFACE FOUNDATION_COVERAGE=1)
  target_compile_options(foundation_build_flags INTERFACE --coverage)
  target_link_options(foundation_build_flags INTERFACE --coverage)
endif()

include(FoundationHardening)
target_link_libraries(foundation_build_flags INTERFACE foundation_hardening)

# foundation_add_library(<module> SOURCES ... [PUBLIC ...] [PRIVATE ...])
# A static library foundation_<module> with alias foundation::<module>; headers are included as
# "<module>/<file>.hpp". FoundationInstall.cmake says which libraries are installed.
function(foundation_add_library module)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PUBLIC;PRIVATE")
  set(target foundation_${module})
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(foundation::${module} ALIAS ${target})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/foundation>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${arg_PUBLIC}
    PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:foundation_build_flags>)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON EXPORT_NAME ${module})
  if(FOUNDATION_HEADER_CHECK)
    foundation_check_headers(${module} ${arg_SOURCES})
  endif()
endfunction()

# foundation_check_headers(<module> <source>...)
# Compiles each public header of a module as the only include of a source: one that relies on what
# others include before it does not build. A header with a source of its own needs no other: it is
# included there first (tests/check_includes.py), which proves the same. The list is a glob so that no
# header can be forgotten.
add_custom_target(foundation_header_selfcheck)
function(foundation_check_headers module)
  file(GLOB headers CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.hpp")
  set(sources "")
  foreach(header IN LISTS headers)
    cmake_path(GET header STEM stem)
    if("${stem}.cpp" IN_LIST ARGN)
      continue()
    endif()
    set(source "${CMAKE_CURRENT_BINARY_DIR}/headers/${stem}.cpp")
    # Twice: the second include must add nothing.
    file(CONFIGURE OUTPUT "${source}"
      CONTENT "#include \"${module}/${stem}.hpp\"\n#include \"${module}/${stem}.hpp\"\n")
    list(APPEND sources "${source}")
  endforeach()
  if(sources)
    add_library(foundation_${module}_headers OBJECT ${sources})
    target_link_libraries(foundation_${module}_headers PRIVATE foundation_${module}
      foundation_build_flags)
    target_compile_options(foundation_${module}_headers PRIVATE -O0)
    add_dependencies(foundation_header_selfcheck foundation_${module}_headers)
  endif()
endfunction()
